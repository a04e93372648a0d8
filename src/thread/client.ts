import type { Clock } from '../core/clock.ts'
import type { AddOptions, AddResult, ScheduledTaskContext } from '../core/context.ts'
import { timeoutMs } from '../core/duration.ts'
import { ContextTypeError, OptionsError, SchedulerError, shown } from '../core/errors.ts'
import type { EventName } from '../core/events.ts'
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
  WaitOptions,
} from '../core/task-scheduler.ts'
import type { JobScheduler } from '../jobs/job-scheduler.ts'
import { Adding } from './adding.ts'
import { ServerCalls, type ClientLink } from './calls.ts'
import { unpackSubject } from './cargo.ts'
import { Consumer, type Handler, type HandlerTools } from './consumer.ts'
import { HandlersAtWork } from './handlers-at-work.ts'
import { JobClient } from './job-client.ts'
import type { Logger } from './logger.ts'
import type { Push, StopReport } from './protocol.ts'
import { Taking } from './taking.ts'
import { taskLoop } from './task-loop.ts'
import { checkVerbOptions, contextOf, contextsOf, maxSizeOf, queueName } from './verb-options.ts'
import { decodeError, encodeError } from './wire-error.ts'
import { workLoop, type WorkSource } from './work-loop.ts'

/** Does not wait at all. */
const atOnce = -Infinity

export interface ClientOptions {
  readonly clock: Clock
  /** The time zone of triggers that name none. */
  readonly timezone: string
  /** Where the scheduler's logs go, when this client is its owner. */
  readonly logger?: Logger
  /** Waiting in `getTask`, `join` or `addTask` keeps no process alive. @default false */
  readonly unref?: boolean
}

