import { shown, TriggerError } from '../core/errors.ts'
import { ZoneOffsets, type ZonePiece } from './zone-offsets.ts'

/** What a reading of the wall clock means: one instant, none because it was skipped, or two. */
export type WallReading =
  | { readonly kind: 'once'; readonly at: number }
  /** The clock was put forward over it; `end` is the first instant after that. */
  | { readonly kind: 'gap'; readonly end: number }
  /** The clock was put back, and showed it again. */
  | { readonly kind: 'twice'; readonly first: number; readonly second: number }

/** No two offsets of any zone are further apart; the date line is moved by 24 hours. */
const widestMs = 36 * 3_600_000
/** Names are kept in the case they were written in, so there could be any number. */
const mostZones = 2000
const zones = new Map<string, TimeZone>()

/**
 * A time zone of the IANA database, as this Node.js has it.
 *
 * Instants are milliseconds since the epoch. *Wall milliseconds* are what a clock on the wall shows, written as if it were
 * UTC: `new Date(wallMs).toISOString()` begins with the date and time on that wall.
 */
export class TimeZone {
  /** Its name in the database, `'Europe/Berlin'`; of the local zone, too. */
  readonly name: string
  readonly #offsets: ZoneOffsets

  private constructor(name: string, offsets: ZoneOffsets) {
    this.name = name
    this.#offsets = offsets
  }

  /**
   * The zone of a name, in any case; `'local'` or nothing is the zone of this process.
   *
   * @throws {TriggerError} `TRIGGER_INVALID` with `details.field` `'timezone'` for anything else.
   */
  static of(name: unknown): TimeZone {
    const wanted = name === undefined || name === null || name === 'local' ? localName() : name
    if (typeof wanted !== 'string') throw unknown(wanted)
    const known = zones.get(wanted)
    if (known) return known
    // Some versions of Node.js take offsets for zones, others do not.
    if (!/^[a-z]/i.test(wanted)) throw unknown(wanted)
    let zone: TimeZone
    try {
      zone = new TimeZone(nameOf(wanted), new ZoneOffsets(wanted))
    } catch (error) {
      throw unknown(wanted, error)
    }
    if (zones.size >= mostZones) zones.clear()
    zones.set(wanted, zone)
    return zone
  }

  /** Wall clock minus UTC at an instant, in milliseconds. */
  offsetMs(epochMs: number): number {
    return this.#offsets.at(epochMs).offset
  }

  /** What the wall clock shows at an instant. */
  toWall(epochMs: number): number {
    return epochMs + this.#offsets.at(epochMs).offset
  }

  /** The instants at which the wall clock shows a time. */
  instants(wallMs: number): WallReading {
    const sure = this.#once(wallMs)
    if (sure !== null) return { kind: 'once', at: sure }
    let first: number | null = null
    let second: number | null = null
    let end = 0
    this.#around(wallMs, (piece) => {
      const at = wallMs - piece.offset
      if (at >= piece.to) {
        // Not reached yet: were it a gap, it ends with the last such piece.
        end = piece.to
      } else if (at >= piece.from) {
        if (first === null) first = at
        // One piece in two windows is no second time.
        else if (at !== first) second = at
      }
    })
    if (first === null) return { kind: 'gap', end }
    return second === null ? { kind: 'once', at: first } : { kind: 'twice', first, second }
  }

  /** The instant that a wall time means where one is wanted: the first of two, the end of a gap. */
  first(wallMs: number): number {
    const sure = this.#once(wallMs)
    if (sure !== null) return sure
    const reading = this.instants(wallMs)
    if (reading.kind === 'once') return reading.at
    return reading.kind === 'gap' ? reading.end : reading.first
  }

  /**
   * The stretch without a change of offset that an instant is in, as far as it is known without looking further.
   *
   * For those who walk along it: within it, wall clock and time go at the same pace.
   */
  pieceAt(epochMs: number): ZonePiece {
    return this.#offsets.at(epochMs)
  }

  toString(): string {
    return this.name
  }

  /** The instant, when no change of offset is near; null when that has to be looked at. */
  #once(wallMs: number): number | null {
    const piece = this.#offsets.at(wallMs)
    const at = wallMs - piece.offset
    return at - piece.from > widestMs && piece.to - at > widestMs ? at : null
  }

  /** The pieces that could show a wall time, in order. */
  #around(wallMs: number, look: (piece: ZonePiece) => void): void {
    const last = wallMs + widestMs
    for (let piece = this.#offsets.at(wallMs - widestMs); ; piece = this.#offsets.at(piece.to)) {
      look(piece)
      if (piece.to > last) return
    }
  }
}

/**
 * The zone of this process.
 *
 * Where TZ is empty, unknown, or an offset, `Intl` has no name for it; dates have one offset then, which is that of a zone.
 */
function localName(): string {
  const options = new Intl.DateTimeFormat('en-US').resolvedOptions()
  const { timeZone }: { readonly timeZone?: string } = options
  // No name of the database has a colon; offsets do.
  const isName = timeZone !== undefined && /^[a-z][^:]*$/i.test(timeZone)
  if (isName && timeZone !== 'Etc/Unknown') return timeZone
  const hours = new Date(0).getTimezoneOffset() / 60
  return hours === 0 ? 'UTC' : `Etc/GMT${hours > 0 ? '+' : ''}${hours}`
}

/** As the database writes it, unless that gives the zone another, older name. */
function nameOf(wanted: string): string {
  const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: wanted }).resolvedOptions()
  return timeZone.toLowerCase() === wanted.toLowerCase() ? timeZone : wanted
}

function unknown(name: unknown, cause?: unknown): TriggerError {
  return new TriggerError(
    `Expected timezone to be a name such as 'Europe/Berlin', 'UTC' or 'local', got ${shown(name)}: Intl.supportedValuesOf('timeZone') lists them.`,
    { details: { field: 'timezone' }, ...(cause === undefined ? {} : { cause }) },
  )
}
