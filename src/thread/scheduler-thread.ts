import type { WorkerOptions } from 'node:worker_threads'
import {
  OptionsError,
  SchedulerLostError,
  SchedulerStoppedError,
  type SchedulerError,
} from '../core/errors.ts'
import type { AnyQueues, QueueName, QueueTypes } from '../core/task-scheduler.ts'
import { SchedulerClient } from './client.ts'
import { reconfiguration } from './configure.ts'
import { clockHandle } from './clock-handle.ts'
import type { FakeClock } from './fake-clock.ts'
import type { Logger } from './logger.ts'
import {
  checkStartWorkers,
  checkThreadOptions,
  stopWaitMs,
  type SchedulerThreadOptions,
  type StartWorkersOptions,
  type StopOptions,
} from './options.ts'
import { PortLink } from './port-link.ts'
import type { StopReport } from './protocol.ts'
import { systemClock } from './system-clock.ts'
import type { FromSupervisor } from './supervisor-protocol.ts'
import { Threads } from './threads.ts'
import { decodeError } from './wire-error.ts'
import { WatchedGroup, type WorkerGroup } from './worker-group.ts'

/**
 * A scheduler with a thread of its own: on time while this thread's loop is blocked.
 *
 * Its thread is created with the object, and every verb works at once; what `start()` starts is the releasing of what
 * is due. `stop()`, or `await using`, ends its threads.
 *
 * @example
 * const scheduler = new SchedulerThread<{ ocsp: { url: string } }>({ queues: ['ocsp'] })
 * await scheduler.start()
 * await scheduler.startWorkers(new URL('./ocsp-worker.js', import.meta.url), { threads: 2 })
 * await scheduler.addTask(new ScheduledTaskContext('ocsp', 'example.org', '10s', { url: 'http://ocsp.example.org' }))
 */
