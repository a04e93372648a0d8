import type { X509Certificate } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  addressesOf,
  isIssuedBy,
  mayIssue,
  parseCertificate,
  readCertificates,
  versionOf,
} from './certificate.ts'
import { StapleFailure } from './failures.ts'
import { isCandidate } from './finder.ts'
import { exchange } from './web.ts'

/** How long what was seen in a directory holds: it is looked through once for the many files of one look. */
const directoryHoldsMs = 1000
/**
 * How long an answer holds, a failure included: a dead server holds up one certificate, not all that name it. Times the
 * scale of the delays, since it must be over before the first next try.
 */
const answerHoldsMs = 5000

interface KnownFile {
  readonly version: string
  readonly authorities: readonly X509Certificate[]
}

interface KnownDirectory {
  readonly until: number
  readonly files: ReadonlyMap<string, KnownFile>
  readonly bySubject: ReadonlyMap<string, readonly X509Certificate[]>
}

interface KnownAnswer {
  readonly until: number
  readonly answer: X509Certificate | StapleFailure
}

/** The certificate authorities among the files of directories, each file read once until it changes. */
export class Issuers {
  readonly #directories = new Map<string, KnownDirectory>()
  readonly #answers = new Map<string, KnownAnswer>()

  /**
   * The issuer of a certificate: from its own file, else from the files beside it, else from the address it gives.
   *
   * @throws {StapleFailure} when it is nowhere
   */
  async find(
    certificate: X509Certificate,
    path: string,
    sameFile: readonly X509Certificate[],
    retryScale: number,
    signal: AbortSignal,
  ): Promise<X509Certificate> {
    const isIssuer = (other: X509Certificate): boolean => isIssuedBy(certificate, other)
    const beside = await this.#beside(dirname(path))
    const near = [...sameFile, ...(beside.get(certificate.issuer) ?? [])].find(isIssuer)
    if (near) return near
    let failure = new StapleFailure('file', `its issuer ${nameOf(certificate)} is nowhere`)
    for (const address of addressesOf(certificate, 'CA Issuers')) {
      const answer = await this.#fetch(address, retryScale, signal)
      if (answer instanceof StapleFailure) failure = answer
      else if (isIssuer(answer)) return answer
      else failure = new StapleFailure('response', `${address}: not the certificate of its issuer`)
    }
    throw failure
  }

  async #fetch(
    address: string,
    retryScale: number,
    signal: AbortSignal,
  ): Promise<X509Certificate | StapleFailure> {
    const now = Date.now()
    for (const [known, { until }] of this.#answers) if (until <= now) this.#answers.delete(known)
    const known = this.#answers.get(address)
    if (known) return known.answer
    let answer: KnownAnswer['answer']
    try {
      const none = new StapleFailure('response', `${address}: not a certificate`)
      answer = parseCertificate(await exchange(address, signal)) ?? none
    } catch (error) {
      if (!(error instanceof StapleFailure)) throw error
      answer = error
    }
    this.#answers.set(address, { until: Date.now() + answerHoldsMs * retryScale, answer })
    return answer
  }

  async #beside(directory: string): Promise<ReadonlyMap<string, readonly X509Certificate[]>> {
    const before = this.#directories.get(directory)
    if (before && before.until > Date.now()) return before.bySubject
    const files = await lookThrough(directory, before?.files)
    const bySubject = new Map<string, X509Certificate[]>()
    for (const authority of [...files.values()].flatMap(({ authorities }) => authorities)) {
      const namesakes = bySubject.get(authority.subject)
      if (namesakes) namesakes.push(authority)
      else bySubject.set(authority.subject, [authority])
    }
    this.#directories.set(directory, { until: Date.now() + directoryHoldsMs, files, bySubject })
    return bySubject
  }
}

async function lookThrough(
  directory: string,
  before: ReadonlyMap<string, KnownFile> = new Map(),
): Promise<Map<string, KnownFile>> {
  const files = new Map<string, KnownFile>()
  for (const name of await readdir(directory).catch(() => [])) {
    if (!isCandidate(name) && !name.endsWith('.issuer')) continue
    const version = await versionOf(join(directory, name))
    if (version === null) continue
    const known = before.get(name)
    if (known?.version === version) files.set(name, known)
    else files.set(name, { version, authorities: await authoritiesIn(join(directory, name)) })
  }
  return files
}

async function authoritiesIn(path: string): Promise<X509Certificate[]> {
  const { certificates } = await readCertificates(path).catch(() => ({ certificates: [] }))
  return certificates.filter(mayIssue)
}

function nameOf({ issuer }: X509Certificate): string {
  return `'${issuer.replaceAll('\n', ', ')}'`
}
