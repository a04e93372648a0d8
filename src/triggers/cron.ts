import { type Duration, lastEpochMs } from '../core/duration.ts'
import { CronCalendar } from './cron-calendar.ts'
import { explainCron } from './cron-words.ts'
import { boundNames, readCron, type CronPlan, type CronValue } from './cron-plan.ts'
import { type DateLike, instantOf, instantText } from './date-text.ts'
import { jitterWords } from './elapsed-text.ts'
import { TimeZone } from './time-zone.ts'
import { ComputedTrigger, type TriggerJson } from './trigger.ts'
import { jitterJson, jitterOf, knownOptions, malformed, neverFires } from './trigger-options.ts'
import { dayMs } from './wall-date.ts'
import { nextOnce, nextShown } from './wall-walk.ts'

/**
 * What a fixed time of the day does when the clock is changed.
 *
 * - `'once'`: it runs exactly once. Is it skipped, it runs at the first instant after the gap; is it repeated, at the
 *   first of the two.
 * - `'wallclock'`: it runs whenever the clock shows it: not at all, or twice. The rule of APScheduler.
 */
export type DaylightSaving = 'once' | 'wallclock'

/** When a cron trigger fires, besides its fields. */
export interface CronBounds {
  /**
   * Nothing fires before it; a text is a wall time of the zone.
   *
   * @default none
   */
  readonly startDate?: DateLike
  /**
   * Nothing fires after it; at this very time something may.
   *
   * @default never
   */
  readonly endDate?: DateLike
  /**
   * The IANA zone whose wall clock the fields are about, in any case.
   *
   * @default the zone of this process
   */
  readonly timezone?: string
  /**
   * Each run begins at random up to so much after its planned time, never before it; a number is seconds. In APScheduler
   * 3.9 the same is added to the next time itself, from which the one after that is counted.
   *
   * @default 0
   */
  readonly jitter?: Duration
  /**
   * What a fixed time does when the clock is put forward or back. Fixed is a trigger whose hour and minute are single
   * values or lists of them; any other comes round by itself and keeps doing so.
   *
   * @default 'once'
   */
  readonly dst?: DaylightSaving
}

/**
 * The fields, each a number or an expression: `*`, `a`, `a-b`, each also with a step as in `a-b/n`, and lists of these.
 *
 * A time must match all of them. A field that is not given is `*` when it is more significant than one that is, and its
 * minimum when it is less significant, but `week` and `dayOfWeek`, which are always `*` then. With none at all it fires
 * every second (APScheduler 3.0).
 */
export interface CronTriggerOptions extends CronBounds {
  /** 1970 to 9999. */
  readonly year?: CronValue
  /** 1 to 12, or `jan` to `dec`. */
  readonly month?: CronValue
  /** 1 to 31; also `last`, `2nd fri` and `last fri`. A month that has no such day is passed over. */
  readonly day?: CronValue
  /** 1 to 53, of ISO 8601. */
  readonly week?: CronValue
  /** 0 to 6, where 0 is Monday, or `mon` to `sun`. */
  readonly dayOfWeek?: CronValue
  /** 0 to 23. */
  readonly hour?: CronValue
  /** 0 to 59. */
  readonly minute?: CronValue
  /** 0 to 59. */
  readonly second?: CronValue
  /** A line of a crontab in place of fields: see `CronTrigger.fromCrontab`. */
  readonly crontab?: string
}

/** No zone has a wall time of 1970, with which the calendar begins, before this. */
const calendarStart = -2 * dayMs

/**
 * Fires when the clock on the wall shows what its fields say.
 *
 * @example new CronTrigger({ dayOfWeek: 'mon-fri', hour: 9, timezone: 'Europe/Berlin' })
 */
export class CronTrigger extends ComputedTrigger {
  override readonly jitterMs: number
  readonly #plan: CronPlan
  readonly #calendar: CronCalendar
  readonly #zone: TimeZone
  readonly #startMs: number
  readonly #endMs: number
  readonly #dst: DaylightSaving
  readonly #next: typeof nextOnce

  /**
   * @throws {TriggerError} `TRIGGER_INVALID` for an option that is unknown or malformed, `TRIGGER_NEVER_FIRES` when nothing
   * can ever match; `details.field` names it.
   */
  constructor(options: CronTriggerOptions = {}) {
    super()
    const { plan, given } = readCron(options)
    this.#plan = plan
    this.#zone = TimeZone.of(given['timezone'])
    this.#startMs = boundOf(given['startDate'], this.#zone, 'startDate') ?? -lastEpochMs
    this.#endMs = boundOf(given['endDate'], this.#zone, 'endDate') ?? lastEpochMs
    this.jitterMs = jitterOf(given['jitter'])
    this.#dst = dstOf(given['dst'])
    this.#calendar = new CronCalendar(plan.items, plan.either)
    this.#next = this.#dst === 'once' && plan.isFixed ? nextOnce : nextShown
    this.#mustFire()
  }

