/**
 * Watches certificates until they expire.
 *
 *     main thread        scheduler thread              worker threads
 *     addTasks ────────▶ check:  when each is due ───▶ parse, reschedule the next check
 *     consume ◀───────── report: as they come ◀─────── addTask
 *     cancelBySubject ─▶ no next checks of what a distrusted issuer signed
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ScheduledTaskContext, SchedulerThread, type Logger } from 'scheduler-thread'
import { openDisplay, type Display } from './certificate-watch/display.ts'
import { Findings } from './certificate-watch/findings.ts'
import { loadCertificates, type RawCertificate } from './certificate-watch/load-certificates.ts'
import { readOptions, usage, UsageError, type WatchOptions } from './certificate-watch/options.ts'
import type { WatchQueues } from './certificate-watch/queues.ts'
import type { Distrusted, Snapshot } from './certificate-watch/snapshot.ts'
import { balances, summary } from './certificate-watch/summary.ts'

/** With `--watch`, so that there is something to see; without, a year takes a year. */
const secondsPerYear = { watch: 2, once: 365.25 * 86_400 }

/** Runs until all is checked, or `enough` is aborted. Gives the state at the end. */
async function watchCertificates(
  certificates: readonly RawCertificate[],
  options: WatchOptions,
  display: Display,
  enough: AbortController,
): Promise<Snapshot> {
  const startedAt = Date.now()
  const about = { ...sourceOf(options), threads: options.threads }
  const findings = new Findings(certificates)
  let distrusted: Distrusted | null = null

  await using scheduler = new SchedulerThread<WatchQueues>({
    // Bounded, so that a burst waits in the schedule: nothing else is late because of it.
    queues: { check: { maxSize: 32 }, report: {} },
    logger: loggerTo(display),
  })
  const file = new URL('./certificate-worker.js', import.meta.url)
  const workers = await scheduler.startWorkers(file, { threads: options.threads })
  workers.closed.catch(() => enough.abort())

  await scheduler.consume('report', async ({ attributes: report }) => {
    findings.add(report)
    if (!findings.complete) return
    if (distrusted === null) {
      const issuer = options.distrust ?? findings.commonestIssuer() ?? 'nobody'
      const fingerprints = findings.issuedBy(issuer)
      distrusted = { issuer, certificates: fingerprints.length, cancelled: 0 }
      distrusted.cancelled += await stopWatching(fingerprints)
      if (!options.watch) enough.abort()
    } else if (findings.issuedBy(distrusted.issuer).includes(report.fingerprint)) {
      // It was being checked while the others were cancelled, and scheduled its next check after that.
      distrusted.cancelled += await stopWatching([report.fingerprint])
    }
  })

  /** A certificate is the subject of its checks: one call finds them, scheduled or queued. */
  async function stopWatching(fingerprints: readonly string[]): Promise<number> {
    const cancelled = fingerprints.map((each) => scheduler.cancelBySubject(each, { queued: true }))
    return (await Promise.all(cancelled)).reduce((sum, count) => sum + count, 0)
  }

  async function snapshot(): Promise<Snapshot> {
    const [stats, coming] = await Promise.all([
      scheduler.stats(),
      scheduler.getScheduled({ taskName: 'check' }),
    ])
    const at = new Date()
    const elapsedSeconds = (at.getTime() - startedAt) / 1000
    return { ...about, at, elapsedSeconds, stats, coming, findings, distrusted }
  }

  await scheduler.addTasks(firstChecks(certificates, options))
  await scheduler.start()
  while (!enough.signal.aborted) {
    display.show(await snapshot())
    await sleep(display.periodMs, null, enough).catch(() => null)
  }
  // What the workers have at hand is finished and reported, so that the figures at the end are all of one moment.
  await workers.stop()
  await scheduler.join('report', { timeout: 5 })
  return await snapshot()
}

/** The first checks, spread evenly. A time that has passed meanwhile is due at once, but waits for room. */
function firstChecks(
  certificates: readonly RawCertificate[],
  { spreadSeconds, watch }: WatchOptions,
): ScheduledTaskContext<'check', WatchQueues['check']>[] {
  const stepMs = (spreadSeconds * 1000) / certificates.length
  const start = Date.now() + stepMs
  return certificates.map(({ fingerprint, der }, index) => {
    const check = { der, secondsPerYear: secondsPerYear[watch ? 'watch' : 'once'] }
    return new ScheduledTaskContext('check', fingerprint, new Date(start + index * stepMs), check)
  })
}

/** What is checked, and where it comes from. */
function sourceOf({ directories }: WatchOptions): Pick<Snapshot, 'what' | 'origin'> {
  if (directories.length > 0) return { what: 'certificates', origin: directories.join(', ') }
  return { what: 'root certificates', origin: `Node.js ${process.version}` }
}

/** Warnings of the scheduler, such as a worker thread that died, would break the screen. */
function loggerTo(display: Display): Logger {
  const ignore = (): void => undefined
  const say = (message: string): void => display.say(message)
  return { debug: ignore, info: ignore, warn: say, error: say }
}

/** The command line: gives the exit code. */
async function main(args: string[]): Promise<number> {
  // Listened to from the start: Ctrl-C ends it cleanly, and once more at once.
  const enough = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (enough.signal.aborted ? process.exit(130) : enough.abort()))
  }
  const options = readOptions(args)
  if (options === null) {
    console.log(usage)
    return 0
  }
  const loaded = await loadCertificates(options.directories)
  for (const warning of loaded.warnings) console.error(`warning: ${warning}`)
  if (loaded.duplicates > 0) console.error(`found more than once: ${loaded.duplicates}`)
  if (loaded.certificates.length === 0) {
    console.error('There is no certificate to check.')
    return 1
  }

  const display = openDisplay()
  let last: Snapshot
  try {
    last = await watchCertificates(loaded.certificates, options, display, enough)
  } finally {
    display.close()
  }
  console.log(summary(last, options.directories.length === 0))
  return last.findings.complete && last.findings.readable > 0 && balances(last) ? 0 : 1
}

// Somebody who has seen enough, such as head, closes the pipe.
process.stdout.on('error', () => process.exit(1))
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  console.error('See npm start -- --help')
  process.exitCode = 2
}
