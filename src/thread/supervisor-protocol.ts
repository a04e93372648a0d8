/** Everything that is said between the owner of a scheduler thread, its supervisor, and the worker threads. */
import type { MessagePort, ResourceLimits } from 'node:worker_threads'
import type { ClockHandle } from './clock-handle.ts'
import type { TriggerSources } from './custom-triggers.ts'
import type { UserLoader } from './loader-flags.ts'
import type { WorkerConnection } from './worker-connection.ts'
import type { WireError } from './wire-error.ts'

/** What the supervisor thread is started with. */
export interface SupervisorData {
  readonly owner: MessagePort
  readonly control: MessagePort
  /** The other end is in the scheduler thread. */
  readonly schedulerLifeline: MessagePort
  readonly schedulerBell: SharedArrayBuffer
  readonly clock: ClockHandle
  /** The time zone of triggers that name none. */
  readonly timezone: string
  readonly triggers: TriggerSources
}

/** Threads to keep running one file. */
export interface GroupOptions extends UserLoader {
  /** A URL. */
  readonly file: string
  readonly threads: number
  /** How often each thread may be replaced. */
  readonly maxRestarts: number
  readonly resourceLimits: ResourceLimits | null
}

export type ToSupervisor =
  | {
      readonly type: 'watch'
      readonly id: string
      readonly lifeline: MessagePort
      readonly bell: SharedArrayBuffer
    }
  | { readonly type: 'startGroup'; readonly group: number; readonly options: GroupOptions }
  | { readonly type: 'stopGroup'; readonly group: number; readonly graceMs: number }
  /** Stop every group, then end. */
  | { readonly type: 'stop'; readonly graceMs: number; readonly schedulerDied: boolean }

export type FromSupervisor =
  | { readonly type: 'groupLoaded'; readonly group: number }
  | { readonly type: 'groupThreads'; readonly group: number; readonly threads: number }
  /** No thread of it is left; with an error, unless they came to their end. */
  | { readonly type: 'groupEnded'; readonly group: number; readonly error: WireError | null }
  | {
      readonly type: 'workerDied'
      readonly group: number
      readonly thread: number
      readonly replaced: boolean
      readonly error: WireError
    }

/** What a thread of `startWorkers` is given. */
export interface ConsumerData {
  readonly file: string
  readonly connection: WorkerConnection
}

/** What such a thread says of itself. */
export type FromConsumer =
  | { readonly type: 'loaded' }
  | { readonly type: 'failed'; readonly error: WireError }

/** Finish what is at hand and take nothing more. */
export interface ToConsumer {
  readonly type: 'stop'
}
