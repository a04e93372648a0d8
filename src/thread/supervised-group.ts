import { once } from 'node:events'
import type { MessagePort, Transferable } from 'node:worker_threads'
import { asError } from '../core/errors.ts'
import type { EventName, SchedulerEvents } from '../core/events.ts'
import type { Executor } from '../executors/executor.ts'
import { PiscinaExecutor } from '../executors/piscina.ts'
import type {
  ConsumerData,
  FromConsumer,
  FromSupervisor,
  GroupOptions,
  ToConsumer,
} from './supervisor-protocol.ts'
import { decodeError, encodeError } from './wire-error.ts'
import type { WorkerConnection } from './worker-connection.ts'

/** What a group needs of its supervisor. */
export interface GroupHost {
  /** Makes a connection for a thread. */
  connect(id: string): {
    readonly forWorker: WorkerConnection
    readonly transferList: readonly Transferable[]
    readonly lifeline: MessagePort
  }
  tell(message: FromSupervisor): void
  emit<N extends EventName>(name: N, payload: SchedulerEvents[N]): void
}

/** One of the threads that a group is to have; whoever fills it may die and be replaced. */
interface Slot {
  readonly thread: number
  restarts: number
  loaded: boolean
  lifeline: MessagePort | null
  /** What its thread said before it died. */
  failure: Error | null
}

/**
 * The threads of one `startWorkers`: each has one never-ending run of the consumer entry, and a connection of its own.
 *
 *     starting ─▶ loaded ─▶ ended            its loops came to their end
 *        ▲          │
 *        └── dies ──┴─▶ given up             after maxRestarts; before it ever loaded, the whole group is
 */
export class SupervisedGroup {
  /** Resolves when no thread is left: with null when they ended, with an error when the last one was given up. */
  readonly ended: Promise<Error | null>
  readonly #group: number
  readonly #options: GroupOptions
  readonly #host: GroupHost
  readonly #executor: Executor
  readonly #slots: Set<Slot>
  #resolveEnded: (error: Error | null) => void = () => undefined
  #toLoad: number
  #error: Error | null = null
  #stopping = false

  constructor(group: number, options: GroupOptions, host: GroupHost) {
    this.#group = group
    this.#options = options
    this.#host = host
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve))
    const { threads, resourceLimits, execArgv, nodeOptions } = options
    this.#executor = new PiscinaExecutor({
      entry: new URL(`./consumer-entry${import.meta.url.slice(-3)}`, import.meta.url),
      threads,
      execArgv,
      env: { ...process.env, NODE_OPTIONS: nodeOptions },
      ...(resourceLimits && { resourceLimits }),
    })
    this.#toLoad = threads
    this.#slots = new Set(
      Array.from({ length: threads }, (_, thread) => ({
        thread,
        restarts: 0,
        loaded: false,
        lifeline: null,
        failure: null,
      })),
    )
    for (const slot of this.#slots) this.#fill(slot)
  }

  /** Has every loop end, waits that long for it, then ends the threads whatever they do. `error`: why, if not as wished. */
  async stop(graceMs: number, error: Error | null = null): Promise<void> {
    if (!this.#stopping) this.#error = error
    this.#stopping = true
    const stop: ToConsumer = { type: 'stop' }
    for (const { lifeline } of this.#slots) lifeline?.postMessage(stop)
    const overdue = setTimeout(() => this.#end(), graceMs)
    await this.ended
    clearTimeout(overdue)
  }

  #fill(slot: Slot): void {
    const id = `group ${this.#group} thread ${slot.thread} start ${slot.restarts}`
    const { forWorker, transferList, lifeline } = this.#host.connect(id)
    slot.lifeline = lifeline
    slot.failure = null
    lifeline.on('message', (message: FromConsumer) => {
      if (message.type === 'failed') slot.failure = decodeError(message.error)
      else this.#loaded(slot)
    })
    const data: ConsumerData = { file: this.#options.file, connection: forWorker }
    // What its thread said before it died is there before the closing of its lifeline.
    const closed = once(lifeline, 'close')
    this.#executor.run(data, transferList).then(
      () => this.#leave(slot, null),
      async (error: unknown) => {
        await closed
        this.#died(slot, error)
      },
    )
  }

  #loaded(slot: Slot): void {
    this.#host.emit('workerStarted', { group: this.#group, thread: slot.thread })
    if (slot.loaded) return
    slot.loaded = true
    if (--this.#toLoad === 0) this.#host.tell({ type: 'groupLoaded', group: this.#group })
  }

  #died(slot: Slot, thrown: unknown): void {
    if (this.#stopping) return this.#leave(slot, null)
    const error = slot.failure ?? asError(thrown)
    const replaced = slot.restarts < this.#options.maxRestarts
    const { thread } = slot
    const group = this.#group
    this.#host.tell({ type: 'workerDied', group, thread, replaced, error: encodeError(error) })
    this.#host.emit('workerExited', { group, thread, reason: error.message, replaced })
    if (replaced) {
      slot.restarts++
      this.#fill(slot)
      return
    }
    this.#leave(slot, error)
    // A file that does not load in one thread does not load in any.
    if (!slot.loaded && this.#slots.size > 0) void this.stop(0, error)
  }

  /** The group's error is that of the last thread to leave: one that came to its end leaves none. */
  #leave(slot: Slot, error: Error | null): void {
    this.#slots.delete(slot)
    if (!this.#stopping) this.#error = error
    this.#host.tell({ type: 'groupThreads', group: this.#group, threads: this.#slots.size })
    if (this.#slots.size === 0) this.#end()
  }

  #end(): void {
    void this.#executor.close().then(() => this.#resolveEnded(this.#error))
  }
}
