import { basename } from 'node:path'
import type { Outcome } from './queues.ts'
import type { Snapshot } from './snapshot.ts'
import { counted, milliseconds, printable } from './text.ts'

/** What is said at the end. */
export function summary({ stats, journal, elapsedSeconds, where }: Snapshot): string {
  const { totals, queues } = stats
  const stapled = journal.with('stapled').length
  const renewals = queues['renew']
  const lines = [
    `${counted(stapled, 'certificate')} of ${printable(where)} stapled in ${elapsedSeconds.toFixed(1)} s`,
    ...(['revoked', 'passed over', 'given up'] as const).flatMap((outcome) =>
      named(outcome, journal.with(outcome)),
    ),
    `contexts added: ${totals.added} = ${sum(stats)}`,
  ]
  if (renewals) {
    const { p50, p99 } = renewals.lateness
    lines.push(
      `renewals: ${renewals.done}, late by ${milliseconds(p50)} (p50), ${milliseconds(p99)} (p99)`,
    )
  }
  const { warning, error } = journal.counts
  lines.push(`${counted(warning, 'warning')}, ${counted(error, 'error')}`)
  return lines.join('\n')
}

function named(outcome: Outcome, paths: readonly string[]): string[] {
  if (paths.length === 0) return []
  const names = paths.slice(0, 5).map((path) => printable(basename(path)))
  const more = paths.length > names.length ? ', ...' : ''
  return [`${outcome}: ${paths.length} (${names.join(', ')}${more})`]
}

/** Where every context is: nothing is lost. */
function sum({ totals, queues }: Snapshot['stats']): string {
  const parts = {
    done: totals.done,
    cancelled: totals.cancelled,
    scheduled: 0,
    queued: 0,
    taken: 0,
  }
  for (const { scheduled, parked, queued, taken } of Object.values(queues)) {
    parts.scheduled += scheduled + parked
    parts.queued += queued
    parts.taken += taken
  }
  const shown = Object.entries(parts).filter(([, count]) => count > 0)
  return shown.map(([name, count]) => `${count} ${name}`).join(' + ')
}
