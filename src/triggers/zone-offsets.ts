/**
 * The offsets of one time zone, kept in windows of time.
 *
 *     window n          window n+1         window n+2        a window is half a year, filled when it is first asked about
 *     |------+----------|--------+---------|-----------|
 *        +1h |    +2h       +2h  |   +1h       +1h           a piece: from, to, one offset
 *
 * `Intl` is the only source of zone data that is there in every Node.js, and it can only be asked for the offset of one
 * instant, in some microseconds. So a window is sampled, what changed between two samples is bisected to the second, and
 * every later question is arithmetic.
 */

/** A stretch of time in which the offset does not change; it may go on in the next window. */
export interface ZonePiece {
  /** In milliseconds since the epoch, included. */
  readonly from: number
  /** In milliseconds since the epoch, excluded. */
  readonly to: number
  /** Wall clock minus UTC, in milliseconds. */
  readonly offset: number
}

/** 199 days: about one change of summer time in each. */
const windowMs = 2 ** 34
/** The shortest time that a zone has had an offset since 1970 is a week: Recife, October 2000. */
const sampleMs = 3 * 86_400_000
/** So many windows are kept of a zone: more than five hundred years. */
const mostWindows = 1000
const lastEpochMs = 8.64e15

export class ZoneOffsets {
  readonly #format: Intl.DateTimeFormat
  readonly #windows = new Map<number, readonly ZonePiece[]>()
  /** What was asked about last is mostly what is asked about next. */
  #last: ZonePiece = { from: 0, to: 0, offset: 0 }

  /** @throws {RangeError} when `Intl` does not know the zone. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      timeZoneName: 'longOffset',
      year: 'numeric',
      numberingSystem: 'latn',
      calendar: 'gregory',
    })
  }

  /** The piece that an instant is in. */
  at(epochMs: number): ZonePiece {
    const last = this.#last
    if (epochMs >= last.from && epochMs < last.to) return last
    const number = Math.floor(epochMs / windowMs)
    const pieces = this.#windows.get(number) ?? this.#fill(number)
    for (const piece of pieces) {
      if (epochMs < piece.to) {
        this.#last = piece
        return piece
      }
    }
    throw new RangeError(`Expected an instant, got ${epochMs}.`)
  }

  #fill(number: number): readonly ZonePiece[] {
    const end = (number + 1) * windowMs
    const pieces: ZonePiece[] = []
    let from = number * windowMs
    let offset = this.#ask(from)
    for (let sampled = from; sampled < end;) {
      const next = Math.min(sampled + sampleMs, end)
      // The last sample is the first of the next window: a change just there is no change in here.
      const there = this.#ask(next)
      if (there !== offset) {
        const change = this.#change(sampled, next, offset)
        if (change === end) break
        pieces.push({ from, to: change, offset })
        from = change
        offset = this.#ask(change)
        sampled = change
      } else {
        sampled = next
      }
    }
    pieces.push({ from, to: end, offset })
    // Started over rather than sorted by age: who asks about so many windows walks through time.
    if (this.#windows.size >= mostWindows) this.#windows.clear()
    this.#windows.set(number, pieces)
    return pieces
  }

  /** The first second at which the offset is another than it was at `from`. */
  #change(from: number, to: number, offset: number): number {
    let before = Math.floor(from / 1000)
    let after = Math.ceil(to / 1000)
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (this.#ask(middle * 1000) === offset) before = middle
      else after = middle
    }
    return Math.min(after * 1000, to)
  }

  #ask(epochMs: number): number {
    const text = this.#format.format(Math.max(-lastEpochMs, Math.min(epochMs, lastEpochMs)))
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
    const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
    return sign === '-' ? -ms : ms
  }
}
