import { SchedulerStoppedError } from '../core/errors.ts'
import { deferred } from './deferred.ts'
import type { FromSupervisor } from './supervisor-protocol.ts'
import { decodeError } from './wire-error.ts'

/** The worker threads of one `startWorkers`. */
export interface WorkerGroup {
  /** How many are at work. */
  readonly threads: number
  /** Resolves when all have ended; rejects when the last one died and is not replaced any more. */
  readonly closed: Promise<void>
  /** Lets each finish what it has at hand, then ends them. */
  stop(): Promise<void>
}

/** A group, as its scheduler keeps it up to date. */
export class WatchedGroup implements WorkerGroup {
  readonly #loaded = deferred<void>()
  readonly #closed = deferred<void>()
  readonly #stop: () => void
  #threads: number

  /** `stop` asks the supervisor to end the threads. */
  constructor(threads: number, stop: () => void) {
    this.#threads = threads
    this.#stop = stop
  }

  get threads(): number {
    return this.#threads
  }

  /** Resolves when each has loaded the file; rejects with what kept one from it. */
  get loaded(): Promise<void> {
    return this.#loaded.promise
  }

  get closed(): Promise<void> {
    return this.#closed.promise
  }

  async stop(): Promise<void> {
    this.#stop()
    await this.closed.catch(() => undefined)
  }

  /** What the supervisor tells of them. */
  receive(message: FromSupervisor): void {
    if (message.type === 'groupLoaded') this.#loaded.resolve()
    else if (message.type === 'groupThreads') this.#threads = message.threads
    else if (message.type === 'groupEnded')
      this.end(message.error === null ? null : decodeError(message.error))
  }

  /** They have ended, with an error or without. */
  end(error: Error | null): void {
    this.#threads = 0
    this.#loaded.reject(
      error ?? new SchedulerStoppedError('The workers were stopped before they had loaded.'),
    )
    if (error === null) this.#closed.resolve()
    else this.#closed.reject(error)
  }
}
