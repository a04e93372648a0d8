import { durationMs, lastEpochMs, type Time } from '../core/duration.ts'
import { asError, TriggerError } from '../core/errors.ts'
import { instantOf, instantText } from './date-text.ts'
import { elapsedWords } from './elapsed-text.ts'
import { TimeZone } from './time-zone.ts'
import { ComputedTrigger, type TriggerJson } from './trigger.ts'
import { knownOptions } from './trigger-options.ts'

export interface DateTriggerOptions {
  /**
   * The zone of a text without an offset.
   *
   * @default the zone of this process
   */
  readonly timezone?: string
}

/**
 * Fires once.
 *
 * A date that has passed is still the answer: what is late is judged by the job's `misfireGraceTime`. `nextRuns()` leaves
 * it out. (APScheduler 3.0; in 2.1 a date that has passed was refused.)
 */
export class DateTrigger extends ComputedTrigger {
  readonly #zone: TimeZone
  /** Milliseconds since the epoch; null when it is still a duration. */
  readonly #at: number | null
  readonly #inMs: number

  /**
   * @param runDate a `Date`, anything with `epochMilliseconds`, a text such as `'2026-01-05 09:00:00'`, or a duration
   * (a number of seconds, `'2h30m'`, `{ minutes: 5 }`), which counts from when the job is added
   * @throws {TriggerError} `TRIGGER_INVALID` for anything else
   */
  constructor(runDate: Time, options: DateTriggerOptions = {}) {
    super()
    const { timezone } = knownOptions(options, ['timezone'], 'options')
    this.#zone = TimeZone.of(timezone)
    const delay = delayOf(runDate)
    this.#at = delay === null ? instantOf(runDate, this.#zone, 'runDate') : null
    this.#inMs = Math.round(delay ?? 0)
  }

  override nextFireMs(previous: number | null, now: number): number | null {
    // Also what fired before its date, because somebody moved that run, has fired (APScheduler).
    if (previous !== null) return null
    return this.#at ?? this.anchored(now).nextFireMs(null, now)
  }

  override firstFrom(epochMs: number): number | null {
    const at = this.nextFireMs(null, epochMs)
    return at !== null && at >= epochMs ? at : null
  }

  override anchored(now: number): DateTrigger {
    if (this.#at !== null) return this
    const at = Math.ceil(now + this.#inMs)
    if (!(Math.abs(at) <= lastEpochMs)) {
      throw new TriggerError(
        'Expected runDate to be a duration that ends before the year 275760.',
        {
          details: { field: 'runDate' },
        },
      )
    }
    return new DateTrigger(new Date(at), { timezone: this.#zone.name })
  }

  override toJSON(): TriggerJson {
    const runDate =
      this.#at === null ? { milliseconds: this.#inMs } : new Date(this.#at).toISOString()
    return { type: 'date', version: 1, runDate, timezone: this.#zone.name }
  }

  override toString(): string {
    return `date[${this.#at === null ? this.#delay() : instantText(this.#at, this.#zone)}]`
  }

  override explain(): string {
    return this.#at === null
      ? `Once, ${this.#delay()}.`
      : `Once, at ${instantText(this.#at, this.#zone)}.`
  }

  #delay(): string {
    if (this.#inMs === 0) return 'as soon as it is added'
    const words = elapsedWords(Math.abs(this.#inMs))
    return `${words} ${this.#inMs > 0 ? 'after' : 'before'} it is added`
  }
}

/** The milliseconds of a duration; null when it is not meant to be one. */
function delayOf(runDate: unknown): number | null {
  const isDate = typeof runDate === 'string' && /^[+-]?\d+[-T:]|^\d+$/.test(runDate)
  if (isDate) return null
  if (typeof runDate === 'object' && runDate !== null) {
    if (runDate instanceof Date || 'epochMilliseconds' in runDate) return null
  }
  try {
    return durationMs(runDate, 'runDate')
  } catch (error) {
    throw new TriggerError(
      `${asError(error).message.replace(/\.$/, '')}; or pass a Date or a text such as '2026-01-05 09:00:00'.`,
      { details: { field: 'runDate' }, cause: error },
    )
  }
}
