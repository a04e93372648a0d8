import { X509Certificate } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { addressesOf, isIssuedBy, readCertificates, versionOf } from './certificate.ts'
import { StapleFailure } from './failures.ts'
import { isCandidate } from './finder.ts'
import { exchange } from './web.ts'

interface KnownFile {
  readonly version: string
  readonly authorities: readonly X509Certificate[]
}

interface KnownDirectory {
  readonly round: number
  readonly files: ReadonlyMap<string, KnownFile>
  readonly bySubject: ReadonlyMap<string, readonly X509Certificate[]>
}

/** The certificate authorities among the files of directories, each file read once until it changes. */
export class Issuers {
  readonly #directories = new Map<string, KnownDirectory>()

  /**
   * The issuer of a certificate: from its own file, else from the files beside it, else from the address it gives.
   * The directory is looked through at most once per `round`.
   *
   * @throws {StapleFailure} when it is nowhere
   */
  async find(
    certificate: X509Certificate,
    path: string,
    sameFile: readonly X509Certificate[],
    round: number,
    signal: AbortSignal,
  ): Promise<X509Certificate> {
    const isIssuer = (other: X509Certificate): boolean => isIssuedBy(certificate, other)
    const beside = await this.#beside(dirname(path), round)
    const near = [...sameFile, ...(beside.get(certificate.issuer) ?? [])].find(isIssuer)
    if (near) return near
    let failure = new StapleFailure('file', `its issuer ${nameOf(certificate)} is nowhere`)
    for (const address of addressesOf(certificate, 'CA Issuers')) {
      try {
        const fetched = parse(await exchange(address, signal))
        if (fetched && isIssuer(fetched)) return fetched
        failure = new StapleFailure('response', `${address}: not the certificate of its issuer`)
      } catch (error) {
        if (!(error instanceof StapleFailure)) throw error
        failure = error
      }
    }
    throw failure
  }

  async #beside(
    directory: string,
    round: number,
  ): Promise<ReadonlyMap<string, readonly X509Certificate[]>> {
    const before = this.#directories.get(directory)
    if (before?.round === round) return before.bySubject
    const files = await lookThrough(directory, before?.files)
    const bySubject = new Map<string, X509Certificate[]>()
    for (const authority of [...files.values()].flatMap(({ authorities }) => authorities)) {
      const namesakes = bySubject.get(authority.subject)
      if (namesakes) namesakes.push(authority)
      else bySubject.set(authority.subject, [authority])
    }
    this.#directories.set(directory, { round, files, bySubject })
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
  return certificates.filter(isAuthority)
}

/** Authorities of the first version of X.509 do not say that they are one, but they sign themselves. */
function isAuthority(certificate: X509Certificate): boolean {
  return certificate.ca || certificate.subject === certificate.issuer
}

function parse(content: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(content)
  } catch {
    return null
  }
}

function nameOf({ issuer }: X509Certificate): string {
  return `'${issuer.replaceAll('\n', ', ')}'`
}