  /**
   * A trigger of a crontab line: five fields (minute, hour, day, month, day of week), or six with seconds before them, or
   * `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`.
   *
   * Other than with the fields of the constructor, 0 and 7 are Sunday, and when the day and the day of week are both
   * given, one of them is enough (Vixie cron). Also `?` for `*`, `L`, `LW`, `15W`, `5L` and `5#2`.
   *
   * @throws {TriggerError} as the constructor
   * @example CronTrigger.fromCrontab('0,30 9-17 * * mon-fri', { timezone: 'Europe/Berlin' })
   */
  static fromCrontab(crontab: string, options: CronBounds = {}): CronTrigger {
    // Without a line there are no fields, and no fields are every second: nobody who forgot the line means that.
    if (typeof crontab !== 'string') throw malformed('crontab', 'a line of a crontab', crontab)
    return new CronTrigger({ ...knownOptions(options, boundNames, 'options'), crontab })
  }

  /**
   * The trigger that `toJSON` was asked of.
   *
   * @throws {TriggerError} when it is of another type or version, and as the constructor
   */
  static fromJSON(json: TriggerJson): CronTrigger {
    if (typeof json !== 'object' || json === null) {
      throw malformed('trigger', 'what toJSON() of a cron trigger makes', json)
    }
    const { type, version, ...options } = json
    if (type !== 'cron') throw malformed('type', "'cron'", type)
    if (version !== 1) throw malformed('version', '1', version)
    return new CronTrigger(options)
  }

  override nextFireMs(previous: number | null, now: number): number | null {
    const from = previous === null ? now : Math.floor(previous) + 1
    const next = this.#next(
      this.#calendar,
      this.#zone,
      Math.max(from, this.#startMs, calendarStart),
    )
    return next === null || next > this.#endMs ? null : next
  }

  override toJSON(): TriggerJson {
    return {
      type: 'cron',
      version: 1,
      ...this.#plan.texts,
      ...(this.#startMs === -lastEpochMs
        ? {}
        : { startDate: new Date(this.#startMs).toISOString() }),
      ...(this.#endMs === lastEpochMs ? {} : { endDate: new Date(this.#endMs).toISOString() }),
      timezone: this.#zone.name,
      ...jitterJson(this.jitterMs),
      ...(this.#dst === 'once' ? {} : { dst: this.#dst }),
    }
  }

  /** The fields that were given, as APScheduler prints them, or the crontab line. */
  override toString(): string {
    const { crontab, ...fields } = this.#plan.texts
    if (crontab !== undefined) return `cron['${crontab}']`
    const given = Object.entries(fields).map(
      ([name, text]) => `${name === 'dayOfWeek' ? 'day_of_week' : name}='${text}'`,
    )
    return `cron[${given.join(', ')}]`
  }

  override explain(): string {
    const from =
      this.#startMs === -lastEpochMs ? '' : `, from ${instantText(this.#startMs, this.#zone)}`
    const until =
      this.#endMs === lastEpochMs ? '' : `, until ${instantText(this.#endMs, this.#zone)}`
    const { items, either } = this.#plan
    return `${explainCron(items, either)}, ${this.#zone.name}${from}${until}.${jitterWords(this.jitterMs)}`
  }

  #mustFire(): void {
    const field = this.#calendar.impossibleField()
    if (field !== null) {
      throw neverFires(
        field,
        `Expected ${String(this)} to match a date, but with this ${field} none ever does.`,
      )
    }
    const isBounded = this.#startMs > -lastEpochMs || this.#endMs < lastEpochMs
    // Otherwise there is always a later date, if not the same.
    if (!isBounded && !this.#plan.items.year) return
    if (this.nextFireMs(null, -lastEpochMs) !== null) return
    const bound =
      this.#endMs < lastEpochMs ? 'endDate' : this.#startMs > -lastEpochMs ? 'startDate' : 'dst'
    throw neverFires(
      bound,
      bound === 'dst'
        ? `Expected ${String(this)} to match a time that the clocks of ${this.#zone.name} show, but they skip all of them.`
        : `Expected ${String(this)} to match a time between startDate and endDate, but none does.`,
    )
  }
}

function boundOf(value: unknown, zone: TimeZone, field: string): number | null {
  return value === undefined || value === null ? null : instantOf(value, zone, field)
}

function dstOf(value: unknown): DaylightSaving {
  if (value === undefined || value === 'once' || value === 'wallclock') return value ?? 'once'
  throw malformed('dst', "'once' or 'wallclock'", value)
}