export class SchedulerThread<Q extends QueueTypes<Q> = AnyQueues>
  extends SchedulerClient<Q>
  implements AsyncDisposable
{
  readonly #threads: Threads
  readonly #logger: Logger
  readonly #fakeClock: FakeClock | null
  readonly #groups = new Map<number, WatchedGroup>()
  #lastGroup = 0
  #running = false
  #stopping: Promise<StopReport> | null = null

  /** @throws {OptionsError | QueueError} for options that are not what they should be, or unknown. */
  constructor(options: SchedulerThreadOptions<NoInfer<QueueName<Q>>> = {}) {
    const checked = checkThreadOptions(options)
    const { logger, clock, unref, timezone } = checked
    const threads = new Threads(
      { ...checked, clock: clockHandle(clock) },
      (cause) => this.#lost(cause),
      (message) => this.#receive(message),
    )
    const { port, bell } = threads.connectOwner()
    super(new PortLink(port, threads.bell, bell), {
      clock: clock ?? systemClock,
      timezone,
      logger,
      unref,
    })
    this.#threads = threads
    this.#logger = logger
    this.#fakeClock = clock
    clock?.attach(this)
  }

  /** Whether it was started and neither stopped nor lost. */
  get running(): boolean {
    return this.#running
  }

  /**
   * Before `start`: adds queues, all or none, and sets `jobDefaults` for the jobs that are added from then on, of settings
   * such as the function `configure` reads.
   * @throws {SchedulerRunningError} once it was started; {QueueError} for a queue that is there; as `configure`.
   * Source: APScheduler's `configure`, "any time before start".
   */
  async configure(
    settings: Readonly<Record<string, unknown>>,
    prefix?: string | null,
  ): Promise<this> {
    const { queues, defaults } = reconfiguration(settings, prefix)
    await this.calls.call('configure', [queues, defaults])
    return this
  }

  /** From now on, what is due is released. Calling it again does nothing. @throws {SchedulerStoppedError} after `stop`. */
  async start(): Promise<this> {
    if (this.#stopping) throw new SchedulerStoppedError('The scheduler was stopped.')
    await this.calls.call('start', [])
    this.#running = !this.calls.ended
    return this
  }

  /**
   * Starts, and resolves when no job is left or the scheduler was stopped: for a program that does nothing else. It does
   * not stop the scheduler. Source: APScheduler's `standalone` mode and `BlockingScheduler`.
   */
  async run(): Promise<void> {
    await this.start()
    await this.untilNoJob()
  }

  /**
   * Hands nothing out any more, waits for what is being worked on, and ends the threads. Resolves with what was left;
   * contexts that were still worked on after `timeout` are named there. Calling it again gives the same report, and
   * shortens the waiting if it asks for less.
   */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    const waitMs = stopWaitMs(options)
    if (this.#stopping) this.hastenStop(waitMs)
    this.#stopping ??= this.#stop(waitMs)
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Options for a `new Worker(file, ...)` of your own: the connection goes into `workerData.scheduler`, where
   * `connect()` finds it. Call it once for each worker, right before you start it: an unused connection stays open. When that worker dies, what it held goes back to its queue.
   */
  workerOptions(options: WorkerOptions = {}): WorkerOptions {
    if (this.calls.ended) throw this.calls.ended
    const { workerData = {} } = options as { readonly workerData?: unknown }
    if (typeof workerData !== 'object' || workerData === null || Array.isArray(workerData)) {
      throw new OptionsError(
        'Expected workerData to be an object: the connection is put beside what is in it.',
      )
    }
    const { connection, transferList } = this.#threads.connect()
    return {
      ...options,
      workerData: { ...workerData, scheduler: connection },
      transferList: [...(options.transferList ?? []), ...transferList],
    }
  }

  /**
   * Starts worker threads on a file that exports a handler per task name, or works with `connect()` itself. Resolves
   * when each has loaded it. A thread that dies is replaced, also while this thread's loop is blocked.
   * @throws what the file threw, when it does not load; {QueueError} for a handler without a queue.
   */
  async startWorkers(file: URL | string, options: StartWorkersOptions = {}): Promise<WorkerGroup> {
    const groupOptions = checkStartWorkers(file, options)
    if (this.calls.ended) throw this.calls.ended
    const group = ++this.#lastGroup
    const workers = new WatchedGroup(groupOptions.threads, () => {
      this.#threads.tellSupervisor({ type: 'stopGroup', group, graceMs: stopWaitMs({}) })
      this.#threads.keepAliveUntil(workers.closed)
    })
    this.#groups.set(group, workers)
    this.#threads.tellSupervisor({ type: 'startGroup', group, options: groupOptions })
    this.#threads.keepAliveUntil(workers.loaded)
    await workers.loaded
    return workers
  }

  async #stop(waitMs: number): Promise<StopReport> {
    this.#running = false
    let report: StopReport = { scheduled: 0, parked: 0, queued: 0, taken: [] }
    try {
      report = await this.stopServer(waitMs)
    } catch (error) {
      // Its thread is gone, and what was in it: there is nothing left to report.
      if (!(error instanceof SchedulerLostError)) throw error
    }
    if (report.taken.length > 0) {
      this.#logger.warn('Stopped while contexts were still being worked on.', {
        taken: report.taken,
      })
    }
    await this.#end(
      new SchedulerStoppedError('The scheduler was stopped.'),
      report.taken.length > 0 ? 0 : waitMs,
    )
    return report
  }

  /** A thread of ours died: nothing will be answered any more. */
  #lost(cause: Error | undefined): void {
    const reason = cause === undefined ? '' : `: ${cause.message}`
    const error = new SchedulerLostError(`A thread of the scheduler died${reason}.`, { cause })
    this.#running = false
    this.end(error)
    this.#logger.error(error.message, { error })
    void this.#end(error, 0)
  }

  async #end(error: SchedulerError, graceMs: number): Promise<void> {
    this.#fakeClock?.detach(this)
    await this.#threads.end(graceMs)
    this.end(error)
    for (const group of this.#groups.values())
      group.end(error instanceof SchedulerStoppedError ? null : error)
    this.#groups.clear()
  }

  #receive(message: FromSupervisor): void {
    if (message.type === 'workerDied') {
      const { thread, replaced } = message
      const error = decodeError(message.error)
      const what = replaced ? 'died and is replaced' : 'died and is not replaced any more'
      this.#logger[replaced ? 'warn' : 'error'](
        `Worker thread ${thread} ${what}: ${error.message}`,
        { error },
      )
      return
    }
    this.#groups.get(message.group)?.receive(message)
    if (message.type === 'groupEnded') this.#groups.delete(message.group)
  }
}
