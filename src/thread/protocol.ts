/**
 * Everything that is said between a client and the scheduler thread.
 *
 * A message is an array of these: clients collect the calls of a microtask, the scheduler thread the answers of a pass.
 */
import type { AddResult } from '../core/context.ts'
import type { EventName, JobFailure, SchedulerEvents } from '../core/events.ts'
import type { SchedulerStats } from '../core/stats.ts'
import type { TaskRecord } from '../core/timetable.ts'
import type { JobReply, JobRequest } from './job-protocol.ts'
import type { JobDefaults } from './job-defaults.ts'
import type { LogLevel } from './logger.ts'
import type { Texts } from './texts.ts'
import type { WireError } from './wire-error.ts'
import type { WireIds } from './wire-ids.ts'
import type { WireAddResults, WireTasks } from './wire-tasks.ts'

/** A context as it is handed to a consumer; times are milliseconds since the epoch, the lateness seconds. */
export interface WireDelivery {
  readonly number: number
  readonly record: TaskRecord
  readonly attempt: number
  readonly dueMs: number
  readonly queuedMs: number
  readonly takenMs: number
  readonly lateness: number
}

/** Contexts of one queue that are handed ahead: still queued, until the client starts them. */
export interface WireOffers {
  readonly type: 'offers'
  readonly taskName: string
  readonly texts: Texts
  readonly tickets: ArrayLike<number>
  /** Contexts with numbers in a row, and all else alike, are told of together: see offer-layout.ts. */
  readonly figures: ArrayLike<number>
  /** What the calendar shows more than the clock. */
  readonly offsetMs: number
}

export interface WireScheduled {
  readonly record: TaskRecord
  readonly dueMs: number
  readonly parked: boolean
}

/** What was left when the scheduler stopped: how many in each state, and the ids of what was still being worked on. */
export interface StopReport {
  readonly scheduled: number
  readonly parked: number
  readonly queued: number
  readonly taken: readonly string[]
}

/** The calls, as the scheduler thread sees them. Deadlines are on the common time line; -Infinity: do not wait. */
export interface Calls {
  addQueue(taskName: string, maxSize: number): void
  removeQueue(taskName: string): void
  queueExists(taskName: string): boolean
  isEmptyQueue(taskName: string): boolean
  /** All or none. */
  addTasks(tasks: WireTasks, deadline: number): WireAddResults
  /** Each for itself: they are as many calls, with ids that follow the first's, and as many answers. */
  addEach(tasks: WireTasks): AddResult
  cancelTask(id: string, queued: boolean): boolean
  /** What is scheduled, each for itself: they are as many calls and as many answers, as with `addEach`. */
  cancelEach(ids: WireIds): boolean
  cancelBySubject(keys: readonly string[], queued: boolean, abort: boolean): number
  getTask(taskName: string, deadline: number): WireDelivery
  /** `failure` is told of contexts of jobs only. */
  finish(delivery: number, failure?: JobFailure): void
  finishOldest(taskName: string): void
  /** Back to the front, unchanged: the one who asked for it gave up before it came. */
  giveBack(delivery: number): void
  join(taskName: string, deadline: number): void
  /** Gives up an earlier call that waits; that call is answered with `withdrawn` unless it was settled before. */
  withdraw(request: number): void
  /** Answered when this connection, which gets no more tasks, holds none. */
  stopTaking(): void
  runAll(): number
  getScheduled(taskName: string | undefined, keys: readonly string[] | undefined): WireScheduled[]
  getQueued(taskName: string): TaskRecord[]
  stats(): SchedulerStats
  /** Adds queues, all or none, and sets what jobs have that do not say it themselves. Only before `start`. */
  configure(queues: Readonly<Record<string, number>>, defaults: Partial<JobDefaults>): void
  start(): void
  /** Waits for what is taken until the deadline; then the scheduler is stopped for everybody. */
  stop(deadline: number): StopReport
  /** Answered when everything that is due has been dealt with. */
  tick(): void
  listen(event: EventName, on: boolean): void
  job(request: JobRequest): JobReply
  log(
    level: LogLevel,
    message: string,
    details: Readonly<Record<string, unknown>>,
    error: WireError | null,
  ): void
}

export type CallName = keyof Calls
export type Arguments<K extends CallName> = Parameters<Calls[K]>
export type Result<K extends CallName> = ReturnType<Calls[K]>

/** A call; nobody waits for the answer of one with the id 0, and it gets none. */
export type Request = {
  [K in CallName]: { readonly id: number; readonly call: K; readonly args: Arguments<K> }
}[CallName]

export type Answer =
  /** All `addEach` calls from this id to that one were answered with 'added'. */
  | { readonly type: 'added'; readonly id: number; last: number }
  /** All `cancelEach` calls from this id to that one were answered with true. */
  | { readonly type: 'cancelled'; readonly id: number; readonly last: number }
  | { readonly type: 'value'; readonly id: number; readonly value: Result<CallName> }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  | { readonly type: 'withdrawn'; readonly id: number }

export type Push =
  | WireOffers
  /** The handlers that work on these deliveries are asked to stop. */
  | { readonly type: 'abort'; readonly deliveries: readonly number[] }
  | {
      readonly type: 'event'
      readonly name: EventName
      readonly payload: SchedulerEvents[EventName]
      /** When the scheduler thread noted it, in milliseconds since the epoch. */
      readonly atMs: number
    }
  | {
      readonly type: 'log'
      readonly level: LogLevel
      readonly message: string
      readonly details: Readonly<Record<string, unknown>>
      readonly error: WireError | null
    }
  /** Nothing will be answered any more. */
  | { readonly type: 'ended'; readonly error: WireError }

export type FromServer = Answer | Push
