import type { Clock } from '../core/clock.ts'
import { ScheduledTaskContext, stateOf, type AddOptions, type AddResult } from '../core/context.ts'
import { timeoutMs } from '../core/duration.ts'
import {
  ContextTypeError,
  OptionsError,
  QueueError,
  SchedulerError,
  SchedulerLostError,
  SchedulerStoppedError,
  shown,
} from '../core/errors.ts'
import type { EventName, SchedulerEvents } from '../core/events.ts'
import type { SchedulerStats } from '../core/stats.ts'
import { keysOfSubject } from '../core/subject.ts'
import type {
  AnyContext,
  AnyQueues,
  AttributesIn,
  CancelBySubjectOptions,
  CancelOptions,
  ContextOf,
  GetOptions,
  QueuedInfo,
  QueueName,
  QueueOptions,
  QueueTypes,
  ScheduledInfo,
  TaskScheduler,
  WaitOptions,
} from '../core/task-scheduler.ts'
import { ServerCalls, type ClientLink } from './calls.ts'
import { packContext, unpackDelivery, unpackSubject } from './cargo.ts'
import { Consumer, HandlersAtWork, type Handler } from './consume.ts'
import type { Logger } from './logger.ts'
import { Listeners } from './listeners.ts'
import type { Push, StopReport, WireDelivery } from './protocol.ts'
import { decodeError, encodeError } from './wire-error.ts'

/** Does not wait at all. */
const atOnce = -Infinity
/** The longest that a timer takes. */
const longestTimerMs = 2 ** 31 - 1

export interface ClientOptions {
  readonly clock: Clock
  /** Where the scheduler's logs go, when this client is its owner. */
  readonly logger?: Logger
  /** Waiting in `getTask`, `join` or `addTask` keeps no process alive. @default false */
  readonly unref?: boolean
}

/** The verbs for any thread: each becomes a call to the scheduler thread, and calls of one microtask one message. */
export class SchedulerClient<Q extends QueueTypes<Q> = AnyQueues> implements TaskScheduler<Q> {
  protected readonly calls: ServerCalls
  readonly #clock: Clock
  readonly #logger: Logger | null
  readonly #listeners: Listeners
  readonly #atWork = new HandlersAtWork()

  constructor(link: ClientLink, options: ClientOptions) {
    this.#clock = options.clock
    this.#logger = options.logger ?? null
    this.calls = new ServerCalls(link, (push) => this.#receive(push), options.unref)
    this.#listeners = new Listeners(
      (name, on) => this.calls.tell('listen', name, on),
      (error) => this.log('error', 'A listener threw.', { error }),
    )
  }

  async addQueue(name: QueueName<Q>, options: QueueOptions = {}): Promise<void> {
    await this.calls.call('addQueue', [queueName(name), maxSizeOf(options.maxSize, name)])
  }

  async removeQueue(name: QueueName<Q>): Promise<void> {
    await this.calls.call('removeQueue', [queueName(name)])
  }

  async queueExists(name: string): Promise<boolean> {
    return this.calls.call('queueExists', [queueName(name)])
  }

  async isEmptyQueue(name: QueueName<Q>): Promise<boolean> {
    return this.calls.call('isEmptyQueue', [queueName(name)])
  }

  async addTask<Name extends QueueName<Q>, Attributes extends AttributesIn<Q, Name>>(
    context: ScheduledTaskContext<Name, Attributes>,
    options: AddOptions = {},
  ): Promise<AddResult> {
    const [result] = await this.#add([context], options)
    return result ?? 'added'
  }

  async addTasks<Name extends QueueName<Q>, Attributes extends AttributesIn<Q, Name>>(
    contexts: Iterable<ScheduledTaskContext<Name, Attributes>>,
    options: AddOptions = {},
  ): Promise<AddResult[]> {
    return this.#add([...contexts], options)
  }

  async cancelTask(context: AnyContext | string, options: CancelOptions = {}): Promise<boolean> {
    const id = typeof context === 'string' ? context : contextOf(context).id
    return this.calls.call('cancelTask', [id, options.queued ?? false])
  }

  async cancelBySubject(subject: unknown, options: CancelBySubjectOptions = {}): Promise<number> {
    const { queued = false, running = 'leave' } = options
    if (running !== 'leave' && running !== 'abort') {
      throw new OptionsError(`Expected running to be 'leave' or 'abort', got ${shown(running)}.`)
    }
    return this.calls.call('cancelBySubject', [keysOfSubject(subject), queued, running === 'abort'])
  }

