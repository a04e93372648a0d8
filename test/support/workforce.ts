import type { Worker } from 'node:worker_threads'
import { ScheduledTaskContext, SchedulerThread, type WorkerGroup } from '../../src/index.ts'
import type { MortalTask } from '../fixtures/mortal.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import { fixture, startOwnThread } from './own-thread.ts'
import { RecordingLogger } from './recording-logger.ts'
import { CloseWatch } from './thread-life.ts'
import { mortalLimits, origins, ways, type Origin } from './ways-of-dying.ts'

export const ownThreads = 2
export const groupThreads = 2
const threads = ownThreads + groupThreads
const unknownLife = -1

/** One death, put together from what the dying thread, the watcher and the next taker wrote; times are the ledger's. */
export interface Death {
  readonly way: number
  readonly origin: Origin
  readonly task: number
  readonly diedAt: number
  readonly closedAt: number
  readonly takenAgainAt: number
}

/**
 * Four mortal workers on one queue, one task at a time each: two threads of the test's own, which it starts again
 * when they die, and two of `startWorkers`.
 */
export class Workforce implements AsyncDisposable {
  readonly ledger: Ledger
  readonly logger: RecordingLogger = new RecordingLogger()
  readonly scheduler: SchedulerThread<{ work: MortalTask }>
  /** How many own threads the test has started. */
  ownStarts = 0
  readonly #watch: CloseWatch
  /** The test's own threads that live, with their exit codes to come. */
  readonly #own = new Map<Worker, Promise<number>>()
  #group: WorkerGroup | null = null
  #ending = false

  private constructor(watch: CloseWatch) {
    this.ledger = watch.ledger
    this.#watch = watch
    this.scheduler = new SchedulerThread<{ work: MortalTask }>({
      queues: ['work'],
      logger: this.logger,
    })
  }

  static async start(tasks: number): Promise<Workforce> {
    const force = new Workforce(await CloseWatch.start(tasks * 3))
    await force.scheduler.start()
    force.#group = await force.scheduler.startWorkers(fixture('mortal'), {
      threads: groupThreads,
      maxRestarts: 1000,
      resourceLimits: mortalLimits,
    })
    for (let thread = 0; thread < ownThreads; thread++) force.#startOwn()
    return force
  }

  /** Adds tasks of these numbers. */
  async add(numbers: readonly number[], deadly?: (task: number) => 0 | 1 | null): Promise<void> {
    await this.scheduler.addTasks(
      numbers.map((task) => {
        const round = deadly?.(task) ?? null
        const attributes = round === null ? { task } : { task, deadly: round }
        return new ScheduledTaskContext('work', task, undefined, attributes)
      }),
    )
  }

  /** Resolves when all threads, those in the place of the dead too, wait for work. */
  async idle(): Promise<void> {
    await this.ledger.until('born', threads + this.kills)
    while ((await this.waiting()) < threads);
  }

  /** How many threads have died. */
  get kills(): number {
    return this.ledger.count('dying')
  }

  /** How many wait for work. */
  async waiting(): Promise<number> {
    const { queues } = await this.scheduler.stats()
    return queues['work']?.consumers ?? 0
  }

  /** Ends the own thread that has lived for the longest, whatever it does at the moment. */
  terminateOne(): void {
    const [oldest] = this.#own.keys()
    if (!oldest) return
    this.#own.delete(oldest)
    this.ledger.write('dying', unknownLife)
    void oldest.terminate()
  }

  /** Ends the workers of the group. */
  async endGroup(): Promise<void> {
    await this.#group?.stop()
  }

  /** Stops the scheduler; gives the exit codes of the own threads that were left. */
  async end(): Promise<number[]> {
    this.#ending = true
    const left = [...this.#own.values()]
    await this.scheduler.stop()
    return Promise.all(left)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
    await this.#watch[Symbol.asyncDispose]()
  }

  /** How many threads of a kind have lived. */
  lives(origin: Origin): number {
    return this.ledger.of('born').filter(({ value }) => origins[value] === origin).length
  }

  /** The deaths that the ledger knows of, in order. */
  deaths(): Death[] {
    const entries = this.ledger.entries()
    const born = new Map<number, LedgerEntry>()
    const closed = new Map<number, LedgerEntry>()
    const again = new Map<number, LedgerEntry>()
    for (const entry of entries) {
      if (entry.event === 'born') born.set(entry.life, entry)
      if (entry.event === 'closed') closed.set(entry.life, entry)
      if (entry.event === 'started' && entry.value === 2) again.set(entry.task, entry)
    }
    return entries
      .filter(({ event }) => event === 'dying')
      .map(({ value, life, task, at }) => ({
        way: value,
        origin: origins[born.get(life)?.value ?? -1] ?? 'own',
        task,
        diedAt: at,
        closedAt: closed.get(life)?.at ?? Number.NaN,
        takenAgainAt: again.get(task)?.at ?? Number.NaN,
      }))
  }

  #startOwn(): void {
    this.ownStarts++
    const options = { resourceLimits: mortalLimits }
    const { worker, exited } = startOwnThread(this.scheduler, 'mortal-loop', options)
    this.#own.set(worker, exited)
    worker.on('message', ({ life, task }: { life: number; task: number }) => {
      this.ledger.write('dying', life, task, ways.indexOf('terminate'))
      void worker.terminate()
    })
    worker.on('exit', () => {
      this.#own.delete(worker)
      if (!this.#ending) this.#startOwn()
    })
  }
}
