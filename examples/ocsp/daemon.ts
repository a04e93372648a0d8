import { setTimeout as sleep } from 'node:timers/promises'
import {
  ScheduledTaskContext,
  SchedulerThread,
  type Logger,
  type WorkerGroup,
} from 'scheduler-thread'
import { sweepLeftovers } from './atomic-file.ts'
import type { Display } from './display.ts'
import { reasonOf } from './failures.ts'
import { Finder } from './finder.ts'
import { Journal } from './journal.ts'
import type { DaemonOptions } from './options.ts'
import { noFailures, type LogEntry, type StapleQueues } from './queues.ts'
import { isIdle, type Snapshot } from './snapshot.ts'

const queueNames = ['find', 'parse', 'renew', 'proxy-add', 'log'] as const
/** How often a one-off run whose retries are to come looks whether they are over. */
const retryPeriodMs = 100
/** How long what is at work when it ends may take, in seconds. */
const grace = 5

/**
 * Keeps the staples of certificates fresh.
 *
 *     find ──▶ parse ──▶ renew ──▶ proxy-add
 *      ↺        ↺         ↺          ↺           each is tried again, find and renew go on for ever
 *
 * Runs until `enough` is aborted or, in one-off mode, until nothing is left to do. Gives the state at the end.
 */
export async function keepStaplesFresh(
  options: DaemonOptions,
  display: Display,
  enough: AbortSignal,
): Promise<Snapshot> {
  await using daemon = new Daemon(options, display)
  return await daemon.run(enough)
}

class Daemon implements AsyncDisposable {
  readonly #options: DaemonOptions
  readonly #display: Display
  readonly #finder: Finder
  readonly #scheduler: SchedulerThread<StapleQueues>
  readonly #journal = new Journal()
  readonly #startedAt = Date.now()
  #groups: readonly WorkerGroup[] = []

  constructor(options: DaemonOptions, display: Display) {
    this.#options = options
    this.#display = display
    this.#finder = new Finder(options.directories, options.out)
    this.#scheduler = new SchedulerThread<StapleQueues>({
      queues: queueNames,
      logger: loggerTo((level, message) => this.#note({ path: 'scheduler', level, message })),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scheduler.stop({ wait: false })
  }

  async run(enough: AbortSignal): Promise<Snapshot> {
    const { directories, out, settings } = this.#options
    await Promise.all([...directories, ...(out === null ? [] : [out])].map(sweepLeftovers))
    await this.#startWorkers()
    await this.#scheduler.consume('log', ({ attributes }) => this.#note(attributes))
    const finding = await this.#scheduler.consume('find', async (context) => {
      const began = performance.now()
      await this.#find()
      // From start to start: a look that took longer than the interval is followed by the next at once.
      const next = settings.refreshInterval - (performance.now() - began) / 1000
      if (!settings.oneOff) await context.reschedule(Math.max(0, next))
    })

    const over = new AbortController()
    const ending = AbortSignal.any([enough, over.signal])
    const failed = (error: unknown): void => {
      const message = reasonOf(error)
      if (!ending.aborted) this.#note({ path: 'daemon', level: 'error', message })
      over.abort()
    }
    for (const { closed } of this.#groups) closed.catch(failed)
    await this.#scheduler.addTask(new ScheduledTaskContext('find', null))
    await this.#scheduler.start()
    if (settings.oneOff) this.#finished(ending).then(() => over.abort(), failed)
    while (!ending.aborted) {
      this.#display.show(await this.#snapshot())
      await sleep(this.#display.periodMs, null, { signal: ending }).catch(() => null)
    }

    // What is being worked on is finished and reported, so that the figures at the end are all of one moment.
    await Promise.race([
      Promise.all([finding, ...this.#groups].map((each) => each.stop())),
      sleep(grace * 1000, null, { ref: false }),
    ])
    await this.#scheduler.join('log', { timeout: grace })
    const last = await this.#snapshot()
    this.#display.show(last)
    return last
  }

  async #startWorkers(): Promise<void> {
    const { renewalThreads, settings } = this.#options
    const start = (name: string, threads: number): Promise<WorkerGroup> =>
      this.#scheduler.startWorkers(new URL(`./${name}-worker.js`, import.meta.url), { threads })
    this.#groups = await Promise.all([
      // One thread, since it remembers the authorities of a directory.
      start('parse', 1),
      start('renew', renewalThreads),
      ...(settings.haproxySocket === null ? [] : [start('proxy', 1)]),
    ])
  }

  /** Looks at the directories. A certificate that is new is parsed; one that is gone, or another now, is forgotten. */
  async #find(): Promise<void> {
    try {
      const { appeared, changed, disappeared, problems } = await this.#finder.look()
      for (const { path, reason: message } of problems)
        this.#note({ path, level: 'error', message })
      await Promise.all([...disappeared, ...changed.map(({ path }) => path)].map(this.#forget))
      const { settings } = this.#options
      const contexts = [...appeared, ...changed].map((file) => {
        const work = { file, settings, failures: noFailures }
        const id = `parse ${file.path}`
        return new ScheduledTaskContext('parse', file.path, null, work, { id })
      })
      await this.#scheduler.addTasks(contexts)
    } catch (error) {
      this.#note({ path: 'find', level: 'error', message: reasonOf(error) })
    }
  }

  /** A certificate is the subject of its contexts: one call finds them, in whatever queue and state. */
  readonly #forget = async (path: string): Promise<void> => {
    this.#journal.forget(path)
    const everywhere = { queued: true, running: 'abort' } as const
    const cancelled = await this.#scheduler.cancelBySubject(path, everywhere)
    const message = `changed or gone; cancelled by subject: ${cancelled}`
    this.#note({ path, level: 'info', message })
  }

  /** Resolves when a one-off run has nothing left to do: a context adds the next one before it is done. */
  async #finished(ending: AbortSignal): Promise<void> {
    do {
      for (const taskName of queueNames) await this.#scheduler.join(taskName, { signal: ending })
      if (isIdle(await this.#scheduler.stats())) return
    } while (await sleep(retryPeriodMs, true, { signal: ending }))
  }

  #note(entry: LogEntry): void {
    const { path, level, message } = entry
    this.#journal.add(entry)
    const told = level === 'warning' || level === 'error'
    if (told || this.#options.verbose) this.#display.say(level, message, path)
  }

  async #snapshot(): Promise<Snapshot> {
    const [stats, renewals] = await Promise.all([
      this.#scheduler.stats(),
      this.#scheduler.getScheduled({ taskName: 'renew' }),
    ])
    const at = new Date()
    return {
      at,
      elapsedSeconds: (at.getTime() - this.#startedAt) / 1000,
      where: this.#options.directories.join(', '),
      files: this.#finder.size,
      threads: this.#groups.reduce((sum, group) => sum + group.threads, 0),
      stats,
      renewals,
      journal: this.#journal,
    }
  }
}

/** Warnings of the scheduler, such as a worker thread that died, belong among those of the daemon. */
function loggerTo(note: (level: 'warning' | 'error', message: string) => void): Logger {
  const ignore = (): void => undefined
  return {
    debug: ignore,
    info: ignore,
    warn: (message) => note('warning', message),
    error: (message) => note('error', message),
  }
}
