import { setTimeout as sleep } from 'node:timers/promises'
import { ScheduledTaskContext, SchedulerThread, type Logger } from 'scheduler-thread'
import { sweepLeftovers } from './atomic-file.ts'
import type { Display } from './display.ts'
import { reasonOf } from './failures.ts'
import { Finder } from './finder.ts'
import { Journal } from './journal.ts'
import type { DaemonOptions } from './options.ts'
import { noFailures, type FoundFile, type LogEntry, type StapleQueues } from './queues.ts'
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
  const { directories, out, settings } = options
  const startedAt = Date.now()
  const finder = new Finder(directories, out)
  const journal = new Journal()
  await Promise.all([...directories, ...(out === null ? [] : [out])].map(sweepLeftovers))

  await using scheduler = new SchedulerThread<StapleQueues>({
    queues: queueNames,
    logger: loggerTo(display),
  })
  const worker = (name: string, threads: number) =>
    scheduler.startWorkers(new URL(`./${name}-worker.js`, import.meta.url), { threads })
  const groups = await Promise.all([
    // One thread, since it remembers the authorities of a directory.
    worker('parse', 1),
    worker('renew', options.renewalThreads),
    ...(settings.haproxySocket === null ? [] : [worker('proxy', 1)]),
  ])

  await scheduler.consume('log', ({ subject, attributes }) => {
    note(String(subject), attributes)
  })
  const finding = await scheduler.consume('find', async (context) => {
    const began = Date.now()
    try {
      await find()
    } catch (error) {
      note(directories.join(', '), { level: 'error', message: reasonOf(error) })
    }
    // From start to start: a look that took longer than the interval is followed by the next at once.
    const next = new Date(began + options.refreshInterval * 1000)
    if (!settings.oneOff) await context.reschedule(next)
  })

  function note(path: string, entry: LogEntry): void {
    journal.add(path, entry)
    const told = entry.level === 'warning' || entry.level === 'error'
    if (told || options.verbose) display.say(entry.level, entry.message, path)
  }

  async function find(): Promise<void> {
    const { round, appeared, changed, disappeared, problems } = await finder.look()
    for (const { path, reason } of problems) note(path, { level: 'error', message: reason })
    await Promise.all([...disappeared, ...changed.map(({ path }) => path)].map(forget))
    await scheduler.addTasks([...appeared, ...changed].map((file) => parsing(file, round)))
  }

  /** A certificate is the subject of its contexts: one call finds them, in whatever queue and state. */
  async function forget(path: string): Promise<void> {
    journal.forget(path)
    const cancelled = await scheduler.cancelBySubject(path, { queued: true, running: 'abort' })
    note(path, { level: 'info', message: `changed or gone; cancelled by subject: ${cancelled}` })
  }

  function parsing(
    file: FoundFile,
    round: number,
  ): ScheduledTaskContext<'parse', StapleQueues['parse']> {
    const work = { file, round, settings, failures: noFailures }
    return new ScheduledTaskContext('parse', file.path, null, work, { id: `parse ${file.path}` })
  }

  async function snapshot(): Promise<Snapshot> {
    const [stats, renewals] = await Promise.all([
      scheduler.stats(),
      scheduler.getScheduled({ taskName: 'renew' }),
    ])
    const at = new Date()
    const elapsedSeconds = (at.getTime() - startedAt) / 1000
    const { size: files } = finder
    const threads = groups.reduce((sum, group) => sum + group.threads, 0)
    return {
      at,
      elapsedSeconds,
      where: directories.join(', '),
      files,
      threads,
      stats,
      renewals,
      journal,
    }
  }

  /** Resolves when a one-off run has nothing left to do: a context adds the next one before it is done. */
  async function finished(): Promise<void> {
    do {
      for (const taskName of queueNames) await scheduler.join(taskName, { signal: ending })
      if (isIdle(await scheduler.stats())) return
    } while (await sleep(retryPeriodMs, true, { signal: ending }))
  }

  const over = new AbortController()
  const ending = AbortSignal.any([enough, over.signal])
  const failed = (error: unknown): void => over.abort(error)
  for (const { closed } of groups) closed.catch(failed)
  await scheduler.addTask(new ScheduledTaskContext('find', null))
  await scheduler.start()
  if (settings.oneOff) finished().then(() => over.abort(), failed)
  while (!ending.aborted) {
    display.show(await snapshot())
    await sleep(display.periodMs, null, { signal: ending }).catch(() => null)
  }

  // What is being worked on is finished and reported, so that the figures at the end are all of one moment.
  await Promise.race([
    Promise.all([finding, ...groups].map((each) => each.stop())),
    sleep(grace * 1000, null, { ref: false }),
  ])
  await scheduler.join('log', { timeout: grace })
  const last = await snapshot()
  display.show(last)
  return last
}

/** Warnings of the scheduler, such as a worker thread that died, belong among those of the daemon. */
function loggerTo(display: Display): Logger {
  const ignore = (): void => undefined
  return {
    debug: ignore,
    info: ignore,
    warn: (message) => display.say('warning', message),
    error: (message) => display.say('error', message),
  }
}
