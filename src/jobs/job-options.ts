import { durationMs, lastEpochMs, type Duration } from '../core/duration.ts'
import { OptionsError, QueueError, shown } from '../core/errors.ts'
import type { JobTrigger } from './job-entry.ts'
import { aliasedTrigger, isAlias, jobTriggerFrom } from './job-trigger.ts'
import type { JobTriggerLike, TriggerAlias } from './job-trigger.ts'

/** What every job has besides what it does and when. */
export interface JobSettings {
  /** What it is known by. @default one that is generated */
  readonly id?: string
  /** For people. @default the name of its queue */
  readonly name?: string
  /** What its runs are about; `cancelBySubject` removes the job, too. Null: nothing in particular. */
  readonly subject?: unknown
  /** Compared in the subject's place, as that string would be. */
  readonly subjectKey?: string
  /**
   * A run that is taken later than this is not handed out, but reported as `jobMissed`; exactly so late is in time.
   * A number is whole seconds. Null: it is handed out however late it is. (APScheduler's default is 1.)
   *
   * @default null
   */
  readonly misfireGraceTime?: Duration | null
  /** Of several runs that are due at once only the last is run; false: each, one after the other. @default true */
  readonly coalesce?: boolean
  /** So many of its instances may be under way; a run that is due then is skipped. @default 1 */
  readonly maxInstances?: number
  /** After so many runs, missed ones included, the job is removed. @default no limit */
  readonly maxRuns?: number | null
  /** The first run, whatever the trigger says; null adds the job paused. @default the first time of its trigger */
  readonly nextRunTime?: Date | { readonly epochMilliseconds: number } | null
  /** Takes the place of a job with the same id, instead of failing. @default false */
  readonly replaceExisting?: boolean
}

/** When a job runs: a trigger, its options, or a short name with the options of that trigger beside it. */
export type JobTiming =
  | {
      /** @default once, at once */
      readonly trigger?: JobTriggerLike | null
    }
  | ({ readonly trigger: TriggerAlias } & Readonly<Record<string, unknown>>)

/** What is put on the queue: required where its type has required attributes. */
export type JobAttributes<Attributes extends object> =
  Partial<Attributes> extends Attributes
    ? { readonly attributes?: Attributes }
    : { readonly attributes: Attributes }

/** What `addJob` takes. */
export type JobOptions<
  Name extends string = string,
  Attributes extends object = Record<string, unknown>,
> = JobSettings & JobTiming & JobAttributes<Attributes> & { readonly taskName: Name }

/** What `modifyJob` changes: anything but the id. What is left out stays. */
export type JobModification<
  Name extends string = string,
  Attributes extends object = Record<string, unknown>,
> = Omit<JobSettings, 'id' | 'replaceExisting'> & {
  readonly taskName?: Name
  readonly attributes?: Attributes
  /** The next run stays as it is planned: `rescheduleJob` plans it anew. */
  readonly trigger?: JobTriggerLike
}

/** Options of a job, checked. Undefined: not given. */
export interface CheckedJob {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly taskName: string | undefined
  readonly misfireGraceMs: number | null | undefined
  readonly coalesce: boolean | undefined
  readonly maxInstances: number | undefined
  readonly maxRuns: number | null | undefined
  readonly trigger: JobTrigger | undefined
  readonly firstMs: number | null | undefined
  readonly replace: boolean
  readonly attributes: object | undefined
  readonly subject: { readonly value: unknown; readonly key: string | undefined } | undefined
}

const settings: ReadonlySet<string> = new Set([
  'id',
  'name',
  'taskName',
  'subject',
  'subjectKey',
  'attributes',
  'trigger',
  'misfireGraceTime',
  'coalesce',
  'maxInstances',
  'maxRuns',
  'nextRunTime',
  'replaceExisting',
])
const unchangeable: ReadonlySet<string> = new Set(['id', 'replaceExisting'])

/** Checks what `addJob` was given. @throws {OptionsError | QueueError | TriggerError | DurationError} */
export function checkJob(verb: string, options: unknown, timezone = 'local'): CheckedJob {
  const given = objectOf(options, `the options of ${verb}`)
  const { trigger } = given
  const beside = Object.entries(given).filter(([name]) => !settings.has(name))
  if (isAlias(trigger)) {
    const timing = aliasedTrigger(trigger, Object.fromEntries(beside), timezone)
    return checked(verb, { ...given, trigger: timing }, timezone)
  }
  refuseUnknown(verb, beside, settings)
  return checked(verb, given, timezone)
}

