import { asError, ContextTypeError, NeverAddedError, shown, textOf } from './errors.ts'
import type { Duration, Time } from './duration.ts'

/** What `addTask` did: the context is new to the schedule, or it took the place of its earlier entry. */
export type AddResult = 'added' | 'replaced'

/** How `addTask` behaves when a bounded queue has no room. */
export interface AddOptions {
  /** Wait for room instead of failing. @default false */
  readonly blocking?: boolean
  /** How long to wait for room; no limit when left out. */
  readonly timeout?: Duration
  /** Gives the waiting up; the promise rejects with its reason. */
  readonly signal?: AbortSignal
}

/** What a context needs of the scheduler that took it. */
export interface ContextScheduler {
  addTask(context: ScheduledTaskContext<string, object>, options?: AddOptions): Promise<AddResult>
  cancelTask(context: ScheduledTaskContext<string, object> | string): Promise<boolean>
  cancelBySubject(subject: unknown): Promise<number>
}

export interface ContextOptions {
  /** What the context is known by across threads. At most one *scheduled* entry per id. Generated when left out. */
  readonly id?: string
  /** Compared in the subject's place, as that string would be. */
  readonly subjectKey?: string
}

/** The delivery that a context from `getTask` stands for; times are milliseconds since the epoch, the lateness seconds. */
export interface TakenDelivery {
  readonly number: number
  /** Whose it is: the context itself may go to another scheduler, or be refused by one. */
  readonly from: ContextScheduler
  /** What shared memory knows it by, if it was handed ahead. */
  ticket: number | null
  readonly attempt: number
  readonly queuedMs: number
  readonly takenMs: number
  readonly lateness: number
}

/** What only the scheduler's own code sets on a context. */
export interface ContextState {
  /** The one it was last given to, before its answer is known. */
  scheduler: ContextScheduler | null
  /** The one that last took it. */
  takenBy: ContextScheduler | null
  /** Null unless it came from `getTask`: most contexts of an application are never taken by it. */
  delivery: TakenDelivery | null
  /** The job whose run it is. */
  jobId: string | null
  /** Milliseconds since the epoch; NaN while unknown. */
  dueMs: number
  lastError: Error | null
  errorCount: number
}

const idPrefix = `${globalThis.crypto.randomUUID().slice(0, 13)}-`
const digits = '0123456789abcdefghijklmnopqrstuvwxyz'
let idCount = 0
/** An id without its last digit: turning a whole count into text costs more than the rest of a context. */
let idHead = idPrefix

function newId(): string {
  const digit = ++idCount % digits.length
  if (digit === 0) idHead = idPrefix + (idCount / digits.length).toString(digits.length)
  return idHead + digits.charAt(digit)
}

/** The scheduler's own door to a context; applications use its properties. */
export let stateOf: (context: ScheduledTaskContext<string, object>) => ContextState

/**
 * One piece of work: the queue it goes to, what it is about, when, and whatever its worker needs to know.
 *
 * Source: ocspd's `ScheduledTaskContext(task_name, subject, sched_time=None, **attributes)`. Threads do not share
 * objects, so a context is known by its `id`, and `getTask` gives an object of its own.
 *
 * @example
 * new ScheduledTaskContext('ocsp', '/etc/ssl/example.org.pem', { hours: 1 }, { url: 'http://ocsp.example.org' })
 */
export class ScheduledTaskContext<
  Name extends string = string,
  Attributes extends object = Record<string, unknown>,
