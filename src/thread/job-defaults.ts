import type { Duration } from '../core/duration.ts'
import { OptionsError, shown } from '../core/errors.ts'
import { countOf, flagOf, graceMsOf } from '../jobs/job-options.ts'

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
  const { misfireGraceTime, coalesce, maxInstances } = given as JobDefaultOptions
  return {
    misfireGraceMs: graceMsOf(misfireGraceTime, 'jobDefaults.misfireGraceTime') ?? null,
    coalesce: flagOf('jobDefaults.coalesce', coalesce) ?? true,
    maxInstances: countOf('jobDefaults.maxInstances', maxInstances) ?? 1,
  }
}

function wrong(name: string, expected: string, got: unknown): OptionsError {
  return new OptionsError(`Expected ${name} to be ${expected}, got ${shown(got)}.`)
}