  async getTask<Name extends QueueName<Q>>(
    taskName: Name,
    options: GetOptions = {},
  ): Promise<ContextOf<Q, Name>> {
    const { signal } = options
    const delivery = await this.calls.call(
      'getTask',
      [queueName(taskName), this.#getDeadline(options)],
      {
        signal,
        waits: true,
        tooLate: (late) => this.calls.tell('giveBack', late.number),
      },
    )
    return this.#context(delivery)
  }

  /** The same, but blocks this thread until there is one. For worker threads that do synchronous work. */
  getTaskSync<Name extends QueueName<Q>>(
    taskName: Name,
    options: Omit<GetOptions, 'signal'> = {},
  ): ContextOf<Q, Name> {
    return this.#context(
      this.calls.callSync('getTask', [queueName(taskName), this.#getDeadline(options)]),
    )
  }

  async *tasks<Name extends QueueName<Q>>(
    taskName: Name,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterableIterator<ContextOf<Q, Name>> {
    // Finishing one and asking for the next go in one message, so the first is not awaited before the second.
    let finishing = Promise.resolve()
    for (;;) {
      let context: ContextOf<Q, Name>
      try {
        context = await this.getTask(taskName, options)
      } catch (error) {
        await finishing
        if (error instanceof SchedulerStoppedError) return
        throw error
      }
      await finishing
      let goesOn = false
      try {
        yield context
        goesOn = true
      } finally {
        finishing = this.#finishQuietly(context)
        if (!goesOn) await finishing
      }
    }
  }

  async taskDone(task: QueueName<Q> | AnyContext): Promise<void> {
    if (typeof task === 'string') return this.calls.call('finishOldest', [queueName(task)])
    return this.calls.call('finish', [deliveryOf(task)])
  }

  /** The same, but blocks this thread until it is done. */
  taskDoneSync(task: QueueName<Q> | AnyContext): void {
    if (typeof task === 'string') this.calls.callSync('finishOldest', [queueName(task)])
    else this.calls.callSync('finish', [deliveryOf(task)])
  }

  async join(taskName: QueueName<Q>, options: WaitOptions = {}): Promise<void> {
    const deadline = this.#deadline(timeoutMs(options.timeout))
    const { signal } = options
    return this.calls.call('join', [queueName(taskName), deadline], { signal, waits: true })
  }

  async runAll(): Promise<number> {
    return this.calls.call('runAll', [])
  }

  async getScheduled(
    filter: { readonly taskName?: QueueName<Q>; readonly subject?: unknown } = {},
  ): Promise<ScheduledInfo[]> {
    const keys = filter.subject === undefined ? undefined : keysOfSubject(filter.subject)
    const scheduled = await this.calls.call('getScheduled', [filter.taskName, keys])
    return scheduled.map(({ record, dueMs, parked }) => ({
      id: record.id,
      taskName: record.taskName,
      subject: unpackSubject(record),
      dueAt: new Date(dueMs),
      parked,
    }))
  }

  async getQueued(taskName: QueueName<Q>): Promise<QueuedInfo[]> {
    const queued = await this.calls.call('getQueued', [queueName(taskName)])
    return queued.map((record) => ({ id: record.id, subject: unpackSubject(record) }))
  }

  async stats(): Promise<SchedulerStats> {
    return this.calls.call('stats', [])
  }

  /**
   * Calls a handler with every context of a queue, one after the other, in this thread. A handler that throws is
   * logged and its context is done; it may have rescheduled itself before.
   * @throws {QueueError} when there is no such queue.
   */
  async consume<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, TaskScheduler<Q>>,
  ): Promise<Consumer> {
    await this.isEmptyQueue(taskName)
    return new Consumer(taskName, (signal) => this.#work(taskName, handler, signal))
  }

  /**
   * Calls a listener at every event of a name, wherever it happened. Gives a function that ends it.
   * A listener that throws is logged and harms nobody.
   */
  on<N extends EventName>(name: N, listener: (payload: SchedulerEvents[N]) => void): () => void {
    return this.#listeners.add(name, listener)
  }

  /** Resolves when everything that is due by the clock's present time has been dealt with. A `FakeClock` calls it. */
  async tick(): Promise<void> {
    try {
      await this.calls.call('tick', [])
    } catch (error) {
      // What was due may have been the end of its stopping.
      if (!this.calls.ended) throw error
    }
  }

  /** Has the server stop for everybody; it waits that long for what is taken. */
  protected async stopServer(waitMs: number): Promise<StopReport> {
    // The deadline is on the scheduler's clock, and nobody may move a fake one any more.
    const overdue = setTimeout(
      () => this.calls.tell('stop', atOnce),
      Math.min(waitMs, longestTimerMs),
    )
    try {
      return await this.calls.call('stop', [this.#deadline(waitMs)])
    } finally {
      clearTimeout(overdue)
    }
  }

  /** Says something where the scheduler's owner wants it said. */
  protected log(
    level: keyof Logger,
    message: string,
    { error, ...details }: Record<string, unknown> = {},
  ): void {
    this.calls.tell('log', level, message, details, error === undefined ? null : encodeError(error))
  }

  /** Ends this client: whatever waits, and whatever is called later, is rejected with this. */
  protected end(error: SchedulerError): void {
    this.calls.end(error)
    this.#atWork.abortAll(error)
  }

  /** The loop of one consumer: see `consume`. */
  async #work<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, TaskScheduler<Q>>,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const context of this.tasks(taskName, { signal })) {
      try {
        await this.#atWork.run(deliveryOf(context), (aborted) =>
          handler(context, { signal: aborted, scheduler: this }),
        )
      } catch (error) {
        const errorCount = context.setLastError(error)
        const { id } = context
        const details = { id, taskName, errorCount, error }
        this.log('error', `The handler of '${taskName}' threw.`, details)
      }
    }
  }

  async #add(contexts: readonly AnyContext[], options: AddOptions): Promise<AddResult[]> {
    const { blocking = false, timeout, signal } = options
    const deadline = this.#deadline(timeoutMs(timeout))
    const tasks = contexts.map((context) => packContext(contextOf(context), this.#clock))
    const states = contexts.map((context) => stateOf(context))
    const fresh = states.filter(({ scheduler }) => scheduler === null)
    // At once, so that a context may be rescheduled before the answer is here.
    for (const state of fresh) state.scheduler = this
    try {
      return await this.calls.call('addTasks', [tasks, blocking ? deadline : atOnce], {
        signal,
        waits: blocking,
      })
    } catch (error) {
      for (const state of fresh) state.scheduler = null
      throw error
    }
  }

  /** So many milliseconds from now, on the scheduler's time line. */
  #deadline(ms: number): number {
    return this.#clock.now() + ms
  }

  #getDeadline({ blocking = true, timeout }: GetOptions): number {
    const ms = timeoutMs(timeout)
    return blocking ? this.#deadline(ms) : atOnce
  }

  #context<Name extends QueueName<Q>>(delivery: WireDelivery): ContextOf<Q, Name> {
    // What comes off a queue is what its type lets on.
    return unpackDelivery(delivery, this) as ContextOf<Q, Name>
  }

