/** What the options of all triggers have in common: each is looked at once, and refused in words. */
import { durationMs } from '../core/duration.ts'
import { asError, shown, TriggerError } from '../core/errors.ts'

/** @throws {TriggerError} when it is no object, or has an option that is not known: a typing error does not pass for a default. */
export function knownOptions(
  options: unknown,
  known: readonly string[],
  what: string,
): Readonly<Record<string, unknown>> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw malformed(what, `an object with any of ${known.join(', ')}`, options)
  }
  const stranger = Object.keys(options).find((option) => !known.includes(option))
  if (stranger !== undefined) throw malformed(stranger, `one of ${known.join(', ')}`, stranger)
  return options as Readonly<Record<string, unknown>>
}

/** A whole number within bounds; undefined is the default. */
export function wholeNumber(value: unknown, field: string, most: number): number {
  if (value === undefined) return 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) {
    return value
  }
  throw malformed(field, `a whole number from 0 to ${most}`, value)
}

/** From here on its seconds would be taken for an epoch when they are read again. */
const mostJitterMs = 1e12

/** The option `jitter` in milliseconds. */
export function jitterOf(value: unknown): number {
  if (value === undefined) return 0
  let ms: number
  try {
    ms = durationMs(value, 'jitter')
  } catch (error) {
    throw new TriggerError(asError(error).message, { details: { field: 'jitter' }, cause: error })
  }
  if (ms < 0 || ms >= mostJitterMs) {
    throw malformed('jitter', 'from zero to less than 1e9 seconds', value)
  }
  return Math.round(ms)
}

/** What `toJSON` says of it: nothing when there is none. */
export function jitterJson(jitterMs: number): { readonly jitter?: number } {
  return jitterMs === 0 ? {} : { jitter: jitterMs / 1000 }
}

/** The error for a field that is not what it should be. */
export function malformed(field: string, expected: string, got: unknown): TriggerError {
  return new TriggerError(`Expected ${field} to be ${expected}, got ${shown(got)}.`, {
    details: { field },
  })
}

/** The error for what is well formed and can still never fire. */
export function neverFires(field: string, message: string): TriggerError {
  return new TriggerError(message, { code: 'TRIGGER_NEVER_FIRES', details: { field } })
}
