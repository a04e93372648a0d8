import { OptionsError, shown, TriggerError } from '../core/errors.ts'
import { presentMs } from './present.ts'

/** A trigger as text can hold it; `type` says which class reads it, `version` in which form it was written. */
export interface TriggerJson {
  readonly type: string
  readonly version: 1
  readonly [option: string]: unknown
}

/** When to fire next. Stateless: all it knows is what it was made with, and what it is asked with. */
export interface Trigger {
  /**
   * The first time to fire that is not before `now`, or, when it fired before, the first after that, which may have passed.
   *
   * @param previous the *planned* time of the last firing, null when there was none
   * @returns null when it never fires again
   * @see APScheduler 3.0: `get_next_fire_time(previous_fire_time, now)`
   */
  nextFireTime(previous: Date | null, now: Date): Date | null
  toJSON(): TriggerJson
  toString(): string
}

/** More than anybody reads, and still no burden. */
const mostRuns = 100_000

/**
 * The triggers of this package: arithmetic on milliseconds since the epoch.
 *
 * Whatever they are asked, the answer is later than `previous`.
 */
export abstract class ComputedTrigger implements Trigger {
  /**
   * A run of a job may begin at random up to so many milliseconds after its planned time, and never before it. It is
   * no part of the times below: next times come from planned ones.
   *
   * @default 0
   */
  readonly jitterMs: number = 0

  /** As `nextFireTime`, in milliseconds since the epoch. */
  abstract nextFireMs(previous: number | null, now: number): number | null
  abstract toJSON(): TriggerJson
  /** As APScheduler prints it. */
  abstract toString(): string
  /** What it does, in plain words. */
  abstract explain(): string

  nextFireTime(previous: Date | null, now: Date): Date | null {
    const before = previous === null ? null : instantOf(previous, 'previous')
    const next = this.nextFireMs(before, instantOf(now, 'now'))
    return next === null ? null : new Date(next)
  }

  /**
   * This trigger, with what it counts from settled: an interval without a `startDate`, a date that is so many seconds away.
   *
   * A scheduler calls it once, when a job is added, and keeps what it returns: so the grid stays where it is through a
   * pause or a restart.
   *
   * @param _now milliseconds since the epoch
   */
  anchored(_now: number): ComputedTrigger {
    return this
  }

  /** The first of its times that is not before an instant, in milliseconds since the epoch; null when there is none. */
  firstFrom(epochMs: number): number | null {
    return this.nextFireMs(null, epochMs)
  }

  /**
   * The next times to fire, in order; fewer when there are no more.
   *
   * @param count how many, from 0 to 100,000
   * @param from the first may be at this very time. @default the present
   * @throws {OptionsError} `OPTION_INVALID` for another count
   * @throws {TriggerError} `TRIGGER_INVALID` when `from` is no valid date
   */
  nextRuns(count: number, from?: Date): Date[] {
    if (!Number.isInteger(count) || count < 0 || count > mostRuns) {
      throw new OptionsError(
        `Expected the number of runs to be a whole number from 0 to ${mostRuns}, got ${shown(count)}.`,
      )
    }
    const start = from === undefined ? presentMs() : instantOf(from, 'from')
    const trigger = this.anchored(start)
    const runs: Date[] = []
    let next = count > 0 ? trigger.firstFrom(start) : null
    while (next !== null && runs.push(new Date(next)) < count) next = trigger.nextFireMs(next, next)
    return runs
  }
}

function instantOf(date: unknown, what: string): number {
  const ms = date instanceof Date ? date.getTime() : Number.NaN
  if (Number.isNaN(ms))
    throw new TriggerError(`Expected ${what} to be a valid Date, got ${shown(date)}.`, {
      details: { field: what },
    })
  return ms
}
