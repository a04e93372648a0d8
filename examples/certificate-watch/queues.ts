/** What a check needs: it travels with the context to whichever thread takes it, and again with every reschedule. */
export interface Check {
  readonly der: Uint8Array
  /** How long a year of remaining life lasts: a year, or a moment in a demonstration. */
  readonly secondsPerYear: number
}

/** What a certificate says of itself. */
export interface CertificateFacts {
  readonly name: string
  /** The organisation that signed it. */
  readonly issuer: string
  readonly validTo: Date
}

/** What a check found. */
export interface Report {
  readonly fingerprint: string
  /** The worker thread that did it. */
  readonly threadId: number
  /** A text when it could not be read: why. */
  readonly found: CertificateFacts | string
  /** Null when there is nothing left to watch. */
  readonly nextCheck: Date | null
}

/** The two queues: workers take from `check` and put what they found on `report`, which the main thread consumes. */
export interface WatchQueues {
  check: Check
  report: Report
}
