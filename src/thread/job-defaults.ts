import { durationMs, type Duration } from '../core/duration.ts'
import { OptionsError, shown } from '../core/errors.ts'

/** What jobs have that do not say it themselves. */
export interface JobDefaultOptions {
  /** How much later than planned a run may begin; null: however late. @default null */
  readonly misfireGraceTime?: Duration | null
  /** Several due runs of a job become one, the latest. @default true */
  readonly coalesce?: boolean
  /** How many runs of a job may be queued or worked on at a time. @default 1 */
  readonly maxInstances?: number
}

/** The same, checked; durations in milliseconds. */
export interface JobDefaults {
  readonly misfireGraceMs: number | null
  readonly coalesce: boolean
  readonly maxInstances: number
}

const known = ['misfireGraceTime', 'coalesce', 'maxInstances']

/** @throws {OptionsError | DurationError} */
export function checkJobDefaults(given: unknown = {}): JobDefaults {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong('jobDefaults', 'an object', given)
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined) throw wrong('jobDefaults', `among ${known.join(', ')}`, unknown)
  const { misfireGraceTime = null, coalesce = true, maxInstances = 1 } = given as JobDefaultOptions
  const misfireGraceMs =
    misfireGraceTime === null ? null : durationMs(misfireGraceTime, 'jobDefaults.misfireGraceTime')
  if (misfireGraceMs !== null && misfireGraceMs <= 0) {
    throw wrong('jobDefaults.misfireGraceTime', 'more than zero, or null', misfireGraceTime)
  }
  if (typeof coalesce !== 'boolean') throw wrong('jobDefaults.coalesce', 'true or false', coalesce)
  if (!Number.isSafeInteger(maxInstances) || maxInstances < 1) {
    throw wrong('jobDefaults.maxInstances', 'a whole number from 1', maxInstances)
  }
  return { misfireGraceMs, coalesce, maxInstances }
}

function wrong(name: string, expected: string, got: unknown): OptionsError {
  return new OptionsError(`Expected ${name} to be ${expected}, got ${shown(got)}.`)
}
