import type { Duration } from '../core/duration.ts'
import { dateOf, midnight, wallOf, wallText, type DateLike } from './date-text.ts'
import { everyWords, inWords, jitterWords } from './elapsed-text.ts'
import { TimeZone } from './time-zone.ts'
import { ComputedTrigger, type TriggerJson } from './trigger.ts'
import {
  jitterJson,
  jitterOf,
  knownOptions,
  malformed,
  neverFires,
  wholeNumber,
} from './trigger-options.ts'
import { dateOf as civilDate, dayMs } from './wall-date.ts'

/** Whole numbers; at least one of `years`, `months`, `weeks` and `days` is above zero. */
export interface CalendarIntervalTriggerOptions {
  /** @default 0 */
  readonly years?: number
  /** @default 0 */
  readonly months?: number
  /** @default 0 */
  readonly weeks?: number
  /** @default 0 */
  readonly days?: number
  /** @default 0 */
  readonly hour?: number
  /** @default 0 */
  readonly minute?: number
  /** @default 0 */
  readonly second?: number
  /**
   * The first date, as a text such as `'2026-01-31'`, or a `Date`, which is the date that the zone has then.
   *
   * @default the date on which the job is added
   */
  readonly startDate?: DateLike
  /**
   * The last date on which it may fire.
   *
   * @default never
   */
  readonly endDate?: DateLike
  /** @default the zone of this process */
  readonly timezone?: string
  /**
   * Each run begins at random up to so much after its planned time; a number is seconds.
   *
   * @default 0
   */
  readonly jitter?: Duration
}

const spans = ['years', 'months', 'weeks', 'days'] as const
const times = ['hour', 'minute', 'second'] as const
const optionNames = [...spans, ...times, 'startDate', 'endDate', 'timezone', 'jitter']
/** The first date of the year 0, and the last date and year, that four digits can write. */
const firstDate = -62_167_219_200_000
const lastDate = 253_402_214_400_000
const lastYear = 9999
/** Nobody adds more of anything to a date before the year 9999. */
const mostUnits = 10_000_000

/**
 * Fires every so many years, months, weeks and days, at one time of the wall clock (APScheduler 3.11).
 *
 * Years and months are added first and keep the day of the month, again and again until that date exists: a month after
 * 31 January is 31 March. Then weeks and days are added. A time that the clock skips on a date is dropped with its date; of
 * one that it shows twice the first counts. The last date is in the year 9999.
 */
export class CalendarIntervalTrigger extends ComputedTrigger {
  override readonly jitterMs: number
  readonly #span: Readonly<Record<(typeof spans)[number], number>>
  /** Years and months, in months. */
  readonly #months: number
  /** Weeks and days, in days. */
  readonly #days: number
  readonly #time: Readonly<Record<(typeof times)[number], number>>
  /** From midnight. */
  readonly #timeMs: number
  /** Dates are the wall milliseconds that they begin with. */
  readonly #start: number | null
  readonly #end: number | null
  readonly #zone: TimeZone
  /** A date of the grid that begins with a start: known, so that not every question begins there. It changes no answer. */
  #walked = { start: Number.NaN, date: Number.NaN }

