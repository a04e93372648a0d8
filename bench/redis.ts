import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A Redis that answers. */
export interface Redis {
  readonly url: string
  readonly version: string
  /** How often a second it looks whether somebody has waited long enough, 10 by default; null when unknown. */
  readonly hz: number | null
  /** What is special about it. */
  readonly about: string
  /** Ends it, if it is ours. */
  stop(): Promise<void>
}

/** What a server says of itself. */
type Facts = Pick<Redis, 'version' | 'hz'>

/**
 * Finds the Redis of REDIS_URL, or of the usual port; if none answers, starts one on a free port of the loopback
 * interface that keeps nothing on disk. Null when there is none.
 */
export async function findRedis(): Promise<Redis | null> {
  const given = process.env['REDIS_URL']
  const url = given ?? 'redis://127.0.0.1:6379'
  const facts = await askRedis(url)
  if (facts) return { url, ...facts, about: '', stop: async () => undefined }
  return given === undefined ? startRedis() : null
}

async function startRedis(): Promise<Redis | null> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'))
  const options = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${folder}`.split(' ')
  const server = spawn('redis-server', [...options, '--save', ''], { stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    await endOf(server)
    rmSync(folder, { recursive: true, force: true })
  }
  server.on('error', () => undefined)
  // Whoever interrupts the run leaves nothing behind.
  process.once('SIGINT', () => void stop().then(() => process.exit(130)))
  const url = `redis://127.0.0.1:${port}`
  for (let attempt = 0; attempt < 50 && server.pid !== undefined; attempt++) {
    const facts = await askRedis(url)
    if (facts) return { url, ...facts, about: ', nothing written to disk', stop }
    await sleep(100)
  }
  await stop()
  return null
}

async function endOf(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null) return
  const exited = once(server, 'exit')
  server.kill('SIGTERM')
  await Promise.race([exited, sleep(2000, null, { ref: false })])
  server.kill('SIGKILL')
}

/** What a server says of itself; null when nothing answers there. */
async function askRedis(url: string): Promise<Facts | null> {
  const { hostname, port, username, password } = new URL(url)
  const login = password ? `AUTH ${username ? `${username} ` : ''}${password}\r\n` : ''
  const questions = `${login}INFO server\r\nCONFIG GET hz\r\nPING\r\n`
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379) })
    let text = ''
    const end = (answer: Facts | null): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1000, () => end(null))
    socket.on('error', () => end(null))
    socket.on('close', () => resolve(null))
    socket.on('connect', () => socket.write(questions))
    socket.on('data', (part) => {
      text += part.toString()
      if (!text.includes('+PONG')) return
      const version = /redis_version:(\S+)/.exec(text)?.[1] ?? 'unknown'
      const hz = /configured_hz:(\d+)/.exec(text)?.[1] ?? /\r\nhz\r\n\$\d+\r\n(\d+)/.exec(text)?.[1]
      end({ version, hz: hz === undefined ? null : Number(hz) })
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
