import type { CronItem } from './cron-field.ts'

/** Numbers from 0 to 59, as bits of two words: a word of 60 would be no small integer. */
export class SmallSet {
  #low = 0
  #high = 0

  constructor(items: readonly CronItem[]) {
    for (const item of items) {
      if (item.kind !== 'every' && item.kind !== 'range') continue
      for (let value = item.from; value <= item.to; value += item.step) {
        if (value < 30) this.#low |= 1 << value
        else this.#high |= 1 << (value - 30)
      }
    }
  }

  has(value: number): boolean {
    return value < 30
      ? ((this.#low >>> value) & 1) === 1
      : ((this.#high >>> (value - 30)) & 1) === 1
  }

  /** The least of them from a value on; -1 when there is none. */
  from(value: number): number {
    if (value < 30) {
      const rest = this.#low >>> value
      if (rest !== 0) return value + lowestBit(rest)
      return this.#high === 0 ? -1 : 30 + lowestBit(this.#high)
    }
    const rest = value < 60 ? this.#high >>> (value - 30) : 0
    return rest === 0 ? -1 : value + lowestBit(rest)
  }
}

/** The place of the lowest bit that is set; for 0 it is 32. */
export function lowestBit(bits: number): number {
  return bits === 0 ? 32 : 31 - Math.clz32(bits & -bits)
}

/** The times of a day that three fields mean, in seconds from midnight. */
export class TimeOfDay {
  readonly #hours: SmallSet
  readonly #minutes: SmallSet
  readonly #seconds: SmallSet
  readonly #firstSecond: number
  readonly #firstInHour: number
  /** The first of a day. */
  readonly first: number

  constructor(
    hours: readonly CronItem[],
    minutes: readonly CronItem[],
    seconds: readonly CronItem[],
  ) {
    this.#hours = new SmallSet(hours)
    this.#minutes = new SmallSet(minutes)
    this.#seconds = new SmallSet(seconds)
    this.#firstSecond = this.#seconds.from(0)
    this.#firstInHour = this.#minutes.from(0) * 60 + this.#firstSecond
    this.first = this.#hours.from(0) * 3600 + this.#firstInHour
  }

  /** The first from a time of the day on; -1 when there is no more on that day. */
  from(time: number): number {
    const hour = Math.floor(time / 3600)
    if (this.#hours.has(hour)) {
      const minute = Math.floor((time - hour * 3600) / 60)
      if (this.#minutes.has(minute)) {
        const second = this.#seconds.from(time - hour * 3600 - minute * 60)
        if (second >= 0) return hour * 3600 + minute * 60 + second
      }
      const next = this.#minutes.from(minute + 1)
      if (next >= 0) return hour * 3600 + next * 60 + this.#firstSecond
    }
    const next = this.#hours.from(hour + 1)
    return next < 0 ? -1 : next * 3600 + this.#firstInHour
  }
}
