import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { OpensslAuthority, verdictOf } from '../support/openssl-authority.ts'
import { makes, Responder } from '../support/responder.ts'
import { saidOf, StaplingDaemon } from '../support/stapling-daemon.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const timeout = 300_000
const run = promisify(execFile)
/** Each thread takes a moment to load what it needs. */
const alone = ['--renewal-threads', '1']
const quickly = [...alone, '--one-off', '--retries', '3', '--retry-scale', '0.001']
// Debian's is where the path of an ordinary user does not lead.
const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin`
const version = spawnSync('haproxy', ['-v'], { encoding: 'utf8', env: { PATH: path } }).stdout
const skip = version ? false : 'HAProxy is not installed: nothing of the way to it is tested'
if (skip) console.error(`\n*** SKIPPED: ${skip} ***\n`)

/** An authority, its responder, and a directory with certificates in the way of HAProxy: key, certificate, issuer. */
async function openSite(home: string, responder: Responder) {
  const certs = join(home, 'certs')
  const authority = await OpensslAuthority.make(join(home, 'authority'), 'Authority')
  const url = responder.on(
    '/',
    makes((request) => authority.answer(request)),
  )
  await mkdir(certs)
  return {
    certs,
    authority,
    /** The certificate alone is kept beside the directory. */
    put: async (name: string): Promise<{ readonly pem: string; readonly certificate: string }> => {
      const certificate = join(home, `${name}.crt`)
      const { key } = await authority.issue(certificate, { ocsp: [url] })
      const pem = join(certs, `${name}.pem`)
      const parts = [key, certificate, authority.certificate].map((file) => readFile(file, 'utf8'))
      await writeFile(pem, (await Promise.all(parts)).join(''))
      return { pem, certificate }
    },
  }
}

/** HAProxy, with a site on a local socket. */
class Haproxy implements AsyncDisposable {
  /** Where it takes commands. */
  readonly commands: string
  readonly #site: string
  readonly #child
  readonly #ended: Promise<unknown>
  #output = ''

  private constructor(home: string, config: string) {
    this.commands = join(home, 'commands')
    this.#site = join(home, 'site')
    this.#child = spawn('haproxy', ['-db', '-f', config], { env: { PATH: path } })
    this.#ended = once(this.#child, 'close')
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
  }

  /** Resolves when it serves the certificates of these files. */
  static async start(home: string, pems: readonly string[]): Promise<Haproxy> {
    const config = join(home, 'haproxy.cfg')
    const certificates = pems.map((pem) => `crt ${pem}`).join(' ')
    const lines = [
      'global',
      `  stats socket ${join(home, 'commands')} mode 600 level admin`,
      'defaults',
      '  mode http',
      '  timeout client 10s',
      '  timeout connect 10s',
      '  timeout server 10s',
      'frontend site',
      `  bind unix@${join(home, 'site')} ssl ${certificates}`,
      '  http-request return status 200',
    ]
    await writeFile(config, `${lines.join('\n')}\n`)
    const haproxy = new Haproxy(home, config)
    const deadline = Date.now() + 30_000
    for (;;) {
      const answer = await haproxy.staple().catch(String)
      if (/OCSP response/i.test(answer)) return haproxy
      if (Date.now() > deadline || haproxy.#child.exitCode !== null)
        throw new Error(`HAProxy does not serve its site: ${answer}\n${haproxy.#output}`)
    }
  }

  /** What openssl says about the staple that comes with a connection. */
  async staple(): Promise<string> {
    const running = run('openssl', ['s_client', '-unix', this.#site, '-status'])
    running.child.stdin?.end()
    return (await running).stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

describe('A HAProxy that serves a certificate', { timeout, skip, concurrency: true }, () => {
  test('It staples nothing before the daemon ran, and what the daemon got after; of a certificate that it does not serve there is a warning.', async (context) => {
    context.diagnostic(version.split('\n')[0] ?? '')
    const home = temporaryDirectory(context)
    await using responder = await Responder.start()
    const { certs, authority, put } = await openSite(home, responder)
    const served = await put('served')
    await writeFile(`${served.pem}.ocsp`, '')
    await using haproxy = await Haproxy.start(home, [served.pem])
    assert.match(await haproxy.staple(), /^OCSP response: no response sent$/m)
    // It came too late for this HAProxy.
    const unserved = await put('unserved')

    const args = [...quickly, '--verbose', '--certs', certs, '--haproxy-socket', haproxy.commands]
    const { code, said, summary } = await StaplingDaemon.run(args)
    assert.equal(code, 0, said.join('\n'))
    assert.ok(saidOf(said, served.pem).includes('info: HAProxy has its staple'))
    const [warning = '', ...others] = said.filter((line) => line.includes(' warning: '))
    assert.deepEqual(others, [])
    assert.ok(warning.includes(unserved.pem))
    assert.match(warning, /HAProxy does not serve it: OCSP.*were beside it when HAProxy started$/)
    assert.match(summary, /^2 certificates of /)
    assert.match(summary, /^1 warning, 0 errors$/m)

    const stapled = await haproxy.staple()
    assert.match(stapled, /OCSP Response Status: successful \(0x0\)/)
    assert.match(stapled, /Cert Status: good/)
    for (const { pem, certificate } of [served, unserved]) {
      const verdict = await verdictOf(`${pem}.ocsp`, certificate, authority.certificate)
      assert.equal(verdict, 'good')
    }
  })

  test('The daemon goes on telling it of each new staple.', async (context) => {
    const home = temporaryDirectory(context)
    await using responder = await Responder.start()
    const { certs, put } = await openSite(home, responder)
    const { pem } = await put('site')
    await writeFile(`${pem}.ocsp`, '')
    await using haproxy = await Haproxy.start(home, [pem])
    const args = [...alone, '--certs', certs, '--haproxy-socket', haproxy.commands, '--verbose']
    // Half of four days, times the scale, is less than a second.
    await using daemon = new StaplingDaemon([...args, '--retry-scale', '0.000004'])
    await daemon.line(/site\.pem: HAProxy has its staple/)
    assert.match(await haproxy.staple(), /OCSP Response Status: successful/)
    await daemon.next(/site\.pem: HAProxy has its staple/)
    assert.ok(responder.count('/') >= 2)
    assert.equal((await daemon.end()).code, 0)
  })
})

describe('A HAProxy that does not answer', { timeout, concurrency: true }, () => {
  test('When nobody listens on its socket the certificate is given up after three tries, and stapled all the same.', async (context) => {
    const home = temporaryDirectory(context)
    await using responder = await Responder.start()
    const { certs, authority, put } = await openSite(home, responder)
    const { pem, certificate } = await put('site')
    const socket = join(home, 'nobody')
    const args = [...quickly, '--certs', certs, '--haproxy-socket', socket]
    const { code, said } = await StaplingDaemon.run(args)
    assert.equal(code, 1)
    const messages = saidOf(said, pem)
    for (const message of messages) assert.match(message, /HAProxy at .*nobody: .*ENOENT/)
    assert.deepEqual(
      messages.map((message) => message.replace(/:.*;/, ';').replace(/\d.* s$/, '')),
      ['warning; next try in ', 'warning; next try in ', 'error; given up after 3 tries'],
    )
    assert.equal(await verdictOf(`${pem}.ocsp`, certificate, authority.certificate), 'good')
    assert.equal(responder.count('/'), 1)
  })

  test('When it refuses, closes at once, or knows no such command, it is asked again, and in the end it is said.', async (context) => {
    const home = temporaryDirectory(context)
    await using responder = await Responder.start()
    const { certs, put } = await openSite(home, responder)
    const { pem } = await put('site')
    const socket = join(home, 'commands')
    const answers = ['Permission denied\n', '', 'Unknown command: set ssl.\n help\n quit\n']
    let commands = ''
    const server = createServer((connection: Socket) => {
      connection.setEncoding('utf8').on('data', (text: string) => {
        commands += text
        if (text.endsWith('\n')) connection.end(answers.shift() ?? '')
      })
    })
    server.listen(socket)
    await once(server, 'listening')
    context.after(() => server.close())
    const args = [...quickly, '--certs', certs, '--haproxy-socket', socket]
    const { code, said } = await StaplingDaemon.run(args)
    assert.equal(code, 1)
    assert.deepEqual(
      saidOf(said, pem).map((message) => message.replace(/; next .*/, '')),
      [
        'warning: HAProxy refused its staple: Permission denied',
        'warning: HAProxy refused its staple: ',
        'error: HAProxy refused its staple: Unknown command: set ssl. help quit; given up after 3 tries',
      ],
    )
    const staple = (await readFile(`${pem}.ocsp`)).toString('base64')
    assert.equal(commands, `set ssl ocsp-response ${staple}\n`.repeat(3))
  })
})
