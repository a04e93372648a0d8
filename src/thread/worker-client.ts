import type { MessagePort } from 'node:worker_threads'
import { SchedulerLostError, SchedulerStoppedError, type SchedulerError } from '../core/errors.ts'
import type {
  AnyContext,
  AnyQueues,
  ContextOf,
  GetOptions,
  QueueName,
  QueueTypes,
} from '../core/task-scheduler.ts'
import type { JobScheduler } from '../jobs/job-scheduler.ts'
import { SchedulerClient } from './client.ts'
import { openClock } from './clock-handle.ts'
import type { Consumer, Handler } from './consumer.ts'
import { deferred } from './deferred.ts'
import { Doorbell } from './doorbell.ts'
import { PortLink } from './port-link.ts'
import type { Arguments, CallName, Result } from './protocol.ts'
import { failureOf } from './taking.ts'
import { queueName } from './verb-options.ts'
import type { WorkerConnection } from './worker-connection.ts'

/** A client in a worker thread, over the connection that the thread was given. */
export class WorkerClient<Q extends QueueTypes<Q> = AnyQueues> extends SchedulerClient<Q> {
  /** Whether `connect()` gave it to somebody. */
  inUse = false
  readonly #link: PortLink
  /** Kept, so that it closes when this thread ends, and not before. */
  readonly #lifeline: MessagePort
  readonly #closed = deferred<SchedulerError>()

  constructor({ port, lifeline, serverBell, bell, clock, timezone }: WorkerConnection) {
    const link = new PortLink(port, new Doorbell(serverBell), new Doorbell(bell))
    super(link, { clock: openClock(clock), timezone })
    this.#link = link
    this.#lifeline = lifeline
    link.onClose(() => this.end(lost()))
  }

  /** Resolves when the connection has ended, with why. */
  get closed(): Promise<SchedulerError> {
    return this.#closed.promise
  }

  /** Has something called when this thread first asks for a task. */
  onFirstTake(callback: () => void): void {
    this.taking.onFirst = callback
  }

  /** Asks for none, but counts as if it did. */
  asksLater(): void {
    this.taking.asks()
  }

  /** As `getTask`, but blocks this thread until there is one: for code that is synchronous through and through. */
  getTaskSync<Name extends QueueName<Q>>(
    taskName: Name,
    options?: Omit<GetOptions, 'signal'>,
  ): ContextOf<Q, Name> {
    this.taking.asks()
    const args = this.getArguments(taskName, options)
    this.calls.flush()
    for (;;) {
      const context =
        this.#readySync(taskName) ?? this.taking.context(this.#callSync('getTask', args))
      if (context) return context as ContextOf<Q, Name>
    }
  }

  /** As `taskDone`, but blocks this thread until it is done. */
  taskDoneSync(task: QueueName<Q> | AnyContext): void {
    if (typeof task === 'string') return this.#callSync('finishOldest', [queueName(task)])
    const delivery = this.taking.deliveryOf(task)
    if (!this.taking.finishStarted(task)) this.#callSync('finish', [delivery, failureOf(task)])
  }

  /** Starts a consumer for each handler, when every one has its queue. @throws {QueueError} */
  async consumeAll(
    handlers: readonly (readonly [QueueName<Q>, Handler<never, JobScheduler<Q>>])[],
  ): Promise<Consumer[]> {
    await Promise.all(handlers.map(([taskName]) => this.isEmptyQueue(taskName)))
    return handlers.map(([taskName, handler]) => this.startConsumer(taskName, handler as never))
  }

  /** Gets no more tasks, and resolves when none is in this thread's hands. */
  async stopTaking(): Promise<void> {
    this.taking.endAhead()
    await this.calls.call('stopTaking', [])
  }

  /** Ends this connection only: what it holds goes back, and its thread may end. */
  close(): void {
    this.calls.flush()
    this.end(new SchedulerStoppedError('This connection was closed.'))
    this.#lifeline.close()
  }

  protected override end(error: SchedulerError): void {
    super.end(error)
    this.#closed.resolve(error)
  }

  /** What was handed ahead, also when it came while this thread did not turn its loop. */
  #readySync(taskName: string): AnyContext | null {
    if (this.#link.lost) return null
    return (
      this.taking.takeReady(taskName) ??
      (this.#link.poll() ? this.taking.takeReady(taskName) : null)
    )
  }

  /** Blocks this thread until the answer is there. */
  #callSync<K extends CallName>(call: K, args: Arguments<K>): Result<K> {
    let outcome: { readonly value: Result<CallName> } | { readonly error: unknown } | undefined
    this.calls.begin(call, args, {
      resolve: (value) => (outcome = { value }),
      reject: (error) => (outcome = { error }),
      keepsAlive: false,
    })
    this.calls.flush()
    this.#link.block(() => outcome !== undefined)
    // A scheduler that was stopped answers; one that does not answer is no more.
    if (outcome === undefined) throw lost()
    if ('error' in outcome) throw outcome.error
    return outcome.value as Result<K>
  }
}

function lost(): SchedulerLostError {
  return new SchedulerLostError("The scheduler's thread died.")
}
