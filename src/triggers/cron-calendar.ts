import { cronFieldNames, type CronFieldName, type CronItem } from './cron-field.ts'
import { DayRule } from './day-rule.ts'
import { lowestBit, SmallSet, TimeOfDay } from './time-of-day.ts'
import {
  dateOf,
  dayMs,
  dayNumber,
  isLeapYear,
  isoWeek,
  monthLength,
  weekdayOf,
} from './wall-date.ts'

/** What each field is made of; one that is left out does not restrict anything. */
export type CronItems = Readonly<Partial<Record<CronFieldName, readonly CronItem[]>>>

const firstYear = 1970
const lastYear = 9999
/** After this the calendar repeats, weekdays and weeks included. */
const cycleYears = 400
const zero: readonly CronItem[] = [{ kind: 'range', from: 0, to: 0, step: 1 }]

/**
 * What cron fields mean on a wall clock that is never changed: time zones are somebody else's work.
 *
 * A search goes by fields, never by seconds: the time of day is a look into three sets of bits, a month is one word of
 * days, and a year of a kind that was seen to have no day that matches is passed over. There are 21 kinds of years:
 * by the weekday they begin on, and whether they or those before them are leap years. So a search ends within some
 * thousand cheap looks, also when the next match is centuries away or nowhere.
 */
export class CronCalendar {
  readonly #items: CronItems
  readonly #time: TimeOfDay
  readonly #months: SmallSet | null
  readonly #day: DayRule | null
  readonly #weekday: DayRule | null
  readonly #weeks: SmallSet | null
  /** Whether a day matches that either field of days means, as in a crontab. */
  readonly #either: boolean
  /** Bits of the kinds of years without a day. */
  #barrenKinds = 0
  /** The month that was looked at last: the number of its first day, its length and the days that match. */
  #monthStart = 0
  #monthDays = 0
  #monthLength = 0
  /** How many months and years were looked at so far, for those who watch that no search runs away. */
  looks = 0

  constructor(items: CronItems, either = false) {
    this.#items = items
    this.#time = new TimeOfDay(items.hour ?? zero, items.minute ?? zero, items.second ?? zero)
    this.#months = items.month ? new SmallSet(items.month) : null
    this.#weeks = items.week ? new SmallSet(items.week) : null
    this.#day = items.day ? new DayRule('day', items.day) : null
    this.#weekday = items.dayOfWeek ? new DayRule('dayOfWeek', items.dayOfWeek) : null
    this.#either = either
  }

  /**
   * The first match from a reading of the wall clock on, in wall milliseconds (see `TimeZone`).
   *
   * @returns null when there is none before the year 10000
   */
  from(wallMs: number): number | null {
    const seconds = Math.max(0, Math.ceil(wallMs / 1000))
    const day = Math.floor(seconds / 86_400)
    if (day < this.#monthStart || day >= this.#monthStart + this.#monthLength) {
      const { year, month } = dateOf(day)
      if (year > lastYear) return null
      this.#enter(year, month)
    }
    const index = day - this.#monthStart
    if (((this.#monthDays >>> index) & 1) === 1) {
      const time = this.#time.from(seconds - day * 86_400)
      if (time >= 0) return day * dayMs + time * 1000
    }
    // A shift by 32 would be none.
    const rest = index < 30 ? this.#monthDays >>> (index + 1) : 0
    const found = rest === 0 ? this.#inLaterMonth(day) : day + 1 + lowestBit(rest)
    return found === null ? null : found * dayMs + this.#time.first * 1000
  }

  /** The field that keeps it from ever matching a date; null when there is a match. */
  impossibleField(): CronFieldName | null {
    if (this.#everMatches()) return null
    // The least significant field without which there would be a match.
    const fields = cronFieldNames.filter((name) => ['dayOfWeek', 'week', 'day'].includes(name))
    const blamed = fields
      .toReversed()
      .find((name) => new CronCalendar({ ...this.#items, [name]: undefined }).#everMatches())
    return blamed ?? 'day'
  }

  #everMatches(): boolean {
    const last = this.#items.year ? lastYear : firstYear + cycleYears - 1
    let year = this.#yearFrom(firstYear)
    while (year !== null && year <= last) {
      if (!this.#isBarren(year)) return true
      year = this.#yearFrom(year + 1)
    }
    return false
  }

  /** The first day that matches in a month after that of a day. */
  #inLaterMonth(day: number): number | null {
    let { year, month } = dateOf(day)
    for (;;) {
      month = month < 12 ? this.#monthFrom(month + 1) : 13
      if (month > 12) {
        const next = this.#fertileYearFrom(year + 1)
        if (next === null) return null
        year = next
        month = this.#monthFrom(1)
      }
      this.#enter(year, month)
      if (this.#monthDays !== 0) return this.#monthStart + lowestBit(this.#monthDays)
    }
  }

  #fertileYearFrom(year: number): number | null {
    let next = this.#yearFrom(year)
    while (next !== null && this.#isBarren(next)) next = this.#yearFrom(next + 1)
    return next
  }

  /** The first year from one on that its field means. */
  #yearFrom(year: number): number | null {
    this.looks++
    if (year > lastYear) return null
    const items = this.#items.year
    if (!items) return year
    let least = Infinity
    for (const item of items) {
      if (item.kind !== 'every' && item.kind !== 'range') continue
      const steps = Math.max(0, Math.ceil((year - item.from) / item.step))
      const next = item.from + steps * item.step
      if (next <= item.to) least = Math.min(least, next)
    }
    return least === Infinity ? null : least
  }

  #isBarren(year: number): boolean {
    const start = dayNumber(year, 1, 1)
    const kind = weekdayOf(start) + (isLeapYear(year) ? 7 : 0) + (isLeapYear(year - 1) ? 14 : 0)
    if (((this.#barrenKinds >>> kind) & 1) === 1) return true
    for (let month = this.#monthFrom(1); month <= 12; month = this.#monthFrom(month + 1)) {
      if (this.#daysOf(year, month) !== 0) return false
    }
    this.#barrenKinds |= 1 << kind
    return true
  }

  /** The first month from one on that its field means; more than 12 when there is none. */
  #monthFrom(month: number): number {
    if (this.#months === null) return month
    const next = this.#months.from(month)
    return next < 0 ? 13 : next
  }

  #enter(year: number, month: number): void {
    const wanted = this.#yearFrom(year) === year && this.#monthFrom(month) === month
    this.#monthStart = dayNumber(year, month, 1)
    this.#monthLength = monthLength(year, month)
    this.#monthDays = wanted ? this.#daysOf(year, month) : 0
  }

  /** The days of a month that match, as bits. */
  #daysOf(year: number, month: number): number {
    this.looks++
    const length = monthLength(year, month)
    const all = 2 ** length - 1
    if (this.#day === null && this.#weekday === null && this.#weeks === null) return all
    const start = dayNumber(year, month, 1)
    const firstWeekday = weekdayOf(start)
    const byDay = this.#day === null ? all : this.#day.daysIn(firstWeekday, length)
    const byWeekday = this.#weekday === null ? all : this.#weekday.daysIn(firstWeekday, length)
    const days = this.#either ? byDay | byWeekday : byDay & byWeekday
    return this.#weeks === null ? days : days & this.#inWeeks(this.#weeks, start, length)
  }

  #inWeeks(weeks: SmallSet, start: number, length: number): number {
    let days = 0
    for (let index = 0; index < length;) {
      const left = Math.min(7 - weekdayOf(start + index), length - index)
      if (weeks.has(isoWeek(start + index))) days |= (2 ** left - 1) << index
      index += left
    }
    return days
  }
}
