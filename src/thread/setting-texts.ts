/** Settings as texts have them; each error names the setting. */
import type { Duration } from '../core/duration.ts'
import { OptionsError, shown } from '../core/errors.ts'
import { graceMsOf } from '../jobs/job-options.ts'

const yes = new Set(['true', 'yes', 'on', 'y', 't', '1'])
const no = new Set(['false', 'no', 'off', 'n', 'f', '0'])
const none = new Set(['none', 'null'])
const decimal = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/

/** @throws {OptionsError} */
export function textFrom(text: string, key: string): string {
  if (text !== '') return text
  throw wrong(key, 'a text that is not empty', text)
}

/** Source: APScheduler's `asbool`. @throws {OptionsError} */
export function flagFrom(text: string, key: string): boolean {
  const word = text.toLowerCase()
  if (yes.has(word)) return true
  if (no.has(word)) return false
  throw wrong(key, `one of ${[...yes].join(' ')} or ${[...no].join(' ')}`, text)
}

/** @throws {OptionsError} */
export function numberFrom(text: string, key: string): number {
  if (decimal.test(text)) return Number(text)
  throw wrong(key, 'a number', text)
}

/** @throws {OptionsError} */
export function countFrom(text: string, key: string, least: number): number {
  const count = decimal.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(count) && count >= least) return count
  throw wrong(key, `a whole number from ${least}`, text)
}

/** A duration, or null for `none`. @throws {OptionsError | DurationError} */
export function graceFrom(text: string, key: string): Duration | null {
  if (none.has(text.toLowerCase())) return null
  const duration = decimal.test(text) ? Number(text) : text
  graceMsOf(duration, key)
  return duration
}

/** Names with commas or blanks between them. @throws {OptionsError} */
export function namesFrom(text: string, key: string): string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw wrong(key, 'every name once', twice)
  return names
}

function wrong(key: string, expected: string, got: unknown): OptionsError {
  return new OptionsError(`Expected ${key} to be ${expected}, got ${shown(got)}.`)
}
