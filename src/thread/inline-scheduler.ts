import { SchedulerStoppedError } from '../core/errors.ts'
import type { AnyQueues, QueueName, QueueTypes } from '../core/task-scheduler.ts'
import type { OccurrenceQuestion } from '../jobs/job-host.ts'
import type { ClientLink } from './calls.ts'
import { SchedulerClient } from './client.ts'
import { reconfiguration } from './configure.ts'
import { CustomTriggers } from './custom-triggers.ts'
import type { FakeClock } from './fake-clock.ts'
import { userLoader } from './loader-flags.ts'
import { OpenQuestions } from './open-questions.ts'
import {
  checkOptions,
  stopWaitMs,
  type CheckedOptions,
  type SchedulerOptions,
  type StopOptions,
} from './options.ts'
import type { FromServer, Request, StopReport } from './protocol.ts'
import type { Connection } from './connection.ts'
import { SchedulerServer } from './server.ts'
import { systemClock } from './system-clock.ts'

/** The longest that a timer takes; a longer wait is made of several. */
const longestTimerMs = 2 ** 31 - 1

/**
 * The scheduler without a thread: the same verbs, in the calling thread, and so only as punctual as its loop.
 * For tests, on a `FakeClock`, and for scripts that need no more.
 */
export class InlineScheduler<Q extends QueueTypes<Q> = AnyQueues>
  extends SchedulerClient<Q>
  implements AsyncDisposable
{
  readonly #fakeClock: FakeClock | null
  #running = false
  #stopping: Promise<StopReport> | null = null

  constructor(options: SchedulerOptions<NoInfer<QueueName<Q>>> = {}) {
    const checked = checkOptions(options)
    const { logger, clock, timezone } = checked
    const link = new InlineLink(checked)
    super(link, { clock: clock ?? systemClock, timezone, logger })
    this.#fakeClock = clock
    clock?.attach(this)
  }

  get running(): boolean {
    return this.#running
  }

  /** As `SchedulerThread.configure`. */
  async configure(
    settings: Readonly<Record<string, unknown>>,
    prefix?: string | null,
  ): Promise<this> {
    const { queues, defaults } = reconfiguration(settings, prefix)
    await this.calls.call('configure', [queues, defaults])
    return this
  }

  /** From now on, what is due is released. @throws {SchedulerStoppedError} after `stop`. */
  async start(): Promise<this> {
    if (this.#stopping) throw new SchedulerStoppedError('The scheduler was stopped.')
    await this.calls.call('start', [])
    this.#running = true
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

  /** As `SchedulerThread.stop`. */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    const waitMs = stopWaitMs(options)
    this.#running = false
    if (this.#stopping) this.hastenStop(waitMs)
    this.#stopping ??= this.stopServer(waitMs).finally(() => this.#fakeClock?.detach(this))
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** A server in the same thread: messages are calls. What becomes due is released by a timer. */
class InlineLink implements ClientLink {
  readonly #clock: FakeClock | null
  readonly #server: SchedulerServer
  readonly #triggers: CustomTriggers
  readonly #connection: Connection
  #listener: (messages: readonly FromServer[]) => void = () => undefined
  #timer: NodeJS.Timeout | null = null
  #keepAlive = false
  /** Nothing is handed ahead: asking costs nothing here. */
  readonly words = null
  readonly posted = 0

  constructor({ clock, queues, jobDefaults, triggers }: CheckedOptions) {
    this.#clock = clock
    this.#triggers = new CustomTriggers({ modules: triggers, loader: userLoader() })
    const questions = new OpenQuestions(Object.keys(triggers), (question) => this.#ask(question))
    this.#server = new SchedulerServer(clock ?? systemClock, queues, jobDefaults, questions)
    this.#connection = this.#server.connect((messages) => this.#listener(messages))
  }

  post(requests: readonly Request[]): void {
    this.#server.receive(this.#connection, requests)
    this.#pass()
  }

  ring(): void {
    this.#pass()
  }

  receive(listener: (messages: readonly FromServer[]) => void): void {
    this.#listener = listener
  }

  keepAlive(on: boolean): void {
    this.#keepAlive = on
    if (on) this.#timer?.ref()
    else this.#timer?.unref()
  }

  close(): void {
    this.#clearTimer()
    this.#triggers.close()
  }

  /** A thread of its own computes it, here too: an endless loop of the application's is not to be this thread's. */
  #ask(question: OccurrenceQuestion): void {
    this.#triggers.ask(question, (answer) => {
      this.#server.answered(question.number, answer)
      this.#pass()
    })
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #pass(): void {
    this.#server.tick()
    this.#server.flush()
    this.#clearTimer()
    const wake = this.#server.nextWake()
    if (this.#clock || wake === Infinity) return
    // A timer may fire early: the pass then finds nothing due, and sets the next.
    const ms = Math.min(Math.max(1, Math.ceil(wake - systemClock.now())), longestTimerMs)
    this.#timer = setTimeout(() => this.#pass(), ms)
    if (!this.#keepAlive) this.#timer.unref()
  }
}