/** Checks what `modifyJob` was given, as a whole, before anything is changed. */
export function checkChanges(verb: string, changes: unknown, timezone: string): CheckedJob {
  const given = objectOf(changes, `the changes of ${verb}`)
  const allowed = new Set([...settings].filter((name) => !unchangeable.has(name)))
  refuseUnknown(
    verb,
    Object.entries(given).filter(([name]) => !allowed.has(name)),
    allowed,
  )
  return checked(verb, given, timezone)
}

/** The id of a job. @throws {OptionsError} */
export function jobId(verb: string, id: unknown): string {
  return textOf(`the id of ${verb}`, id) ?? refuse(`the id of ${verb}`, 'a string', id)
}

/** Milliseconds of a grace; null for none. @throws {OptionsError | DurationError} */
export function graceMsOf(value: unknown, what = 'misfireGraceTime'): number | null | undefined {
  if (value === undefined || value === null) return value
  const ms = durationMs(value, what)
  if (ms <= 0 || (typeof value === 'number' && !Number.isInteger(value))) {
    return refuse(
      what,
      "a whole number of seconds above zero, a text such as '1500ms', or null for no limit",
      value,
    )
  }
  return ms
}

/** A whole number above zero. @throws {OptionsError} */
export function countOf(what: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  return refuse(what, 'a whole number above zero', value)
}

function checked(
  verb: string,
  given: Readonly<Record<string, unknown>>,
  timezone: string,
): CheckedJob {
  const { taskName, attributes, trigger, subjectKey, maxRuns, coalesce, replaceExisting } = given
  if (taskName !== undefined && (typeof taskName !== 'string' || taskName === '')) {
    throw new QueueError(`Expected the name of a queue, got ${shown(taskName)}.`, {
      code: 'QUEUE_NAME_INVALID',
    })
  }
  if (attributes !== undefined && (typeof attributes !== 'object' || attributes === null)) {
    refuse(`attributes of ${verb}`, 'an object', attributes)
  }
  const key = textOf('subjectKey', subjectKey)
  const hasSubject = given['subject'] !== undefined || key !== undefined
  return {
    id: textOf('id', given['id']),
    name: textOf('name', given['name']),
    taskName,
    misfireGraceMs: graceMsOf(given['misfireGraceTime']),
    coalesce: flagOf('coalesce', coalesce),
    maxInstances: countOf('maxInstances', given['maxInstances']),
    maxRuns: maxRuns === null ? null : countOf('maxRuns', maxRuns),
    trigger:
      trigger === undefined || trigger === null ? undefined : jobTriggerFrom(trigger, timezone),
    firstMs: instantOf('nextRunTime', given['nextRunTime']),
    replace: flagOf('replaceExisting', replaceExisting) ?? false,
    attributes,
    subject: hasSubject ? { value: given['subject'], key } : undefined,
  }
}

function instantOf(what: string, value: unknown): number | null | undefined {
  if (value === undefined || value === null) return value
  const ms: unknown =
    value instanceof Date
      ? value.getTime()
      : typeof value === 'object' && 'epochMilliseconds' in value && value.epochMilliseconds
  if (typeof ms === 'number' && Math.abs(ms) <= lastEpochMs) return ms
  return refuse(what, 'a valid Date, or null to pause it', value)
}

export function flagOf(what: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  return refuse(what, 'true or false', value)
}

function textOf(what: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  return refuse(what, 'a string that is not empty', value)
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  return refuse(what, 'an object', value)
}

/** A misspelt option that is ignored is a fault found late. */
function refuseUnknown(
  verb: string,
  unknown: readonly (readonly [string, unknown])[],
  known: ReadonlySet<string>,
): void {
  const [first] = unknown
  if (first) refuse(`the options of ${verb}`, `among ${[...known].join(', ')}`, first[0])
}

function refuse(what: string, expected: string, got: unknown): never {
  throw new OptionsError(`Expected ${what} to be ${expected}, got ${shown(got)}.`)
}
