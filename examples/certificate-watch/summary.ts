import type { SchedulerStats } from 'scheduler-thread'
import type { Snapshot } from './snapshot.ts'
import { counted, milliseconds, minute, printable, remaining } from './text.ts'

const yearMs = 365.25 * 86_400_000
/** So many are named even when none expires soon, and so many at most. */
const leastNamed = 5
const mostNamed = 20

/** What came of it, in figures that a reader can check: with a command where Node.js itself knows the answer. */
export function summary(snapshot: Snapshot, verifiable: boolean): string {
  const sections = [checks(snapshot), expiry(snapshot), watch(snapshot), accounts(snapshot)]
  return sections
    .map(({ lines, verify }) => [...lines, ...(verifiable && verify ? [command(verify)] : [])])
    .map((lines) => lines.map(printable).join('\n'))
    .join('\n\n')
}

/** Whether all that was added is somewhere, as the scheduler counts it and as the reports do. */
export function balances({ stats, findings: { total, rescheduled, reports } }: Snapshot): boolean {
  const { added } = stats.totals
  return added === sum(Object.values(places(stats))) && added === total + rescheduled + reports
}

/** Where the contexts are: every one is in one of these states. */
function places({ queues, totals }: SchedulerStats): Record<string, number> {
  const { done, cancelled, dropped } = totals
  const all = Object.values(queues)
  return {
    done,
    cancelled,
    dropped,
    scheduled: sum(all.map(({ scheduled }) => scheduled)),
    parked: sum(all.map(({ parked }) => parked)),
    queued: sum(all.map(({ queued }) => queued)),
    taken: sum(all.map(({ taken }) => taken)),
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((left, right) => left + right, 0)
}

interface Section {
  readonly lines: readonly string[]
  /** A JavaScript expression that gives the section's main figure. */
  readonly verify?: string
}

function command(expression: string): string {
  return `  verify with: node -p "${expression}"`
}

function checks({ findings, what, origin, threads, elapsedSeconds, at, stats }: Snapshot): Section {
  const { checked, total, firstChecks, unreadable } = findings
  const shares = firstChecks.map(([, count]) => count).join(' + ')
  const late = stats.queues['check']?.lateness
  const lines = [
    `checked ${checked} of ${total} ${what} in ${counted(threads, 'worker thread')} (${shares})`,
    `  of ${origin}, in ${elapsedSeconds.toFixed(1)} s, until ${minute(at)}`,
  ]
  if (late) {
    const { p50, p99, max, count } = late
    lines.push(
      `  lateness of ${counted(count, 'check')}: p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, max ${milliseconds(max)}`,
    )
  }
  if (unreadable.length > 0) lines.push(`no certificate: ${unreadable.length}`)
  lines.push(...unreadable.map((each) => `  ${each}`))
  return { lines, verify: 'tls.rootCertificates.length' }
}

function expiry({ findings, at }: Snapshot): Section {
  const all = findings.byExpiry()
  const within = (ms: number): number =>
    all.filter(({ validTo }) => validTo.getTime() - at.getTime() < ms).length
  const expired = within(0)
  const soon = within(yearMs)
  const named = all.slice(0, Math.min(mostNamed, Math.max(leastNamed, soon)))
  const lines = [
    `expired or expiring within a year: ${soon}, expired: ${expired}; the first to expire:`,
    ...named.map(
      ({ name, validTo }) => `  ${minute(validTo)}  ${remaining(validTo, at).padEnd(8)}  ${name}`,
    ),
  ]
  const validTo = 'Date.parse(new crypto.X509Certificate(pem).validTo)'
  const verify = `tls.rootCertificates.filter((pem) => ${validTo} < Date.now() + ${yearMs}).length`
  return { lines, verify }
}

function watch({ findings, distrusted, coming }: Snapshot): Section {
  const next = coming[0]
  const lines = [`rescheduled: ${findings.rescheduled}, each at half of the remaining life`]
  if (next) {
    const name = findings.nameOf(String(next.subject))
    lines.push(`still scheduled: ${coming.length}, the first at ${minute(next.dueAt)}`, `  ${name}`)
  }
  if (distrusted) {
    const { issuer, certificates, cancelled } = distrusted
    lines.push(
      `cancelled by subject: ${cancelled}, the next checks of the ${certificates} that ${issuer} signed`,
    )
  }
  // A name that means something to a shell or in a pattern is not put into a command.
  if (!distrusted || !/^[\w -]+$/.test(distrusted.issuer)) return { lines }
  const matches = `/^O=.*${distrusted.issuer}/im.test(new crypto.X509Certificate(pem).issuer)`
  return { lines, verify: `tls.rootCertificates.filter((pem) => ${matches}).length` }
}

function accounts(snapshot: Snapshot): Section {
  const { stats, findings } = snapshot
  const { total, rescheduled, reports } = findings
  const states = Object.entries(places(stats)).filter(([, count]) => count > 0)
  const lines = [
    `contexts added: ${stats.totals.added}`,
    `  = ${states.map(([state, count]) => `${count} ${state}`).join(' + ')}`,
    `  = ${total} first checks + ${rescheduled} rescheduled + ${reports} reports`,
  ]
  if (!balances(snapshot)) lines.push('These figures do not balance: a context was lost.')
  return { lines }
}
