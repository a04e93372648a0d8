/**
 * What the scheduler tells about itself. Payloads are plain objects with ids and times, so they cross threads.
 */
interface AboutContext {
  readonly id: string
  readonly taskName: string
}

interface AboutJob {
  readonly jobId: string
  readonly taskName: string
}

/** `id` is the context's, `plannedTime` what the trigger said, without jitter. */
interface AboutRun extends AboutJob, AboutContext {
  readonly plannedTime: Date
}

/** What a handler threw, or set as `lastError`. */
export interface JobFailure {
  readonly name: string
  readonly message: string
  readonly code: string | number | null
  readonly stack: string | null
}

/** Event names and their payloads. Durations are seconds. */
export interface SchedulerEvents {
  readonly schedulerStarted: Readonly<Record<string, never>>
  readonly schedulerShutdown: Readonly<Record<string, never>>
  readonly queueAdded: { readonly taskName: string; readonly maxSize: number }
  readonly queueRemoved: { readonly taskName: string }
  /** A context was scheduled or queued. `replaced`: it took the place of its earlier entry. */
  readonly taskAdded: AboutContext & { readonly replaced: boolean }
  /** A context was cancelled; `state` is what it was in. */
  readonly taskCancelled: AboutContext & { readonly state: 'scheduled' | 'parked' | 'queued' }
  /** A context entered its queue. */
  readonly taskQueued: AboutContext & { readonly lateness: number }
  /** A context was handed out. */
  readonly taskTaken: AboutContext & { readonly attempt: number; readonly lateness: number }
  readonly taskDone: AboutContext
  /** A context is due, or was to be added, and its queue had no room. */
  readonly queueFull: AboutContext
  /** The clock on the wall moved; what waits for a calendar time was placed anew. */
  readonly clockJump: { readonly seconds: number }
  readonly jobAdded: AboutJob & { readonly replaced: boolean }
  readonly jobModified: AboutJob
  /** By a verb, with its queue or subject, or because it has no run left and its last one is done. */
  readonly jobRemoved: AboutJob
  /** By `removeAllJobs`, in place of a `jobRemoved` for each. */
  readonly allJobsRemoved: { readonly count: number }
  /** A run is due, and its context was given to its queue. */
  readonly jobSubmitted: AboutRun
  /** A run is done. */
  readonly jobExecuted: AboutRun
  /** A run is done, and its handler threw, or set `lastError`. */
  readonly jobError: AboutRun & { readonly error: JobFailure }
  /** Runs were too late for their grace: that of `plannedTime` or, when very many were, all up to `through`. */
  readonly jobMissed: AboutJob & { readonly plannedTime: Date; readonly through: Date }
  /** Runs were skipped because so many instances were running: all due ones from `plannedTime` to `through`. */
  readonly jobMaxInstances: AboutJob & { readonly plannedTime: Date; readonly through: Date }
  /** A custom trigger failed: its job is paused until it is resumed. */
  readonly jobDisabled: AboutJob & { readonly message: string }
  /** All job processing was paused. */
  readonly schedulerPaused: Readonly<Record<string, never>>
  readonly schedulerResumed: Readonly<Record<string, never>>
  /** A thread of `startWorkers` has loaded its file. */
  readonly workerStarted: { readonly group: number; readonly thread: number }
  /** A thread of `startWorkers` died; `replaced` says whether another takes its place. */
  readonly workerExited: {
    readonly group: number
    readonly thread: number
    readonly reason: string
    readonly replaced: boolean
  }
}

export type EventName = keyof SchedulerEvents

/**
 * An event as one object: what happened, when the scheduler thread noted it, and the payload's own properties.
 * `type` tells which: in `switch (event.type)` the compiler knows the rest.
 */
export type SchedulerEvent<N extends EventName = EventName> = {
  readonly [Name in N]: { readonly type: Name; readonly at: Date } & PropertiesOf<
    SchedulerEvents[Name]
  >
}[N]

/** A payload without properties adds none. */
type PropertiesOf<Payload> = string extends keyof Payload ? unknown : Payload

/** A name that is missing here does not compile. */
const names: Readonly<Record<EventName, true>> = {
  schedulerStarted: true,
  schedulerShutdown: true,
  queueAdded: true,
  queueRemoved: true,
  taskAdded: true,
  taskCancelled: true,
  taskQueued: true,
  taskTaken: true,
  taskDone: true,
  queueFull: true,
  clockJump: true,
  jobAdded: true,
  jobModified: true,
  jobRemoved: true,
  allJobsRemoved: true,
  jobSubmitted: true,
  jobExecuted: true,
  jobError: true,
  jobMissed: true,
  jobMaxInstances: true,
  jobDisabled: true,
  schedulerPaused: true,
  schedulerResumed: true,
  workerStarted: true,
  workerExited: true,
}

/** Every event's name, for messages. */
export const eventNames: ReadonlySet<string> = new Set(Object.keys(names))

export function isEventName(name: unknown): name is EventName {
  return typeof name === 'string' && eventNames.has(name)
}

/** Where events go. `wants` is asked first, so that an event nobody listens to costs nothing. */
export interface EventSink {
  wants(name: EventName): boolean
  emit<N extends EventName>(name: N, payload: SchedulerEvents[N]): void
}

/** For a scheduler that nobody listens to. */
export const noEvents: EventSink = { wants: () => false, emit: () => undefined }