  /**
   * @throws {TriggerError} `TRIGGER_INVALID` for an option that is unknown or out of range,
   * `TRIGGER_NEVER_FIRES` when the end is before the start
   */
  constructor(options: CalendarIntervalTriggerOptions) {
    super()
    const given = knownOptions(options, optionNames, 'options')
    this.#zone = TimeZone.of(given['timezone'])
    const amount = (span: string): number => wholeNumber(given[span], span, mostUnits)
    this.#span = {
      years: amount('years'),
      months: amount('months'),
      weeks: amount('weeks'),
      days: amount('days'),
    }
    this.#months = this.#span.years * 12 + this.#span.months
    this.#days = this.#span.weeks * 7 + this.#span.days
    if (this.#months + this.#days === 0) {
      throw malformed('days', 'a day or more, or one of years, months and weeks', given['days'])
    }
    this.#time = {
      hour: wholeNumber(given['hour'], 'hour', 23),
      minute: wholeNumber(given['minute'], 'minute', 59),
      second: wholeNumber(given['second'], 'second', 59),
    }
    this.#timeMs = ((this.#time.hour * 60 + this.#time.minute) * 60 + this.#time.second) * 1000
    this.#start = boundOf(given['startDate'], this.#zone, 'startDate')
    this.#end = boundOf(given['endDate'], this.#zone, 'endDate')
    this.jitterMs = jitterOf(given['jitter'])
    if (this.#start !== null && this.#end !== null && this.#end < this.#start) {
      throw neverFires('endDate', 'Expected endDate to be startDate or later, got an earlier date.')
    }
  }

  override nextFireMs(previous: number | null, now: number): number | null {
    if (previous !== null) {
      // A whole step from the date of what fired, also when that was not one of ours.
      const last = this.#dateAt(Math.floor(previous))
      const next = this.#start !== null && last < this.#start ? this.#start : this.#after(last)
      return this.#from(next, Math.floor(previous) + 1)
    }
    const present = Math.ceil(now)
    return this.#from(this.#near(this.#start ?? this.#dateAt(present), present), present)
  }

  override anchored(now: number): CalendarIntervalTrigger {
    if (this.#start !== null) return this
    const start = this.#dateAt(Math.ceil(now))
    if (!isDate(start) || (this.#end !== null && this.#end < start)) return this
    return new CalendarIntervalTrigger({ ...this.#options(), startDate: dateText(start) })
  }

  override toJSON(): TriggerJson {
    return { type: 'calendarInterval', version: 1, ...this.#options() }
  }

  override toString(): string {
    return `calendarinterval[${this.#spanWords()} at ${this.#timeText()}]`
  }

  override explain(): string {
    const every = everyWords(this.#spanWords())
    const from = this.#start === null ? '' : `, from ${dateText(this.#start)}`
    const until = this.#end === null ? '' : `, until ${dateText(this.#end)}`
    return `E${every.slice(1)} at ${this.#timeText()}${from}${until}, ${this.#zone.name}.${jitterWords(this.jitterMs)}`
  }

  #options(): CalendarIntervalTriggerOptions {
    const given = Object.entries({ ...this.#span, ...this.#time }).filter(([, size]) => size > 0)
    return {
      ...Object.fromEntries(given),
      ...(this.#start === null ? {} : { startDate: dateText(this.#start) }),
      ...(this.#end === null ? {} : { endDate: dateText(this.#end) }),
      timezone: this.#zone.name,
      ...jitterJson(this.jitterMs),
    }
  }

  #spanWords(): string {
    return inWords(spans.map((span) => [this.#span[span], span.slice(0, -1)]))
  }

  #timeText(): string {
    return wallText(this.#timeMs).slice('1970-01-01 '.length)
  }

  /** The first date, from a date of the grid on, whose time is there and not before an instant. */
  #from(date: number | null, earliest: number): number | null {
    for (let next = date; next !== null; next = this.#after(next)) {
      if (this.#end !== null && next > this.#end) return null
      const reading = this.#zone.instants(next + this.#timeMs)
      const at =
        reading.kind === 'twice' ? reading.first : reading.kind === 'once' ? reading.at : null
      if (at !== null && at >= earliest) return at
    }
    return null
  }

  /** The date one step after another; null when it is beyond the last year. */
  #after(date: number): number | null {
    if (this.#months === 0) return within(date + this.#days * dayMs)
    const { year, month, day } = civilDate(date / dayMs)
    const months = year * 12 + month - 1
    for (let next = months + this.#months; next < (lastYear + 1) * 12; next += this.#months) {
      const found = wallOf(Math.floor(next / 12), (next % 12) + 1, day)
      if (found !== null) return within(found + this.#days * dayMs)
    }
    return null
  }

  /** A date of the grid that is not after the first one wanted, so that nobody walks there from far in the past. */
  #near(start: number, now: number): number | null {
    // Two days before: no wall clock is so far from UTC.
    const wanted = now - 2 * dayMs
    if (within(Math.max(start, wanted)) === null) return null
    if (start >= wanted) return start
    if (this.#months === 0) {
      const step = this.#days * dayMs
      return start + Math.floor((wanted - start) / step) * step
    }
    if (this.#days === 0) {
      const first = new Date(start)
      const last = new Date(wanted)
      const between =
        (last.getUTCFullYear() - first.getUTCFullYear()) * 12 +
        (last.getUTCMonth() - first.getUTCMonth())
      // The day of the month never changes, so every date of the grid is so many whole steps from the first.
      for (let steps = Math.floor(between / this.#months) - 1; steps > 0; steps--) {
        const months = first.getUTCFullYear() * 12 + first.getUTCMonth() + steps * this.#months
        const near = wallOf(Math.floor(months / 12), (months % 12) + 1, first.getUTCDate())
        if (near !== null) return near
      }
      return start
    }
    return this.#walk(start, wanted)
  }

  /** Step by step, where no arithmetic leads to a date of the grid; on from where the last walk ended. */
  #walk(start: number, wanted: number): number {
    const walked = this.#walked
    let date = walked.start === start && walked.date <= wanted ? walked.date : start
    for (let next = this.#after(date); next !== null && next <= wanted; next = this.#after(next)) {
      date = next
    }
    this.#walked = { start, date }
    return date
  }

  /** The date that the wall shows at an instant. */
  #dateAt(epochMs: number): number {
    return midnight(this.#zone.toWall(epochMs))
  }
}

/** Whether four digits can write its year. */
function isDate(date: number): boolean {
  return date >= firstDate && within(date) !== null
}

function within(date: number): number | null {
  return date <= lastDate ? date : null
}

function dateText(date: number): string {
  return wallText(date).slice(0, 'YYYY-MM-DD'.length)
}

function boundOf(value: unknown, zone: TimeZone, field: string): number | null {
  if (value === undefined || value === null) return null
  const date = dateOf(value, zone, field)
  if (!isDate(date)) throw malformed(field, 'in the years 0 to 9999', value)
  return date
}
