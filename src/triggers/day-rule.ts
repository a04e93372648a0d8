import type { CronItem } from './cron-field.ts'

/**
 * Which days of a month a field means, as bits: bit 0 is the first of the month.
 *
 * The fields `day` and `dayOfWeek` both become one of these, for both can speak of weekdays.
 */
export class DayRule {
  /** Days of the month. */
  #days = 0
  /** Days of the week; bit 0 is Monday. */
  #weekdays = 0
  #lastWeekdays = 0
  #lastDay = false
  readonly #nth: { readonly nth: number; readonly weekday: number }[] = []
  readonly #nearest: number[] = []

  constructor(field: 'day' | 'dayOfWeek', items: readonly CronItem[]) {
    for (const item of items) this.#include(field, item)
  }

  /** The days it means in a month that begins on a weekday and has a length. */
  daysIn(firstWeekday: number, length: number): number {
    const lastWeekday = (firstWeekday + length - 1) % 7
    let days = this.#days
    if (this.#weekdays !== 0) days |= onWeekdays(this.#weekdays, firstWeekday)
    if (this.#lastWeekdays !== 0) {
      days |= onWeekdays(this.#lastWeekdays, firstWeekday) & (0x7f << (length - 7))
    }
    if (this.#lastDay) days |= 1 << (length - 1)
    for (const { nth, weekday } of this.#nth) {
      const day = 1 + ((weekday - firstWeekday + 7) % 7) + (nth - 1) * 7
      if (day <= length) days |= 1 << (day - 1)
    }
    for (const wanted of this.#nearest) {
      const day = wanted === 0 ? length : wanted
      if (day <= length) {
        const weekday = wanted === 0 ? lastWeekday : (firstWeekday + day - 1) % 7
        days |= 1 << (nearestWorkday(day, weekday, length) - 1)
      }
    }
    // A month of 31 days needs all but the last of the 32 bits.
    return days & (2 ** length - 1)
  }

  #include(field: 'day' | 'dayOfWeek', item: CronItem): void {
    switch (item.kind) {
      case 'every':
      case 'range':
        for (let value = item.from; value <= item.to; value += item.step) {
          if (field === 'day') this.#days |= 1 << (value - 1)
          else this.#weekdays |= 1 << (value % 7)
        }
        break
      case 'nth':
        this.#nth.push(item)
        break
      case 'lastWeekday':
        this.#lastWeekdays |= 1 << item.weekday
        break
      case 'lastDay':
        this.#lastDay = true
        break
      case 'nearest':
        this.#nearest.push(item.day)
        break
    }
  }
}

/** All days of a month that are on one of the weekdays: the week is turned so that it begins as the month does. */
function onWeekdays(weekdays: number, firstWeekday: number): number {
  const week = ((weekdays >>> firstWeekday) | (weekdays << (7 - firstWeekday))) & 0x7f
  return week | (week << 7) | (week << 14) | (week << 21) | (week << 28)
}

function nearestWorkday(day: number, weekday: number, length: number): number {
  if (weekday === 5) return day > 1 ? day - 1 : day + 2
  if (weekday === 6) return day < length ? day + 1 : day - 2
  return day
}