/** The verbs for any thread: each becomes a call to the scheduler thread, and calls of one microtask go together. */
export class SchedulerClient<Q extends QueueTypes<Q> = AnyQueues>
  extends JobClient<Q>
  implements JobScheduler<Q>
{
  protected override readonly calls: ServerCalls
  protected override readonly timezone: string
  readonly #clock: Clock
  readonly #logger: Logger | null
  protected readonly taking: Taking
  readonly #adding: Adding
  readonly #atWork = new HandlersAtWork<JobScheduler<Q>>()

  constructor(link: ClientLink, options: ClientOptions) {
    super()
    this.#clock = options.clock
    this.timezone = options.timezone
    this.#logger = options.logger ?? null
    this.calls = new ServerCalls(link, (push) => this.#receive(push), options.unref)
    this.taking = new Taking(this.calls, link, this.#clock, this, ({ id, taskName }, error) =>
      this.log('error', `A context of '${taskName}' could not be unpacked.`, {
        id,
        taskName,
        error,
      }),
    )
    this.#adding = new Adding(this.calls, this.#clock, this)
  }

  override async addQueue(name: QueueName<Q>, options?: QueueOptions): Promise<void> {
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

  // Not async, as are few here: the promise of one that only hands another on costs as much as all else of an addTask.
  addTask<Name extends QueueName<Q>, Attributes extends AttributesIn<Q, Name>>(
    context: ScheduledTaskContext<Name, Attributes>,
    options?: AddOptions,
  ): Promise<AddResult> {
    return options === undefined ? this.#adding.addOne(context) : this.#addWith(context, options)
  }

  addTasks<Name extends QueueName<Q>, Attributes extends AttributesIn<Q, Name>>(
    contexts: Iterable<ScheduledTaskContext<Name, Attributes>>,
    options?: AddOptions,
  ): Promise<AddResult[]> {
    try {
      return this.#adding.addAll(contextsOf(contexts), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #addWith(context: unknown, options: AddOptions): Promise<AddResult> {
    const [result] = await this.#adding.addAll([contextOf(context)], options)
    return result ?? 'added'
  }

  async cancelTask(context: AnyContext | string, options?: CancelOptions): Promise<boolean> {
    checkVerbOptions('cancelTask', options, { queued: 'boolean' })
    const id: unknown = typeof context === 'string' ? context : contextOf(context).id
    // It was checked when the context was made, and may have been changed since.
    if (typeof id !== 'string') {
      throw new ContextTypeError(`Expected the id of a context to be a string, got ${shown(id)}.`)
    }
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
    const signal = options?.signal
    const context = this.taking.takeAtOnce(args[0], signal) ?? (await this.taking.ask(args, signal))
    // What comes off a queue is what its type lets on.
    return context as ContextOf<Q, Name>
  }

  tasks<Name extends QueueName<Q>>(
    taskName: Name,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<ContextOf<Q, Name>> {
    checkVerbOptions('tasks', options, { signal: 'signal' })
    return taskLoop(this.#source(taskName), options?.signal)
  }

  async taskDone(task: QueueName<Q> | AnyContext): Promise<void> {
    const finishing =
      typeof task === 'string'
        ? this.calls.call('finishOldest', [queueName(task)])
        : this.taking.finish(task)
    if (finishing) await finishing
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
  override async consume<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, JobScheduler<Q>>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Consumer> {
    checkVerbOptions('consume', options, { signal: 'signal' })
    await this.isEmptyQueue(taskName)
    const consumer = this.startConsumer(taskName, handler)
    // Why it ended, if it could not go on, says `closed`.
    const stop = (): void => void consumer.stop().catch(() => undefined)
    options?.signal?.addEventListener('abort', stop, { once: true })
    if (options?.signal?.aborted) stop()
    return consumer
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
  protected override log(
    level: keyof Logger,
    message: string,
    { error, ...details }: Record<string, unknown> = {},
  ): void {
    this.calls.tell('log', level, message, details, error === undefined ? null : encodeError(error))
  }

  protected override listen(name: EventName, on: boolean): void {
    this.calls.tell('listen', name, on)
  }

  protected override listenerThrew(error: unknown): void {
    this.log('error', 'A listener threw.', { error })
  }

  protected override holdAlive(): () => void {
    return this.calls.holdAlive()
  }

  /** Ends this client: whatever waits, and whatever is called later, is rejected with this. */
  protected end(error: SchedulerError): void {
    this.calls.end(error)
    this.endEvents(error)
    this.#atWork.abortAll(error)
  }

  /** Has the server stop for everybody; it waits so long for what is taken. */
  protected async stopServer(waitMs: number): Promise<StopReport> {
    this.taking.endAhead()
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

  protected startConsumer<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, JobScheduler<Q>>,
  ): Consumer {
    if (typeof handler !== 'function') {
      throw new OptionsError(
        `Expected the handler of '${taskName}' to be a function, got ${shown(handler)}.`,
      )
    }
    const source = this.#source(taskName)
    const work = (context: ContextOf<Q, Name>): Promise<void> | null => {
      const tools = this.#atWork.begin(this.taking.deliveryOf(context), this)
      let returned: unknown
      try {
        returned = handler(context, tools)
      } catch (error) {
        this.#handlerThrew(context, error)
      }
      // Nothing else can be a promise, and awaiting what is none costs more than all else here.
      if (returned !== null && (typeof returned === 'object' || typeof returned === 'function')) {
        return this.#untilDone(context, returned, tools)
      }
      this.#atWork.end(tools)
      return null
    }
    return new Consumer(taskName, (signal) => workLoop({ ...source, work }, signal))
  }

  /** Where loops over a queue take their contexts from, and finish them. */
  #source<Name extends QueueName<Q>>(taskName: Name): Omit<WorkSource<ContextOf<Q, Name>>, 'work'> {
    const { taking } = this
    const args = this.getArguments(taskName, undefined)
    return {
      takeReady: () => taking.takeReady(taskName) as ContextOf<Q, Name> | null,
      take: async (signal) =>
        (taking.takeAtOnce(taskName, signal) ?? (await taking.ask(args, signal))) as ContextOf<
          Q,
          Name
        >,
      finishReady: (context) => taking.finishStarted(context),
      finish: (context) => this.taskDone(context),
    }
  }

  /** A handler has returned something to be awaited. */
  async #untilDone(
    context: AnyContext,
    returned: unknown,
    tools: HandlerTools<JobScheduler<Q>>,
  ): Promise<void> {
    try {
      await returned
    } catch (error) {
      this.#handlerThrew(context, error)
    } finally {
      this.#atWork.end(tools)
    }
  }

  #handlerThrew(context: AnyContext, error: unknown): void {
    const { id, taskName } = context
    if (context.lastError !== error) context.setLastError(error)
    const { errorCount } = context
    this.log('error', `The handler of '${taskName}' threw.`, { id, taskName, errorCount, error })
  }

  /** So many milliseconds from now, on the scheduler's time line. */
  #deadline(ms: number): number {
    return ms === Infinity ? ms : this.#clock.now() + ms
  }

  #receive(push: Push): void {
    switch (push.type) {
      case 'abort':
        for (const delivery of push.deliveries) this.#atWork.abort(delivery)
        break
      case 'offers':
        this.taking.receive(push)
        break
      case 'event':
        this.tellListeners(push)
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
