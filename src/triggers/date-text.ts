/**
 * Dates as users write them, and as they are shown.
 *
 * A text without an offset is what the wall clock of a time zone shows. The forms are those of APScheduler 3.0, with up
 * to six decimals: `2026-1-5`, `2026-01-05 09:00:00`, `2026-01-05T09:00:00.25`, `2026-01-05T09:00:00+01:00`.
 */
import { lastEpochMs } from '../core/duration.ts'
import type { TimeZone } from './time-zone.ts'
import { malformed } from './trigger-options.ts'
import { dayMs, dayNumber, monthLength } from './wall-date.ts'

/** A point in time: a `Date`, anything with `epochMilliseconds`, or a text such as `'2026-01-05 09:00:00'`. */
export type DateLike = Date | { readonly epochMilliseconds: number } | string

const form =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d?):(\d\d?)(?:\.(\d{1,6}))?(?:(Z)|([+-])(\d\d):(\d\d))?)?$/
/** Only this: of other texts `Date.parse` makes guesses, in the zone of this process. */
const beyondForm = /^[+-]\d{6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const forms =
  "a Date or a text such as '2026-01-05', '2026-01-05 09:00:00' or '2026-01-05T09:00:00+01:00'"

/**
 * The instant that a date means, in milliseconds since the epoch.
 *
 * A wall time that two instants show is the first of them; one that the clock skipped is as far after the gap's beginning
 * as it says: 02:30, where it goes from 02:00 to 03:00, is 03:30.
 *
 * @throws {TriggerError} `TRIGGER_INVALID` with this field
 */
export function instantOf(value: unknown, zone: TimeZone, field: string): number {
  if (typeof value === 'string') return textInstant(value, zone, field)
  const ms = epochOf(value)
  if (typeof ms !== 'number') throw malformed(field, forms, value)
  if (!(Math.abs(ms) <= lastEpochMs)) throw malformed(field, 'a valid Date', ms)
  return Math.floor(ms)
}

/**
 * The midnight that a calendar date begins with, in wall milliseconds. A `Date` is the date that the zone then has.
 *
 * @throws {TriggerError} `TRIGGER_INVALID` with this field
 */
export function dateOf(value: unknown, zone: TimeZone, field: string): number {
  const wall =
    typeof value === 'string'
      ? /^\d{4}-\d\d?-\d\d?$/.test(value)
        ? textWall(value)
        : null
      : zone.toWall(instantOf(value, zone, field))
  if (wall === null) {
    throw malformed(field, "a date such as '2026-01-05', or a Date", value)
  }
  return midnight(wall)
}

/** An instant as a zone's wall clock shows it: `2026-01-05 09:00:00 +01:00`, and `UTC` where that is the zone. */
export function instantText(epochMs: number, zone: TimeZone): string {
  return `${wallText(zone.toWall(epochMs))} ${offsetText(zone, epochMs)}`
}

/** What the wall clock shows, to the second, or to the millisecond where that is not the same. */
export function wallText(wallMs: number): string {
  const text = new Date(wallMs).toISOString().replace('T', ' ').replace('Z', '')
  return text.endsWith('.000') ? text.slice(0, -'.000'.length) : text
}

/** The wall milliseconds that a date begins with; null when there is no such date. Months begin with 1. */
export function wallOf(year: number, month: number, day: number): number | null {
  return day >= 1 && day <= monthLength(year, month) ? dayNumber(year, month, day) * dayMs : null
}

/** The beginning of a date, in wall milliseconds as the time is. */
export function midnight(wallMs: number): number {
  return Math.floor(wallMs / dayMs) * dayMs
}

function epochOf(value: unknown): unknown {
  if (value instanceof Date) return value.getTime()
  return typeof value === 'object' && value !== null && 'epochMilliseconds' in value
    ? value.epochMilliseconds
    : undefined
}

function textInstant(text: string, zone: TimeZone, field: string): number {
  // What toISOString() writes of a year beyond four digits.
  const beyond = beyondForm.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(beyond)) return beyond
  const wall = textWall(text)
  if (wall === null) throw malformed(field, forms, text)
  const [, , , , , , , , utc, sign, hours, minutes] = form.exec(text) ?? []
  if (utc !== undefined) return wall
  if (sign !== undefined) {
    if (Number(hours) > 23 || Number(minutes) > 59) throw malformed(field, forms, text)
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000
    return sign === '-' ? wall + offset : wall - offset
  }
  const reading = zone.instants(wall)
  if (reading.kind === 'gap') return wall - zone.offsetMs(reading.end - 1)
  return reading.kind === 'once' ? reading.at : reading.first
}

/** The wall milliseconds that a text says, whatever its offset; null when it has another form, or there is no such time. */
function textWall(text: string): number | null {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] =
    form.exec(text) ?? []
  const date = wallOf(Number(year), Number(month), Number(day))
  if (date === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return date + seconds * 1000 + Math.floor(Number(`0.${fraction}0`) * 1000)
}

function offsetText(zone: TimeZone, epochMs: number): string {
  if (/^(?:Etc\/)?UTC$/i.test(zone.name)) return 'UTC'
  const seconds = zone.offsetMs(epochMs) / 1000
  const size = new Date(Math.abs(seconds) * 1000).toISOString()
  // Some offsets of the past have seconds.
  return `${seconds < 0 ? '-' : '+'}${size.slice(11, seconds % 60 === 0 ? 16 : 19)}`
}
