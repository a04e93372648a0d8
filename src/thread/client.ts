import type { Clock } from '../core/clock.ts'
import { ScheduledTaskContext, stateOf, type AddOptions, type AddResult } from '../core/context.ts'
import { timeoutMs } from '../core/duration.ts'
import {
  ContextTypeError,
  OptionsError,
  QueueError,
  SchedulerError,
  shown,
} from '../core/errors.ts'
import { isEventName, type EventName, type SchedulerEvents } from '../core/events.ts'
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
import { AddingOne } from './adding-one.ts'
import { ServerCalls, type ClientLink } from './calls.ts'
import { packContext, unpackDelivery, unpackSubject } from './cargo.ts'
import { Consumer, type Handler } from './consumer.ts'
import { HandlersAtWork } from './handlers-at-work.ts'
import { Listeners } from './listeners.ts'
import type { Logger } from './logger.ts'
import type { Push, StopReport, WireDelivery } from './protocol.ts'
import { taskLoop } from './task-loop.ts'
import { checkVerbOptions, maxSizeOf, queueName } from './verb-options.ts'
import { decodeError, encodeError } from './wire-error.ts'
import { noTasks, pushTask, unpackResults } from './wire-tasks.ts'

/** Does not wait at all. */
const atOnce = -Infinity

export interface ClientOptions {
  readonly clock: Clock
  /** Where the scheduler's logs go, when this client is its owner. */
  readonly logger?: Logger
  /** Waiting in `getTask`, `join` or `addTask` keeps no process alive. @default false */
  readonly unref?: boolean
}