> {
  readonly id: string
  /** The queue it goes to when it is due. */
  readonly taskName: Name
  /** What it is about; `cancelBySubject` finds it by this. Undefined or null: nothing in particular. */
  readonly subject: unknown
  readonly subjectKey: string | undefined
  /** When: a `Date`, or a duration from the moment it is added. Nothing, and zero, mean as soon as possible. */
  schedTime: Time | null | undefined
  /** Whatever the worker needs. It travels as bytes: functions, ports and the like are refused by `addTask`. */
  attributes: Attributes
  readonly #state: ContextState = {
    scheduler: null,
    takenBy: null,
    delivery: null,
    jobId: null,
    dueMs: Number.NaN,
    lastError: null,
    errorCount: 0,
  }

  static {
    stateOf = (context) => context.#state
  }

  /** @throws {ContextTypeError} when `taskName`, `attributes`, `id` or `subjectKey` are not what they should be. */
  constructor(
    taskName: Name,
    subject?: unknown,
    schedTime?: Time | null,
    attributes?: Attributes,
    options?: ContextOptions,
  ) {
    if (options !== undefined && (typeof options !== 'object' || options === null)) {
      throw wrong('options', 'an object', options)
    }
    if (typeof taskName !== 'string' || taskName === '')
      throw wrong('taskName', 'the name of a queue', taskName)
    if (attributes !== undefined && (typeof attributes !== 'object' || attributes === null)) {
      throw wrong('attributes', 'an object', attributes)
    }
    const id = options?.id
    const subjectKey = options?.subjectKey
    if (id !== undefined && (typeof id !== 'string' || id === '')) throw wrong('id', 'a string', id)
    if (subjectKey !== undefined && typeof subjectKey !== 'string') {
      throw wrong('subjectKey', 'a string', subjectKey)
    }
    this.id = id ?? newId()
    this.taskName = taskName
    this.subject = subject
    this.subjectKey = subjectKey
    this.schedTime = schedTime
    this.attributes = attributes ?? ({} as Attributes)
  }

  /** True for every context of this package; a copy of the package that is loaded beside it has its own. */
  static isContext(value: unknown): value is ScheduledTaskContext<string, object> {
    return typeof value === 'object' && value !== null && #state in value
  }

  /** The scheduler that took it; null before the first `addTask`. */
  get scheduler(): ContextScheduler | null {
    return this.#state.scheduler
  }
  /** The job whose run this is; null for a context that was added by itself. */
  get jobId(): string | null {
    return this.#state.jobId
  }
  /** 1, and one more for every time that its connection closed while a thread held it. */
  get attempt(): number {
    return this.#state.delivery?.attempt ?? 1
  }
  /** When it was to be released; null before it was added. */
  get dueAt(): Date | null {
    return dateOf(this.#state.dueMs)
  }
  /** When it entered its queue; null unless it came from `getTask`. */
  get queuedAt(): Date | null {
    return dateOf(this.#state.delivery?.queuedMs)
  }
  /** When `getTask` handed it out; null unless it came from there. */
  get takenAt(): Date | null {
    return dateOf(this.#state.delivery?.takenMs)
  }
  /** Seconds from when it was due to when it was taken. 0 unless it came from `getTask`. */
  get lateness(): number {
    return this.#state.delivery?.lateness ?? 0
  }
  /** The error last set; it travels with `reschedule`. */
  get lastError(): Error | null {
    return this.#state.lastError
  }
  /** How often in a row that error was set. */
  get errorCount(): number {
    return this.#state.errorCount
  }

  /**
   * Remembers an error and says how often in a row it was the same: the same class name, code and message.
   * Source: stapled's `set_last_exception`, which compared texts by identity and so counted them all.
   */
  setLastError(error: unknown): number {
    const state = this.#state
    const known = asError(error)
    const same =
      state.lastError !== null && errorSignature(state.lastError) === errorSignature(known)
    state.lastError = known
    state.errorCount = same ? state.errorCount + 1 : 1
    return state.errorCount
  }

  /**
   * Adds this context to its scheduler again, with its attributes and errors as they are now. Works in whichever
   * thread holds it, also while it is being worked on.
   *
   * @throws {NeverAddedError} when no scheduler ever took it.
   */
  async reschedule(schedTime?: Time | null): Promise<AddResult> {
    const { scheduler } = this.#state
    if (scheduler === null) {
      throw new NeverAddedError(
        `Context ${this.id} was never added to a scheduler: call addTask first.`,
      )
    }
    this.schedTime = schedTime
    return scheduler.addTask(this)
  }

  /** As in every log line. */
  toString(): string {
    return `<ScheduledTaskContext ${this.taskName}: ${describeSubject(this.subject)}>`
  }
}

/** Class names of errors that came from another thread, where their class does not exist. */
const foreignClassNames = new WeakMap<Error, string>()

/** The name of an error's class, also when the error was made in another thread. */
export function errorClassName(error: Error): string {
  const foreign = foreignClassNames.get(error)
  if (foreign !== undefined) return foreign
  // An error may be given any prototype, also one without a constructor.
  const { constructor: errorClass } = error as { constructor?: unknown }
  return typeof errorClass === 'function' ? errorClass.name : 'Error'
}

/** The code of an error, where it has one that is a text or a number. */
export function errorCodeOf(error: Error): string | number | null {
  const code: unknown = 'code' in error ? error.code : null
  return typeof code === 'string' || typeof code === 'number' ? code : null
}

/** Remembers the class that an error had in the thread it came from. */
export function setErrorClassName(error: Error, className: string): void {
  foreignClassNames.set(error, className)
}

function errorSignature(error: Error): string {
  return JSON.stringify([errorClassName(error), errorCodeOf(error), textOf(error.message)])
}

function dateOf(epochMs = Number.NaN): Date | null {
  return Number.isNaN(epochMs) ? null : new Date(epochMs)
}

function describeSubject(subject: unknown): string {
  return typeof subject === 'object' && subject !== null ? 'an object' : String(subject)
}

function wrong(what: string, expected: string, got: unknown): ContextTypeError {
  return new ContextTypeError(`Expected a context's ${what} to be ${expected}, got ${shown(got)}.`)
}
