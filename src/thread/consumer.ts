import type { ContextOf, QueueName, QueueTypes } from '../core/task-scheduler.ts'
import type { JobScheduler } from '../jobs/job-scheduler.ts'

/** What a handler is given besides its context. */
export interface HandlerTools<Scheduler> {
  /** Aborted by `cancelBySubject(subject, { running: 'abort' })`, and when the scheduler ends. */
  readonly signal: AbortSignal
  readonly scheduler: Scheduler
}

/** Works on one context. What it returns is awaited and otherwise ignored. */
export type Handler<Context, Scheduler> = (
  context: Context,
  tools: HandlerTools<Scheduler>,
) => unknown

/**
 * The handler of a queue, for files of `startWorkers`.
 *
 * @example
 * export const ocsp: HandlerOf<Queues, 'ocsp'> = async ({ attributes: { url } }, { signal }) => { ... }
 */
export type HandlerOf<Q extends QueueTypes<Q>, Name extends QueueName<Q>> = Handler<
  ContextOf<Q, Name>,
  JobScheduler<Q>
>

/** A handler that is called with the contexts of a queue. */
export class Consumer {
  readonly taskName: string
  /** Resolves when it has ended; rejects when it could not go on, with `SchedulerLostError` for example. */
  readonly closed: Promise<void>
  readonly #stopping = new AbortController()

  /** `work` runs until the signal is aborted, or the scheduler stops. */
  constructor(taskName: string, work: (signal: AbortSignal) => Promise<void>) {
    this.taskName = taskName
    this.closed = work(this.#stopping.signal).catch((error: unknown) => {
      if (error !== this.#stopping.signal.reason) throw error
    })
    // Whoever wants to know awaits `closed`; nobody has to.
    this.closed.catch(() => undefined)
  }

  /** Takes nothing more, and resolves when the context at hand is done. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.closed
  }
}
