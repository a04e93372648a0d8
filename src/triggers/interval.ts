import { lastEpochMs, type Duration } from '../core/duration.ts'
import { instantOf, instantText, type DateLike } from './date-text.ts'
import { elapsedText, elapsedWords, everyWords, jitterWords } from './elapsed-text.ts'
import { TimeZone } from './time-zone.ts'
import { ComputedTrigger, type TriggerJson } from './trigger.ts'
import { jitterJson, jitterOf, knownOptions, malformed } from './trigger-options.ts'

/** The parts of the interval add up; fractions are allowed. All zero, or none given, is one second (APScheduler 2.1). */
export interface IntervalTriggerOptions {
  /** @default 0 */
  readonly weeks?: number
  /** @default 0 */
  readonly days?: number
  /** @default 0 */
  readonly hours?: number
  /** @default 0 */
  readonly minutes?: number
  /** @default 0 */
  readonly seconds?: number
  /**
   * The first run, and what all others are counted from. One that has passed fires nothing for the time before.
   *
   * @default one interval after the job is added
   */
  readonly startDate?: DateLike
  /**
   * Nothing fires after it; at this very time something may.
   *
   * @default never
   */
  readonly endDate?: DateLike
  /**
   * The zone of a text without an offset. The interval itself is elapsed time, the same in all zones.
   *
   * @default the zone of this process
   */
  readonly timezone?: string
  /**
   * Each run begins at random up to so much after its planned time; a number is seconds.
   *
   * @default 0
   */
  readonly jitter?: Duration
}

const unitMs = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
} as const
const units = ['weeks', 'days', 'hours', 'minutes', 'seconds'] as const
const optionNames = [...units, 'startDate', 'endDate', 'timezone', 'jitter']

/**
 * Fires at equal intervals of elapsed time, on the grid of its start, so it does not drift.
 *
 * A day is 24 hours: over a change of summer time the wall time shifts. `CalendarIntervalTrigger` keeps the wall time.
 */
export class IntervalTrigger extends ComputedTrigger {
  override readonly jitterMs: number
  readonly #intervalMs: number
  readonly #startMs: number | null
  readonly #endMs: number
  readonly #zone: TimeZone

  /**
   * @throws {TriggerError} `TRIGGER_INVALID` for an option that is unknown or of the wrong kind. An end before the start is
   * none: such a trigger has no times (APScheduler), and no job is added with it.
   */
  constructor(options: IntervalTriggerOptions = {}) {
    super()
    const given = knownOptions(options, optionNames, 'options')
    this.#zone = TimeZone.of(given['timezone'])
    this.#intervalMs = intervalOf(given)
    this.#startMs = boundOf(given['startDate'], this.#zone, 'startDate')
    this.#endMs = boundOf(given['endDate'], this.#zone, 'endDate') ?? lastEpochMs
    this.jitterMs = jitterOf(given['jitter'])
  }

  override nextFireMs(previous: number | null, now: number): number | null {
    // Counted from what fired rather than from the start, as APScheduler does: a run that was moved moves those after it.
    if (previous !== null) return this.#bounded(Math.floor(previous) + this.#intervalMs)
    const present = Math.ceil(now)
    const first = this.#startMs ?? present + this.#intervalMs
    const missed = Math.max(0, Math.ceil((present - first) / this.#intervalMs))
    return this.#bounded(first + missed * this.#intervalMs)
  }

  override anchored(now: number): IntervalTrigger {
    if (this.#startMs !== null) return this
    const start = Math.ceil(now) + this.#intervalMs
    // One that begins after its end stays as it is: it has no run, which is for the caller to say.
    if (start > this.#endMs) return this
    return new IntervalTrigger({ ...this.#options(), startDate: new Date(start) })
  }

  override toJSON(): TriggerJson {
    return { type: 'interval', version: 1, ...this.#options() }
  }

  override toString(): string {
    return `interval[${elapsedText(this.#intervalMs)}]`
  }

  override explain(): string {
    const every = everyWords(elapsedWords(this.#intervalMs))
    const from = this.#startMs === null ? '' : `, from ${instantText(this.#startMs, this.#zone)}`
    const until =
      this.#endMs === lastEpochMs ? '' : `, until ${instantText(this.#endMs, this.#zone)}`
    return `E${every.slice(1)}${from}${until}.${jitterWords(this.jitterMs)}`
  }

  #options(): IntervalTriggerOptions {
    return {
      seconds: this.#intervalMs / 1000,
      ...(this.#startMs === null ? {} : { startDate: new Date(this.#startMs).toISOString() }),
      ...(this.#endMs === lastEpochMs ? {} : { endDate: new Date(this.#endMs).toISOString() }),
      timezone: this.#zone.name,
      ...jitterJson(this.jitterMs),
    }
  }

  #bounded(at: number): number | null {
    return at <= this.#endMs ? at : null
  }
}

function intervalOf(given: Readonly<Record<string, unknown>>): number {
  let ms = 0
  let isZero = true
  for (const unit of units) {
    const amount = given[unit] ?? 0
    if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0) {
      throw malformed(unit, 'a finite number, zero or more', amount)
    }
    if (amount > 0) isZero = false
    ms += amount * unitMs[unit]
  }
  if (isZero) return unitMs.seconds
  const whole = Math.round(ms)
  if (whole < 1) throw malformed('seconds', 'a millisecond or more', given['seconds'])
  if (!(whole <= lastEpochMs)) throw malformed('the interval', 'one that a Date can hold', ms)
  return whole
}

function boundOf(value: unknown, zone: TimeZone, field: string): number | null {
  return value === undefined || value === null ? null : instantOf(value, zone, field)
}
