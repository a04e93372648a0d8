import type { AddOptions, AddResult, ScheduledTaskContext } from './context.ts'
import type { Duration } from './duration.ts'
import type { SchedulerStats } from './stats.ts'

/** Queue names with the attributes that contexts on them carry: `{ ocsp: { url: string } }`. */
export type QueueTypes<Q> = { [Name in keyof Q]: object }
/** For a scheduler that was not told its queues: whatever name, whatever attributes. */
export type AnyQueues = Record<string, Record<string, unknown>>
export type QueueName<Q> = keyof Q & string
/** What may be put on a queue: attributes as declared, or any object where nothing was declared. */
export type AttributesIn<Q, Name extends QueueName<Q>> = string extends keyof Q
  ? object
  : Q[Name] & object
/** What comes off a queue. */
export type ContextOf<Q, Name extends QueueName<Q>> = ScheduledTaskContext<Name, Q[Name] & object>
/** Any context, whatever it carries. */
export type AnyContext = ScheduledTaskContext<string, object>

export interface QueueOptions {
  /** How many contexts it holds at most; 0 or less: as many as come. @default 0 */
  readonly maxSize?: number
}

export interface WaitOptions {
  /** No limit when left out. */
  readonly timeout?: Duration
  /** Gives the waiting up; the promise rejects with its reason. */
  readonly signal?: AbortSignal
}

export interface GetOptions extends WaitOptions {
  /** False: fail at once when there is nothing. @default true */
  readonly blocking?: boolean
}

export interface CancelOptions {
  /** Also take it off its queue, where it waits for a worker. @default false */
  readonly queued?: boolean
}

export interface CancelBySubjectOptions extends CancelOptions {
  /** 'abort': also abort the `signal` of the handlers that work on it. They are not counted. @default 'leave' */
  readonly running?: 'leave' | 'abort'
}

/** A context that is scheduled. */
export interface ScheduledInfo {
  readonly id: string
  readonly taskName: string
  readonly subject: unknown
  readonly dueAt: Date
  /** It is due, and waits for room on its queue. */
  readonly parked: boolean
}

/** A context on its queue. */
export interface QueuedInfo {
  readonly id: string
  readonly subject: unknown
}

/**
 * The verbs. `SchedulerThread`, `connect()` in a worker, and `InlineScheduler` all have them, with the same meaning.
 *
 * Every promise settles: within its deadline, or when the scheduler stops (`SchedulerStoppedError`) or its thread dies
 * (`SchedulerLostError`). A verb takes effect after everything that the same thread called before it.
 *
 * Source: ocspd's `SchedulerThread`, in camelCase; what differs is said at each verb.
 */
export interface TaskScheduler<Q extends QueueTypes<Q> = AnyQueues> {
  /** @throws {QueueError} QUEUE_EXISTS, or QUEUE_NAME_INVALID for what is no name. */
  addQueue(name: QueueName<Q>, options?: QueueOptions): Promise<void>
  /**
   * Cancels what is scheduled for this queue and drops what is queued; those who wait there get a `QueueError`.
   * Other queues' contexts of the same subjects stay. What is taken counts as dropped.
   * @throws {QueueError} when there is no such queue.
   */
  removeQueue(name: QueueName<Q>): Promise<void>
  queueExists(name: string): Promise<boolean>
  /** Whether nothing is queued there; scheduled and taken contexts do not count. @throws {QueueError} */
  isEmptyQueue(name: QueueName<Q>): Promise<boolean>

  /**
   * Schedules a context, or puts it straight on its queue when it has no `schedTime`. One that is scheduled already,
   * by its `id`, is replaced. A past time is due at once, through the schedule.
   * @throws {QueueError | QueueFullError | DurationError | PayloadError | ContextTypeError} with nothing changed.
   */
  addTask<Name extends QueueName<Q>, Attributes extends AttributesIn<Q, Name>>(
    context: ScheduledTaskContext<Name, Attributes>,
    options?: AddOptions,
  ): Promise<AddResult>
  /** The same for many, all or none. */
  addTasks<Name extends QueueName<Q>, Attributes extends AttributesIn<Q, Name>>(
    contexts: Iterable<ScheduledTaskContext<Name, Attributes>>,
    options?: AddOptions,
  ): Promise<AddResult[]>

  /** True when it was scheduled (or queued, if asked for) and is now gone. */
  cancelTask(context: AnyContext | string, options?: CancelOptions): Promise<boolean>
  /**
   * Cancels every scheduled context of a subject, in every queue, and says how many.
   * @throws {ContextTypeError} for null and undefined, which are no subject.
   */
  cancelBySubject(subject: unknown, options?: CancelBySubjectOptions): Promise<number>

  /**
   * The next context of a queue. It is *taken* from then on, until `taskDone`; if this thread dies, another gets it.
   * @throws {QueueError | QueueEmptyError}
   */
  getTask<Name extends QueueName<Q>>(
    taskName: Name,
    options?: GetOptions,
  ): Promise<ContextOf<Q, Name>>
  /**
   * Contexts as they come. Each is done when the loop's body ends, also by break, return or throw. The loop ends when
   * the scheduler stops.
   */
  tasks<Name extends QueueName<Q>>(
    taskName: Name,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<ContextOf<Q, Name>>
  /**
   * Finishes a taken context; given a name, the one of that queue which this thread has held for the longest.
   * @throws {TaskDoneError} when nothing is taken. Source: ocspd's `ValueError`, "called too many times".
   */
  taskDone(task: QueueName<Q> | AnyContext): Promise<void>
  /** Waits until everything that entered the queue is done. @throws {QueueError | TimeoutError} */
  join(taskName: QueueName<Q>, options?: WaitOptions): Promise<void>

  /** Releases everything scheduled, whatever its time, and says how many entered their queues; the others are parked. */
  runAll(): Promise<number>
  /** What is scheduled, in order of release. */
  getScheduled(filter?: {
    readonly taskName?: QueueName<Q>
    readonly subject?: unknown
  }): Promise<ScheduledInfo[]>
  /** What is queued, in order. @throws {QueueError} */
  getQueued(taskName: QueueName<Q>): Promise<QueuedInfo[]>
  stats(): Promise<SchedulerStats>
}
