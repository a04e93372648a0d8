import { shown, TriggerError } from '../core/errors.ts'

/** A trigger as text can hold it; `type` says which class reads it, `version` in which form it was written. */
export interface TriggerJson {
  readonly type: string
  readonly version: 1
  readonly [option: string]: unknown
}

/** When to fire next. Stateless: all it knows is what it was made with, and what it is asked with. */
export interface Trigger {
  /**
   * The first time to fire that is not before `now`, or, when it fired before, the first after that.
   *
   * @param previous the *planned* time of the last firing, null when there was none
   * @returns null when it never fires again
   * @see APScheduler 3.0: `get_next_fire_time(previous_fire_time, now)`
   */
  nextFireTime(previous: Date | null, now: Date): Date | null
  toJSON(): TriggerJson
  toString(): string
}

/** The triggers of this package: arithmetic on milliseconds since the epoch. */
export abstract class ComputedTrigger implements Trigger {
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
}

function instantOf(date: unknown, what: string): number {
  const ms = date instanceof Date ? date.getTime() : Number.NaN
  if (Number.isNaN(ms))
    throw new TriggerError(`Expected ${what} to be a valid Date, got ${shown(date)}.`)
  return ms
}
