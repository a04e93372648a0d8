/**
 * Every error of the package, by its code.
 *
 * The code is stable and is what crosses threads; the message says what was expected, what came and what to do.
 * `docs/errors.md` lists the codes, and a test keeps the two in step.
 */

/** What an error carries besides its message. */
export interface SchedulerErrorOptions {
  /** One of the codes of the class; the class's first code when it is left out. */
  readonly code?: string
  /** Plain values that a program may want: a queue's name, a property path. They cross threads. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The base of all errors that this package makes. */
export class SchedulerError extends Error {
  /** Stable: programs may compare it. */
  readonly code: string
  /** Plain values about what went wrong. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(message: string, options: SchedulerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code ?? codesByClass.get(new.target)?.[0] ?? 'SCHEDULER_ERROR'
    this.details = options.details ?? {}
  }

  /** An error that is one of ours as it is; any other as the cause of one. */
  static from(thrown: unknown): SchedulerError {
    if (thrown instanceof SchedulerError) return thrown
    const { message } = asError(thrown)
    return new SchedulerError(`Unexpected: ${textOf(message)}`, { cause: thrown })
  }
}

/** A queue that does not exist, exists already, or has a name that is none. */
export class QueueError extends SchedulerError {}
/** No room on a bounded queue, now or within the time allowed. */
export class QueueFullError extends SchedulerError {}
/** Nothing on the queue, now or within the time allowed. */
export class QueueEmptyError extends SchedulerError {}
/** `taskDone` without a context that is taken: called too many times, or by a connection that holds none. */
export class TaskDoneError extends SchedulerError {}
/** `reschedule` of a context that no scheduler ever took. */
export class NeverAddedError extends SchedulerError {}
/** Something else where a `ScheduledTaskContext`, or a part of one, was expected. */
export class ContextTypeError extends SchedulerError {}
/** A time or duration that is none. */
export class DurationError extends SchedulerError {}
/** A value that cannot travel to another thread; `details.path` names the property. */
export class PayloadError extends SchedulerError {}
/** The scheduler was stopped. */
export class SchedulerStoppedError extends SchedulerError {}
/** What can only be done before the scheduler is started. */
export class SchedulerRunningError extends SchedulerError {}
/** The scheduler's thread died; `cause` is what it died of, where that is known. */
export class SchedulerLostError extends SchedulerError {}
/** `join` did not come to an end in the time allowed. */
export class TimeoutError extends SchedulerError {}
/** An option that is unknown, of the wrong kind, or not supported here. */
export class OptionsError extends SchedulerError {}
/** A trigger that is malformed or can never fire; `details.field` names the part. */
export class TriggerError extends SchedulerError {}
/** No job has this id. */
export class JobLookupError extends SchedulerError {}
/** A job has this id already. */
export class ConflictingIdError extends SchedulerError {}

type SchedulerErrorClass = new (message: string, options?: SchedulerErrorOptions) => SchedulerError

const classesByCode: ReadonlyMap<string, SchedulerErrorClass> = new Map<
  string,
  SchedulerErrorClass
>([
  ['SCHEDULER_ERROR', SchedulerError],
  ['QUEUE_NOT_FOUND', QueueError],
  ['QUEUE_EXISTS', QueueError],
  ['QUEUE_NAME_INVALID', QueueError],
  ['QUEUE_FULL', QueueFullError],
  ['QUEUE_EMPTY', QueueEmptyError],
  ['TASK_NOT_TAKEN', TaskDoneError],
  ['NEVER_ADDED', NeverAddedError],
  ['CONTEXT_TYPE', ContextTypeError],
  ['DURATION_INVALID', DurationError],
  ['PAYLOAD_INVALID', PayloadError],
  ['SCHEDULER_STOPPED', SchedulerStoppedError],
  ['SCHEDULER_RUNNING', SchedulerRunningError],
  ['SCHEDULER_LOST', SchedulerLostError],
  ['TIMEOUT', TimeoutError],
  ['OPTION_INVALID', OptionsError],
  ['OPTION_UNSUPPORTED', OptionsError],
  ['TRIGGER_INVALID', TriggerError],
  ['TRIGGER_NEVER_FIRES', TriggerError],
  ['JOB_NOT_FOUND', JobLookupError],
  ['JOB_EXISTS', ConflictingIdError],
])

const codesByClass = new Map<unknown, string[]>()
for (const [code, errorClass] of classesByCode) {
  codesByClass.set(errorClass, [...(codesByClass.get(errorClass) ?? []), code])
  Object.defineProperty(errorClass.prototype, 'name', {
    value: errorClass.name,
    configurable: true,
  })
}

/** All codes with the name of their class, for the documentation's test. */
export const errorCodes: ReadonlyMap<string, string> = new Map(
  [...classesByCode].map(([code, errorClass]) => [code, errorClass.name]),
)

/** Makes the error that belongs to a code; an unknown code gives the base class, with that code. */
export function errorOfCode(
  code: string,
  message: string,
  options: Omit<SchedulerErrorOptions, 'code'>,
): SchedulerError {
  const ErrorClass = classesByCode.get(code) ?? SchedulerError
  return new ErrorClass(message, { ...options, code })
}

/** What was thrown, as an error: anything can be thrown, also what cannot be made a text. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(textOf(thrown))
}

/** Shows a value in a message: short, on one line, and without ever calling code of the value. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 60 ? `'${short(value)}' (a string)` : `'${short(value)}'`
  }
  if (typeof value === 'function') return 'a function'
  if (value === null || typeof value !== 'object')
    return `${short(String(value))} (${typeof value})`
  if (Array.isArray(value)) return `an array of ${value.length}`
  return 'an object'
}

/** What was thrown, as text; also what cannot be made one. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return shown(thrown)
  }
}

function short(text: string): string {
  const line = text.slice(0, 61).replaceAll(/\s/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}...` : line
}
