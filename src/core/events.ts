/**
 * What the scheduler tells about itself. Payloads are plain objects with ids and times, so they cross threads.
 */
interface AboutContext {
  readonly id: string
  readonly taskName: string
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

/** Every event's name, for messages. */
export const eventNames: ReadonlySet<string> = new Set<EventName>([
  'schedulerStarted',
  'schedulerShutdown',
  'queueAdded',
  'queueRemoved',
  'taskAdded',
  'taskCancelled',
  'taskQueued',
  'taskTaken',
  'taskDone',
  'queueFull',
  'clockJump',
  'workerStarted',
  'workerExited',
])

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
