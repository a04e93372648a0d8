/** The wall clock of a zone as `Intl` formats it, asked instant by instant: slow, and nothing that could be wrong. */
export class IntlWalk {
  readonly #format: Intl.DateTimeFormat

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** What the clock shows, as if it were UTC. */
  wall(epochMs: number): number {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] =
      this.#format.format(epochMs).match(/\d+/g)?.map(Number) ?? []
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }

  offset(epochMs: number): number {
    return this.wall(epochMs) - epochMs
  }

  /** All changes of the clock between two instants, found by looking every third day. */
  changes(from: number, to: number): ClockChange[] {
    const changes: ClockChange[] = []
    let before = from
    let offset = this.offset(from)
    while (before < to) {
      const after = Math.min(before + 3 * 86_400_000, to)
      if (this.offset(after) === offset) {
        before = after
      } else {
        const at = this.#changeBetween(before, after, offset)
        changes.push({ at, before: offset, after: this.offset(at) })
        offset = this.offset(at)
        before = at
      }
    }
    return changes
  }

  #changeBetween(from: number, to: number, offset: number): number {
    let same = from / 1000
    let other = to / 1000
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2)
      if (this.offset(middle * 1000) === offset) same = middle
      else other = middle
    }
    return other * 1000
  }
}

/** At an instant the clock goes from one offset to another. */
export interface ClockChange {
  readonly at: number
  readonly before: number
  readonly after: number
}
