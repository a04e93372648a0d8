import type { LatenessHistogram } from './lateness.ts'

/** One queue, as it stands. */
export interface QueueStats {
  /** 0 when it is unlimited. */
  readonly maxSize: number
  readonly scheduled: number
  /** Due, and waiting for room on the queue. */
  readonly parked: number
  readonly queued: number
  readonly taken: number
  readonly done: number
  /** How many wait in `getTask`. */
  readonly consumers: number
  /** How late contexts were when they were taken. */
  readonly lateness: LatenessHistogram
}

/** What became of every context: `added = done + cancelled + dropped + scheduled + parked + queued + taken`. */
export interface Totals {
  added: number
  /** Entries that took the place of an earlier one; not part of the sum. */
  replaced: number
  done: number
  cancelled: number
  /** Queued or taken when their queue was removed. */
  dropped: number
}

export interface SchedulerStats {
  readonly queues: Readonly<Record<string, QueueStats>>
  readonly totals: Readonly<Totals>
}
