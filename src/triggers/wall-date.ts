/**
 * The Gregorian calendar as arithmetic: dates are numbered by day, 0 is 1 January 1970, a Thursday; weekdays are 0 for
 * Monday to 6 for Sunday, as in ISO 8601 and APScheduler.
 */

export const dayMs = 86_400_000

/** A date, its month from 1 to 12. */
export interface WallDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const lengths: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** How many days a month has. */
export function monthLength(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (lengths[month - 1] ?? 0)
}

/**
 * The number of a date.
 *
 * Years are counted from 1 March, so that the leap day is the last one; then months have a length of 30.6 days on
 * average, which rounds to the right first day for all of them.
 */
export function dayNumber(year: number, month: number, day: number): number {
  const since = month > 2 ? year : year - 1
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leaps = Math.floor(since / 4) - Math.floor(since / 100) + Math.floor(since / 400)
  return since * 365 + leaps + ofYear - 719_468
}

/** The date of a number. */
export function dateOf(number: number): WallDate {
  const days = number + 719_468
  const era = Math.floor(days / 146_097)
  const ofEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * ofYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

/** The weekday of the day with a number. */
export function weekdayOf(number: number): number {
  return (((number + 3) % 7) + 7) % 7
}

/** The week of ISO 8601: week 1 is the one with the year's first Thursday. */
export function isoWeek(number: number): number {
  const thursday = number - weekdayOf(number) + 3
  return Math.floor((thursday - dayNumber(dateOf(thursday).year, 1, 1)) / 7) + 1
}
