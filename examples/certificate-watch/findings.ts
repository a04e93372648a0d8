import type { RawCertificate } from './load-certificates.ts'
import type { CertificateFacts, Report } from './queues.ts'

/** What the reports say, all together. */
export class Findings {
  /** How many certificates there are to check. */
  readonly total: number
  readonly #sources: ReadonlyMap<string, string>
  readonly #certificates = new Map<string, CertificateFacts>()
  readonly #unreadable = new Map<string, string>()
  readonly #firstChecks = new Map<number, number>()
  #reports = 0
  #rescheduled = 0

  constructor(certificates: readonly RawCertificate[]) {
    this.total = certificates.length
    this.#sources = new Map(certificates.map(({ fingerprint, source }) => [fingerprint, source]))
  }

  add({ fingerprint, threadId, found, nextCheck }: Report): void {
    this.#reports++
    if (nextCheck) this.#rescheduled++
    if (!this.#certificates.has(fingerprint) && !this.#unreadable.has(fingerprint)) {
      this.#firstChecks.set(threadId, (this.#firstChecks.get(threadId) ?? 0) + 1)
    }
    if (typeof found === 'string')
      this.#unreadable.set(fingerprint, `${this.#sources.get(fingerprint)}: ${found}`)
    else this.#certificates.set(fingerprint, found)
  }

  get reports(): number {
    return this.#reports
  }
  get rescheduled(): number {
    return this.#rescheduled
  }
  /** How many were checked at least once. */
  get checked(): number {
    return this.#certificates.size + this.#unreadable.size
  }
  get complete(): boolean {
    return this.checked === this.total
  }
  /** How many are certificates. */
  get readable(): number {
    return this.#certificates.size
  }
  /** What turned out to be no certificate, and why. */
  get unreadable(): string[] {
    return [...this.#unreadable.values()]
  }
  /** First checks by worker thread: `[threadId, count]`. */
  get firstChecks(): [number, number][] {
    return [...this.#firstChecks].sort(([left], [right]) => left - right)
  }

  /** The name of a certificate, or where it was found: nobody knows its name before it was checked. */
  nameOf(fingerprint: string): string {
    const certificate = this.#certificates.get(fingerprint)
    return certificate?.name ?? `${this.#sources.get(fingerprint)}, not checked yet`
  }

  /** All that are certificates, by the time they expire. */
  byExpiry(): CertificateFacts[] {
    return [...this.#certificates.values()].sort(
      (left, right) => left.validTo.getTime() - right.validTo.getTime(),
    )
  }

  /** The organisation that signed the most; undefined while there is none. */
  commonestIssuer(): string | undefined {
    const counts = new Map<string, number>()
    for (const { issuer } of this.#certificates.values())
      counts.set(issuer, (counts.get(issuer) ?? 0) + 1)
    return [...counts].sort(([, left], [, right]) => right - left)[0]?.[0]
  }

  /** The fingerprints of what was signed by issuers whose name contains this, whatever its case. */
  issuedBy(name: string): string[] {
    const wanted = name.toLowerCase()
    return [...this.#certificates]
      .filter(([, { issuer }]) => issuer.toLowerCase().includes(wanted))
      .map(([fingerprint]) => fingerprint)
  }
}