/** The verbs for any thread: each becomes a call to the scheduler thread, and calls of one microtask go together. */
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

  async addQueue(name: QueueName<Q>, options?: QueueOptions): Promise<void> {
    await this.calls.call('addQueue', [queueName(name), maxSizeOf(options, name)])
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
    options?: AddOptions,
  ): Promise<AddResult> {
    if (options !== undefined) {
      const [result] = await this.#add([context], options)
      return result ?? 'added'
    }
    const { task, dueMs } = packContext(contextOf(context), this.#clock)
    const state = stateOf(context)
    state.scheduler = this
    return new Promise((resolve, reject) => {
      this.calls.add(task, new AddingOne(this, state, dueMs, resolve, reject))
    })
  }

  async addTasks<Name extends QueueName<Q>, Attributes extends AttributesIn<Q, Name>>(
    contexts: Iterable<ScheduledTaskContext<Name, Attributes>>,
    options?: AddOptions,
  ): Promise<AddResult[]> {
    if (typeof contexts !== 'object' || !(Symbol.iterator in contexts)) {
      throw new ContextTypeError(`Expected a list of contexts, got ${shown(contexts)}.`)
    }
    return this.#add([...contexts], options)
  }

  async cancelTask(context: AnyContext | string, options?: CancelOptions): Promise<boolean> {
    checkVerbOptions('cancelTask', options, { queued: 'boolean' })
    const id = typeof context === 'string' ? context : contextOf(context).id
    return this.calls.call('cancelTask', [id, options?.queued ?? false])
  }

  async cancelBySubject(subject: unknown, options?: CancelBySubjectOptions): Promise<number> {
    checkVerbOptions('cancelBySubject', options, { queued: 'boolean', running: 'string' })
    const { queued = false, running = 'leave' } = options ?? {}
    if (running !== 'leave' && running !== 'abort') {
      throw new OptionsError(`Expected running to be 'leave' or 'abort', got ${shown(running)}.`)
    }
    return this.calls.call('cancelBySubject', [keysOfSubject(subject), queued, running === 'abort'])
  }

  async getTask<Name extends QueueName<Q>>(
    taskName: Name,
    options?: GetOptions,
  ): Promise<ContextOf<Q, Name>> {
    const args = this.getArguments(taskName, options)
    const delivery = await this.calls.call('getTask', args, {
      signal: options?.signal,
      waits: true,
      tooLate: (late) => this.calls.tell('giveBack', late.number),
    })
    return this.context(delivery)
  }

  tasks<Name extends QueueName<Q>>(
    taskName: Name,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<ContextOf<Q, Name>> {
    checkVerbOptions('tasks', options, { signal: 'signal' })
    const source = {
      take: (signal: AbortSignal) => this.getTask(taskName, { signal }),
      finish: (context: ContextOf<Q, Name>) => this.taskDone(context),
    }
    return taskLoop(source, options?.signal)
  }

  async taskDone(task: QueueName<Q> | AnyContext): Promise<void> {
    if (typeof task === 'string') await this.calls.call('finishOldest', [queueName(task)])
    else await this.calls.call('finish', [this.deliveryOf(task)])
  }

  async join(taskName: QueueName<Q>, options?: WaitOptions): Promise<void> {
    checkVerbOptions('join', options, { timeout: 'duration', signal: 'signal' })
    const deadline = this.#deadline(timeoutMs(options?.timeout))
    const signal = options?.signal
    await this.calls.call('join', [queueName(taskName), deadline], { signal, waits: true })
  }

  async runAll(): Promise<number> {
    return this.calls.call('runAll', [])
  }

  async getScheduled(filter?: {
    readonly taskName?: QueueName<Q>
    readonly subject?: unknown
  }): Promise<ScheduledInfo[]> {
    checkVerbOptions('getScheduled', filter, { taskName: 'string', subject: 'subject' })
    const { taskName, subject } = filter ?? {}
    const keys = subject === undefined ? undefined : keysOfSubject(subject)
    const scheduled = await this.calls.call('getScheduled', [taskName, keys])
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
   * logged and its context is done; it may have rescheduled itself before. The consumer ends with its queue.
   * @throws {QueueError} when there is no such queue.
   */
  async consume<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, TaskScheduler<Q>>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Consumer> {
    checkVerbOptions('consume', options, { signal: 'signal' })
    await this.isEmptyQueue(taskName)
    const consumer = this.startConsumer(taskName, handler)
    options?.signal?.addEventListener('abort', () => void consumer.stop(), { once: true })
    if (options?.signal?.aborted) void consumer.stop()
    return consumer
  }

  /**
   * Calls a listener at every event of a name, wherever it happened. Gives a function that ends it.
   * A listener that throws is logged and harms nobody.
   */
  on<N extends EventName>(name: N, listener: (payload: SchedulerEvents[N]) => void): () => void {
    if (!isEventName(name) || typeof listener !== 'function') {
      throw new OptionsError(
        `Expected an event and a listener, got ${shown(name)} and ${shown(listener)}.`,
      )
    }
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

  /** Has the server stop for everybody; it waits so long for what is taken. */
  protected async stopServer(waitMs: number): Promise<StopReport> {
    // The deadline is on the scheduler's clock, and nobody may move a fake one any more.
    const overdue = setTimeout(() => this.hastenStop(0), waitMs)
    try {
      return await this.calls.call('stop', [this.#deadline(waitMs)])
    } finally {
      clearTimeout(overdue)
    }
  }

  /** Has a server that is stopping wait no longer than so long. */
  protected hastenStop(waitMs: number): void {
    this.calls.tell('stop', this.#deadline(waitMs))
  }

  protected getArguments(taskName: string, options: GetOptions | undefined): [string, number] {
    checkVerbOptions('getTask', options, {
      blocking: 'boolean',
      timeout: 'duration',
      signal: 'signal',
    })
    const { blocking = true, timeout } = options ?? {}
    return [queueName(taskName), blocking ? this.#deadline(timeoutMs(timeout)) : atOnce]
  }

  /** What was handed out, as an object of this thread. */
  protected context<Name extends QueueName<Q>>(delivery: WireDelivery): ContextOf<Q, Name> {
    // What comes off a queue is what its type lets on.
    return unpackDelivery(delivery, this) as ContextOf<Q, Name>
  }

  protected deliveryOf(value: unknown): number {
    const context = contextOf(value)
    const { delivery, scheduler } = stateOf(context)
    if (delivery !== null && scheduler === this) return delivery
    throw new ContextTypeError(
      `Expected the context that getTask of this scheduler gave, got another object for context ${context.id}.`,
    )
  }

  protected startConsumer<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, TaskScheduler<Q>>,
  ): Consumer {
    if (typeof handler !== 'function') {
      throw new OptionsError(
        `Expected the handler of '${taskName}' to be a function, got ${shown(handler)}.`,
      )
    }
    return new Consumer(taskName, (signal) => this.#work(taskName, handler, signal))
  }

  async #work<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, TaskScheduler<Q>>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const context of this.tasks(taskName, { signal })) {
        const call = (aborted: AbortSignal): unknown =>
          handler(context, { signal: aborted, scheduler: this })
        await this.#atWork
          .run(this.deliveryOf(context), call)
          .catch((error: unknown) => this.#handlerThrew(context, error))
      }
    } catch (error) {
      // A consumer lives as long as its queue.
      if (!(error instanceof QueueError)) throw error
    }
  }

  #handlerThrew(context: AnyContext, error: unknown): void {
    const { id, taskName } = context
    if (context.lastError !== error) context.setLastError(error)
    const { errorCount } = context
    this.log('error', `The handler of '${taskName}' threw.`, { id, taskName, errorCount, error })
  }

  async #add(
    contexts: readonly AnyContext[],
    options: AddOptions | undefined,
  ): Promise<AddResult[]> {
    checkVerbOptions('addTask', options, {
      blocking: 'boolean',
      timeout: 'duration',
      signal: 'signal',
    })
    const { blocking = false, timeout, signal } = options ?? {}
    const deadline = this.#deadline(timeoutMs(timeout))
    const packed = contexts.map((context) => packContext(contextOf(context), this.#clock))
    const states = contexts.map((context) => stateOf(context))
    // At once, so that a context may be rescheduled before the answer is here.
    for (const state of states) state.scheduler = this
    try {
      const tasks = noTasks()
      for (const { task } of packed) pushTask(tasks, task)
      const args: [typeof tasks, number] = [tasks, blocking ? deadline : atOnce]
      const results = await this.calls.call('addTasks', args, { signal, waits: blocking })
      for (const [index, state] of states.entries()) {
        state.scheduler = state.takenBy = this
        state.dueMs = packed[index]?.dueMs ?? Number.NaN
      }
      return unpackResults(results)
    } catch (error) {
      for (const state of states) state.scheduler = state.takenBy
      throw error
    }
  }

  /** So many milliseconds from now, on the scheduler's time line. */
  #deadline(ms: number): number {
    return this.#clock.now() + ms
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
        const known = error === null ? details : { ...details, error: decodeError(error) }
        this.#logger?.[level](message, known)
        break
      }
      case 'ended':
        this.end(SchedulerError.from(decodeError(push.error)))
    }
  }
}

function contextOf(value: unknown): AnyContext {
  if (ScheduledTaskContext.isContext(value)) return value
  throw new ContextTypeError(`Expected a ScheduledTaskContext, got ${shown(value)}.`)
}
