import type { ScheduledInfo, SchedulerStats } from 'scheduler-thread'
import type { Journal } from './journal.ts'

/** Everything that is shown, at one moment. */
export interface Snapshot {
  readonly at: Date
  readonly elapsedSeconds: number
  /** Where the certificates are. */
  readonly where: string
  /** How many files the finder knows. */
  readonly files: number
  readonly threads: number
  readonly stats: SchedulerStats
  /** The coming renewals, the next first. */
  readonly renewals: readonly ScheduledInfo[]
  readonly journal: Journal
}

/** Whether nothing is left to do: nothing scheduled, parked, queued or taken. */
export function isIdle({ queues }: SchedulerStats): boolean {
  return Object.values(queues).every(
    ({ scheduled, parked, queued, taken }) => scheduled + parked + queued + taken === 0,
  )
}