  /** For a loop that only wants to end when the scheduler stopped in the middle of it. */
  async #finishQuietly(context: AnyContext): Promise<void> {
    try {
      await this.taskDone(context)
    } catch (error) {
      if (!(error instanceof SchedulerStoppedError || error instanceof SchedulerLostError))
        throw error
    }
  }

  #receive(push: Push): void {
    switch (push.type) {
      case 'abort':
        for (const delivery of push.deliveries) this.#atWork.abort(delivery)
        break
      case 'event':
        this.#listeners.emit(push.name, push.payload)
        break
      case 'log': {
        const { level, message, details, error } = push
        this.#logger?.[level](
          message,
          error === null ? details : { ...details, error: decodeError(error) },
        )
        break
      }
      case 'ended': {
        this.end(SchedulerError.from(decodeError(push.error)))
      }
    }
  }
}

function contextOf(value: unknown): AnyContext {
  if (ScheduledTaskContext.isContext(value)) return value
  throw new ContextTypeError(`Expected a ScheduledTaskContext, got ${shown(value)}.`)
}

function deliveryOf(value: unknown): number {
  const context = contextOf(value)
  const { delivery } = stateOf(context)
  if (delivery !== null) return delivery
  throw new ContextTypeError(
    `Expected the context that getTask gave, got context ${context.id} as it was made: taskDone takes the former.`,
  )
}

function queueName(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name
  throw new QueueError(`Expected the name of a queue, got ${shown(name)}.`, {
    code: 'QUEUE_NAME_INVALID',
  })
}

/** The bound of a queue; 0 stands for none. */
export function maxSizeOf(maxSize: unknown, name: string): number {
  if (maxSize === undefined || maxSize === Infinity) return 0
  if (typeof maxSize === 'number' && Number.isInteger(maxSize)) return Math.max(0, maxSize)
  throw new OptionsError(
    `Expected maxSize of queue '${name}' to be a whole number, got ${shown(maxSize)}.`,
  )
}
