import type { ScheduledInfo, SchedulerStats } from 'scheduler-thread'
import type { Findings } from './findings.ts'

/** An issuer whose certificates are not watched any more. */
export interface Distrusted {
  readonly issuer: string
  /** How many certificates it signed. */
  readonly certificates: number
  /** How many contexts `cancelBySubject` said it cancelled. */
  cancelled: number
}

/** Everything that is shown, at one moment. */
export interface Snapshot {
  readonly at: Date
  readonly elapsedSeconds: number
  /** What is checked: 'root certificates'. */
  readonly what: string
  /** Where they come from: 'Node.js v20.19.0'. */
  readonly origin: string
  readonly threads: number
  readonly stats: SchedulerStats
  /** The coming checks, the next first. */
  readonly coming: readonly ScheduledInfo[]
  readonly findings: Findings
  readonly distrusted: Distrusted | null
}
