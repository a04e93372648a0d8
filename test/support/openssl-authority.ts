import { execFile } from 'node:child_process'
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const validDays = 10

const keyOptions = {
  'P-256': 'ec -pkeyopt ec_paramgen_curve:P-256',
  'P-384': 'ec -pkeyopt ec_paramgen_curve:P-384',
  'P-521': 'ec -pkeyopt ec_paramgen_curve:P-521',
  RSA: 'rsa:2048',
} as const
export type KeyKind = keyof typeof keyOptions

export interface AuthorityOptions {
  readonly key?: KeyKind
  /** By whom it is signed; itself unless told. */
  readonly issuer?: OpensslAuthority
  /** Signs with RSA-PSS. */
  readonly pss?: boolean
}

export interface CertificateOptions {
  readonly key?: KeyKind
  readonly name?: string
  /** Addresses of responders. */
  readonly ocsp?: readonly string[]
  /** Where the issuer's certificate is. */
  readonly caIssuers?: string
  readonly days?: number
  readonly extensions?: readonly string[]
  readonly revoked?: boolean
  /** Whether the responder knows it. */
  readonly listed?: boolean
}

/** Files of a certificate. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

/** A certificate authority whose certificates and responses are all made by the command `openssl`. */
export class OpensslAuthority implements Identity {
  readonly certificate: string
  readonly key: string
  readonly #home: string
  readonly #pss: boolean
  #serial = 0x1000

  private constructor(home: string, pss: boolean) {
    this.#home = home
    this.#pss = pss
    this.certificate = join(home, 'ca.crt')
    this.key = join(home, 'ca.key')
  }

  /** Makes one in a directory of its own. */
  static async make(
    home: string,
    name: string,
    { key = 'P-256', issuer, pss = false }: AuthorityOptions = {},
  ): Promise<OpensslAuthority> {
    await mkdir(home, { recursive: true })
    const authority = new OpensslAuthority(home, pss)
    await writeFile(join(home, 'index.txt'), '')
    const extensions = [
      'basicConstraints = critical, CA:TRUE',
      'keyUsage = critical, keyCertSign, cRLSign, digitalSignature',
    ]
    await (issuer ?? authority).#make(authority, name, key, extensions, validDays, !issuer)
    return authority
  }

  /** Issues a certificate, with its key beside it in `PATH.key`. */
  async issue(
    path: string,
    {
      key = 'P-256',
      name = 'site.example',
      ocsp = [],
      caIssuers,
      days = validDays,
      extensions = [],
      revoked = false,
      listed = true,
    }: CertificateOptions = {},
  ): Promise<Identity> {
    const access = [
      ...ocsp.map((url) => `OCSP;URI:${url}`),
      ...(caIssuers === undefined ? [] : [`caIssuers;URI:${caIssuers}`]),
    ].join(', ')
    const all = ['basicConstraints = CA:FALSE', ...extensions]
    if (access) all.push(`authorityInfoAccess = ${access}`)
    const identity = { certificate: path, key: `${path}.key` }
    const serial = await this.#make(identity, name, key, all, days, false)
    if (listed) await this.#list(serial, revoked)
    return identity
  }

  /** What `openssl ocsp` answers to a request, signed by the authority unless told otherwise. */
  async answer(
    request: Buffer,
    signer: Identity | null = null,
    more: readonly string[] = ['-ndays', '4'],
  ): Promise<Buffer> {
    const by = signer ?? this
    const args = flags({
      index: join(this.#home, 'index.txt'),
      CA: this.certificate,
      rsigner: by.certificate,
      rkey: by.key,
      rsigopt: this.#pss ? 'rsa_padding_mode:pss' : null,
      reqin: '-',
      respout: '-',
    })
    const running = run('openssl', ['ocsp', ...args, ...more], { encoding: 'buffer' })
    running.child.stdin?.end(request)
    return (await running).stdout
  }

  async #make(
    { certificate, key }: Identity,
    name: string,
    kind: KeyKind,
    extensions: readonly string[],
    days: number,
    selfSigned: boolean,
  ): Promise<number> {
    const serial = ++this.#serial
    const config = `${certificate}.cnf`
    const sections = [
      ['[req]', 'prompt = no', 'distinguished_name = name', 'x509_extensions = extensions'],
      ['[name]', `O = Foreign, Inc.`, `CN = ${name}`],
      ['[extensions]', 'subjectKeyIdentifier = hash', ...extensions],
    ]
    await writeFile(config, sections.flat().join('\n'))
    const options = flags({
      config,
      days,
      keyout: key,
      out: certificate,
      CA: selfSigned ? null : this.certificate,
      CAkey: selfSigned ? null : this.key,
      sigopt: this.#pss ? 'rsa_padding_mode:pss' : null,
      set_serial: serial,
    })
    const newKey = `-newkey ${keyOptions[kind]}`.split(' ')
    await openssl(['req', '-x509', '-nodes', '-sha256', ...newKey, ...options])
    await rm(config)
    return serial
  }

  async #list(serial: number, revoked: boolean): Promise<void> {
    const at = revoked ? `${stamp(-1)},keyCompromise` : ''
    const number = serial.toString(16).toUpperCase()
    const state = revoked ? 'R' : 'V'
    // It takes no two of the same name.
    const fields = [state, stamp(validDays), at, number, 'unknown', `/CN=${number}`]
    await appendFile(join(this.#home, 'index.txt'), `${fields.join('\t')}\n`)
  }
}

/** What `openssl ocsp` says about a staple, verified against the given authorities: 'good' or its complaint. */
export async function verdictOf(
  staple: string,
  certificate: string,
  issuer: string,
  root: string = issuer,
): Promise<string> {
  const args = ['ocsp', '-respin', staple, '-issuer', issuer, '-cert', certificate, '-CAfile', root]
  const { stdout, stderr } = await openssl(args).catch((error: unknown) => {
    return { stdout: '', stderr: String(error) }
  })
  if (!stderr.includes('Response verify OK')) return stderr
  return stdout.match(/: (\w+)/)?.[1] ?? stdout
}

/** Runs the command. */
export function openssl(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run('openssl', [...args])
}

function flags(options: Readonly<Record<string, string | number | null>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    return value === null ? [] : [`-${name}`, String(value)]
  })
}

/** 261121104340Z */
function stamp(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString()
  return `${time.replaceAll(/[-:T]|\..*/g, '').slice(2)}Z`
}
