import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { UsageError } from './options.ts'

/** Certificates to throw away, one of them revoked, and who answers for them on the loopback interface. */
export interface Throwaway extends AsyncDisposable {
  /** Where the certificates are. */
  readonly directory: string
  readonly introduction: string
  /** How to look at what is left; `out` is where the staples are, null for beside the certificates. */
  farewell(out: string | null): string
}

const serials = Array.from({ length: 12 }, (_, index) => index + 1)
const revokedSerial = 7
const validDays = 10
/** The shortest validity that openssl gives a response: there is something to see. */
const stapleMinutes = 1
const largestRequest = 4096

/** Needs the command `openssl`. @throws {UsageError} when there is none; the signal's reason when it is aborted */
export async function openThrowaway(signal: AbortSignal): Promise<Throwaway> {
  const home = await mkdtemp(join(tmpdir(), 'ocsp-'))
  const authority = join(home, 'authority')
  const directory = join(home, 'certificates')
  await Promise.all([mkdir(authority), mkdir(directory)])
  const server = createServer((request, response) => {
    answer(authority, request, response).catch((error: unknown) => response.destroy(asError(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close().closeAllConnections()
    await closed
  }
  try {
    await makeCertificates(authority, directory, `http://127.0.0.1:${port}/`, signal)
  } catch (error) {
    await close()
    await rm(home, { recursive: true })
    signal.throwIfAborted()
    if (!isMissingCommand(error)) throw error
    throw new UsageError(
      'Expected the command openssl, which makes certificates to throw away, and found none. Install it, or give --certs DIR.',
    )
  }
  return {
    directory,
    introduction: [
      `A certificate authority, ${serials.length} certificates and an OCSP responder to throw away,`,
      `in ${home}, on port ${port} of the loopback interface. Staples are valid for ${stapleMinutes} minute.`,
    ].join('\n'),
    farewell(out) {
      const staple = join(out ?? directory, `${nameOf(1)}.ocsp`)
      return [
        'Look at a staple with',
        `  openssl ocsp -respin ${staple} \\`,
        `    -issuer ${join(directory, 'ca.crt')} -CAfile ${join(directory, 'ca.crt')} \\`,
        `    -cert ${join(directory, nameOf(1))}`,
        `and remove all of it with  rm -r ${home}`,
      ].join('\n')
    },
    [Symbol.asyncDispose]: close,
  }
}

function nameOf(serial: number): string {
  return `site-${String(serial).padStart(2, '0')}.example.crt`
}

async function makeCertificates(
  authority: string,
  directory: string,
  responder: string,
  signal: AbortSignal,
): Promise<void> {
  const run = (command: string, options: Flags): Promise<Buffer> => {
    signal.throwIfAborted()
    return openssl([...command.split(' '), ...flags(options)])
  }
  const issuer = join(directory, 'ca.crt')
  const issuerKey = join(authority, 'ca.key')
  await run('req -x509 -newkey rsa:2048 -nodes', {
    keyout: issuerKey,
    out: issuer,
    days: validDays,
    subj: '/O=To throw away/CN=Authority to throw away',
  })
  /** One certificate, with its key beside it. */
  async function make(
    path: string,
    serial: number,
    name: string,
    extensions: string,
  ): Promise<void> {
    const [key, request, file] = [`${path}.key`, `${path}.csr`, `${path}.ext`]
    await run('req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes', {
      keyout: key,
      out: request,
      subj: `/CN=${name}`,
    })
    await writeFile(file, `basicConstraints = CA:FALSE\n${extensions}\n`)
    await run('x509 -req', {
      in: request,
      out: path,
      CA: issuer,
      CAkey: issuerKey,
      set_serial: serial,
      days: validDays,
      extfile: file,
    })
  }
  const signer = join(authority, 'responder.crt')
  await make(signer, 1000, 'Responder to throw away', 'extendedKeyUsage = OCSPSigning')
  for (const serial of serials) {
    const name = nameOf(serial)
    const extensions = `authorityInfoAccess = OCSP;URI:${responder}\nsubjectAltName = DNS:${name.replace('.crt', '')}`
    await make(join(directory, name), serial, name.replace('.crt', ''), extensions)
  }
  await copyFile(issuer, join(authority, 'ca.crt'))
  await writeFile(join(authority, 'index.txt'), serials.map(indexLine).join(''))
}

/** The index of `openssl ca`: state, end, when and why it was revoked, serial number, file, name. */
function indexLine(serial: number): string {
  const [state, at] = serial === revokedSerial ? ['R', `${stamp(0)},keyCompromise`] : ['V', '']
  const number = serial.toString(16).toUpperCase().padStart(2, '0')
  return `${[state, stamp(validDays), at, number, 'unknown', `/CN=${nameOf(serial)}`].join('\t')}\n`
}

/** 261121104340Z */
function stamp(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString()
  return `${time.replaceAll(/[-:T]|\..*/g, '').slice(2)}Z`
}

/** Lets `openssl ocsp` answer one request. Its own server would listen on all interfaces. */
async function answer(
  authority: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > largestRequest) break
    chunks.push(bytes)
  }
  const file = (name: string): string => join(authority, name)
  const options = flags({
    index: file('index.txt'),
    CA: file('ca.crt'),
    rsigner: file('responder.crt'),
    rkey: file('responder.crt.key'),
    nmin: stapleMinutes,
    reqin: '-',
    respout: '-',
  })
  const staple = await openssl(['ocsp', ...options], Buffer.concat(chunks))
  response.setHeader('content-type', 'application/ocsp-response').end(staple)
}

/** Runs openssl, and gives what it printed. @throws what it complained of */
async function openssl(args: readonly string[], input: Uint8Array = Buffer.of()): Promise<Buffer> {
  // In a process group of its own: Ctrl-C is for the daemon, which then finishes what it has begun.
  const child = spawn('openssl', args, { detached: true })
  // It may end before it has read everything, and says why.
  child.stdin.on('error', () => undefined).end(input)
  const [output, complaint, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${complaint}`)
  return output
}

function isMissingCommand(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn')
}

type Flags = Readonly<Record<string, string | number>>

function flags(options: Flags): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)])
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
