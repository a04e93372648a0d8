import type { MessagePort } from 'node:worker_threads'
import { SchedulerLostError, SchedulerStoppedError, type SchedulerError } from '../core/errors.ts'
import type {
  AnyQueues,
  ContextOf,
  GetOptions,
  QueueName,
  QueueTypes,
} from '../core/task-scheduler.ts'
import { SchedulerClient } from './client.ts'
import { openClock } from './clock-handle.ts'
import { Doorbell } from './doorbell.ts'
import { PortLink } from './port-link.ts'
import type { WorkerConnection } from './worker-connection.ts'

/** A client in a worker thread, over the connection that the thread was given. */
export class WorkerClient<Q extends QueueTypes<Q> = AnyQueues> extends SchedulerClient<Q> {
  /** Resolves when the connection has ended, however it did. */
  readonly closed: Promise<SchedulerError>
  /** Kept, so that it closes when this thread ends, and not before. */
  readonly lifeline: MessagePort
  /** Whether `connect()` gave it to somebody. */
  inUse = false
  /** Called when this thread first asks for a task. */
  onFirstTake: (() => void) | null = null
  readonly #resolveClosed: (error: SchedulerError) => void

  constructor({ port, lifeline, serverBell, bell, clock }: WorkerConnection) {
    const link = new PortLink(port, new Doorbell(serverBell), new Doorbell(bell))
    super(link, { clock: openClock(clock) })
    this.lifeline = lifeline
    let resolveClosed: (error: SchedulerError) => void = () => undefined
    this.closed = new Promise((resolve) => (resolveClosed = resolve))
    this.#resolveClosed = resolveClosed
    link.onClose(() => this.end(new SchedulerLostError("The scheduler's thread died.")))
  }

  override async getTask<Name extends QueueName<Q>>(
    taskName: Name,
    options: GetOptions = {},
  ): Promise<ContextOf<Q, Name>> {
    this.#firstTake()
    return super.getTask(taskName, options)
  }

  override getTaskSync<Name extends QueueName<Q>>(
    taskName: Name,
    options: Omit<GetOptions, 'signal'> = {},
  ): ContextOf<Q, Name> {
    this.#firstTake()
    return super.getTaskSync(taskName, options)
  }

  /** Ends this connection only: what it holds goes back, and its thread may end. */
  close(): void {
    this.calls.flush()
    this.end(new SchedulerStoppedError('This connection was closed.'))
    this.lifeline.close()
  }

  protected override end(error: SchedulerError): void {
    super.end(error)
    this.#resolveClosed(error)
  }

  #firstTake(): void {
    this.onFirstTake?.()
    this.onFirstTake = null
  }
}
