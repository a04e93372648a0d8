/**
 * Times and durations as users write them, in milliseconds as the core wants them.
 *
 * A bare number is seconds, everywhere. Rules, not guesses: what is not one of the forms below is a `DurationError`.
 */
import { DurationError, shown } from './errors.ts'

/** A duration in parts; at least one is given. */
export interface DurationParts {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

/** Seconds, a text such as `'250ms'`, `'10s'`, `'2h30m'` or `'PT5M'`, or `{ minutes: 5 }`. */
export type Duration = number | string | DurationParts

/** An absolute time, or a duration from now. */
export type Time = Date | { readonly epochMilliseconds: number } | Duration

/** A time as the core takes it: on its own time line, or on the calendar. */
export type ReleaseTime = { readonly inMs: number } | { readonly epochMs: number }

const partMs: Readonly<Record<string, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
}
const unitMs: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  min: 60_000,
  s: 1000,
  ms: 1,
}
/** Numbers from here on are taken for epochs given by mistake. */
const tooManySeconds = 1e9
/** The last millisecond that a `Date` can hold. */
export const lastEpochMs = 8.64e15
const forms =
  "a number of seconds, a text such as '250ms', '10s', '2h30m' or 'PT5M', or { minutes: 5 }"

/**
 * The milliseconds of a duration; fractions and negative ones are allowed.
 *
 * @throws {DurationError} for anything else, NaN, infinities and numbers of 1e9 and more.
 */
export function durationMs(value: unknown, what = 'duration'): number {
  let ms: number
  if (typeof value === 'number') ms = secondsMs(value, what)
  else if (typeof value === 'string') ms = textMs(value, what)
  else if (isParts(value)) ms = partsMs(value, what)
  else throw invalid(what, forms, shown(value))
  // Not `>`: parts beyond all bounds, of either sign, add up to NaN.
  if (!(Math.abs(ms) <= lastEpochMs))
    throw invalid(what, 'a duration that a Date can hold', shown(value))
  return ms
}

/** The milliseconds that something may take; undefined (or null) is no limit, a negative one is an error. */
export function timeoutMs(value: unknown, what = 'timeout'): number {
  if (value === undefined || value === null) return Infinity
  const ms = durationMs(value, what)
  if (ms < 0) throw invalid(what, 'zero or more', shown(value))
  return ms
}

/**
 * Reads a `schedTime`: null stands for "as soon as possible", which is what nothing and zero mean.
 *
 * @throws {DurationError} when it is neither an absolute time nor a duration.
 */
export function releaseTime(value: unknown): ReleaseTime | null {
  if (value === undefined || value === null) return null
  if (value instanceof Date) return absolute(value.getTime(), value)
  if (typeof value === 'object' && 'epochMilliseconds' in value) {
    return absolute(value.epochMilliseconds, value)
  }
  const ms = durationMs(value, 'schedTime')
  return ms === 0 ? null : { inMs: ms }
}

function absolute(epochMs: unknown, value: unknown): ReleaseTime {
  if (typeof epochMs === 'number' && Math.abs(epochMs) <= lastEpochMs) return { epochMs }
  throw invalid(
    'schedTime',
    'a valid Date',
    value instanceof Date ? 'an invalid Date' : shown(epochMs),
  )
}

function secondsMs(seconds: number, what: string): number {
  if (!Number.isFinite(seconds)) throw invalid(what, 'a finite number of seconds', String(seconds))
  if (Math.abs(seconds) >= tooManySeconds) {
    throw new DurationError(
      `Expected ${what} to be less than 1e9 seconds, got ${seconds}: pass a Date for an absolute time.`,
    )
  }
  return seconds * 1000
}

function isParts(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function partsMs(parts: Record<string, unknown>, what: string): number {
  const entries = Object.entries(parts).filter(([, amount]) => amount !== undefined)
  if (entries.length === 0) {
    throw invalid(
      what,
      'at least one of days, hours, minutes, seconds, milliseconds',
      'none of them',
    )
  }
  let ms = 0
  for (const [part, amount] of entries) {
    const unit = Object.hasOwn(partMs, part) ? partMs[part] : undefined
    if (unit === undefined) {
      throw invalid(what, 'days, hours, minutes, seconds or milliseconds', shown(part))
    }
    if (typeof amount !== 'number' || !Number.isFinite(amount)) {
      throw invalid(`${what}.${part}`, 'a finite number', shown(amount))
    }
    ms += amount * unit
  }
  return ms
}

const shortText = /^(-?)(\d+(?:\.\d+)?(?:ms|min|[wdhms])(?: ?\d+(?:\.\d+)?(?:ms|min|[wdhms]))*)$/
const shortPart = /(\d+(?:\.\d+)?)(ms|min|[wdhms])/g
const isoText =
  /^(-?)P(?=.)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
/** No sensible duration is longer; it keeps hostile texts cheap. */
const longestText = 64

function textMs(text: string, what: string): number {
  const trimmed = text.length <= longestText ? text.replaceAll(/^ +| +$/g, '') : ''
  const short = shortText.exec(trimmed)
  if (short) {
    let ms = 0
    for (const [, amount, unit] of (short[2] ?? '').matchAll(shortPart)) {
      ms += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
    }
    return short[1] === '-' ? -ms : ms
  }
  const iso = isoText.exec(trimmed)
  if (iso) {
    const [, sign, weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0'] = iso
    const ms =
      (Number(weeks) * 7 + Number(days)) * 86_400_000 +
      Number(hours) * 3_600_000 +
      Number(minutes) * 60_000 +
      Number(seconds) * 1000
    return sign === '-' ? -ms : ms
  }
  throw invalid(what, forms, shown(text))
}

function invalid(what: string, expected: string, got: string): DurationError {
  return new DurationError(`Expected ${what} to be ${expected}, got ${got}.`)
}
