import { styleText } from 'node:util'
import type { QueueStats } from 'scheduler-thread'
import type { Snapshot } from './snapshot.ts'
import { counted, day, fit, milliseconds, remaining, when } from './text.ts'

export interface FrameSize {
  readonly columns: number
  readonly rows: number
  readonly colors: boolean
}

type Style = Parameters<typeof styleText>[0]

/** From here on the two lists stand side by side. */
const wideColumns = 120
const gap = '   '

const queueColumns: readonly [string, (queue: QueueStats) => string][] = [
  ['scheduled', ({ scheduled }) => String(scheduled)],
  ['parked', ({ parked }) => String(parked)],
  ['queued', ({ queued }) => String(queued)],
  ['taken', ({ taken }) => String(taken)],
  ['done', ({ done }) => String(done)],
  ['late p50', ({ lateness }) => milliseconds(lateness.p50)],
  ['late p99', ({ lateness }) => milliseconds(lateness.p99)],
  // What follows is for wide screens.
  ['late max', ({ lateness }) => milliseconds(lateness.max)],
  ['consumers', ({ consumers }) => String(consumers)],
  ['bounded to', ({ maxSize }) => (maxSize === 0 ? 'no limit' : String(maxSize))],
]

/**
 * A screen full of what there is to see: lines that fit, with a margin of one column on either side, so that none
 * reaches the last column, where terminals differ about what comes next.
 */
export function frame(snapshot: Snapshot, { columns, rows, colors }: FrameSize): string[] {
  const width = Math.max(20, columns - 2)
  const paint = (style: Style, text: string): string => (colors ? styleText(style, text) : text)
  const head = [
    paint('bold', fit(headline(snapshot), width)),
    ...progress(snapshot, width, paint),
    '',
    ...queues(snapshot, width, paint),
    '',
    fit(`threads     ${perThread(snapshot)}`, width),
    fit(`distrusted  ${distrust(snapshot)}`, width),
    '',
  ]
  const height = rows - head.length - 2
  const lists =
    columns >= wideColumns
      ? sideBySide(snapshot, width, height, paint)
      : stacked(snapshot, width, height, paint)
  const foot = paint('dim', fit('Ctrl-C ends it', width))
  return [...head, ...lists, '', foot].slice(0, rows).map((line) => ` ${line}`)
}

function headline({ what, origin, threads }: Snapshot): string {
  return `${what} of ${origin}, checked in ${counted(threads, 'worker thread')}`
}

type Paint = (style: Style, text: string) => string

function progress({ findings, elapsedSeconds }: Snapshot, width: number, paint: Paint): string[] {
  const { checked, total, complete } = findings
  const text = ` ${checked} of ${total} checked, ${elapsedSeconds.toFixed(1)} s`.padStart(30)
  const room = Math.max(0, width - text.length)
  const filled = Math.floor((room * checked) / total)
  const bar = '█'.repeat(filled) + paint('dim', '░'.repeat(room - filled))
  return [paint(complete ? 'green' : 'cyan', bar) + text]
}

function queues({ stats }: Snapshot, width: number, paint: Paint): string[] {
  // Whole columns only.
  const narrow = width < 8 + queueColumns.length * 12
  const shown = queueColumns.slice(0, narrow ? 7 : undefined)
  const row = (name: string, cells: string[]): string =>
    fit(name.padEnd(8) + cells.map((cell) => cell.padStart(narrow ? 10 : 12)).join(''), width)
  const titles = shown.map(([title]) => title)
  const lines = Object.entries(stats.queues).map(([name, queue]) => {
    const cells = shown.map(([, cell]) => cell(queue))
    return row(name, cells)
  })
  return [paint('dim', row('queue', titles)), ...lines]
}

function perThread({ findings: { firstChecks } }: Snapshot): string {
  const counts = firstChecks.map(([threadId, count]) => `thread ${threadId} checked ${count}`)
  return counts.join(', ') || 'none has reported yet'
}

function distrust({ distrusted, findings }: Snapshot): string {
  if (!distrusted) return `nobody until all ${findings.total} are checked`
  const { issuer, certificates, cancelled } = distrusted
  return `${issuer}: ${cancelled} of ${certificates} next checks cancelled by subject`
}

function stacked(snapshot: Snapshot, width: number, height: number, paint: Paint): string[] {
  const below = Math.floor(height * 0.45)
  return [
    ...coming(snapshot, width, height - below - 1, paint),
    '',
    ...expiring(snapshot, width, below, paint),
  ]
}

function sideBySide(snapshot: Snapshot, width: number, height: number, paint: Paint): string[] {
  const right = Math.floor((width - gap.length) / 2)
  const left = width - gap.length - right
  const leftLines = coming(snapshot, left, height, paint)
  const rightLines = expiring(snapshot, right, height, paint)
  return leftLines.map((line, index) => line + gap + (rightLines[index] ?? ''))
}

function coming(
  { coming: all, findings, at }: Snapshot,
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const lines = all.slice(0, Math.max(0, height - 1)).map(({ subject, dueAt, parked }) => {
    const fingerprint = String(subject)
    const name = findings.nameOf(fingerprint)
    const time = parked ? 'waits for room' : when(dueAt, at)
    return `${fit(time, 20)}  ${fit(name, width - 33)}  ${fingerprint.slice(0, 8)}…`
  })
  return list(`coming checks (${all.length})`, lines, width, height, paint)
}

function expiring(
  { findings, at }: Snapshot,
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const lines = findings
    .byExpiry()
    .slice(0, Math.max(0, height - 1))
    .map(({ name, validTo }) => {
      const left = remaining(validTo, at)
      const line = `${day(validTo)}  ${fit(left, 8)}  ${fit(name, width - 22)}`
      if (left === 'expired') return paint('red', line)
      return left.includes('year') ? line : paint('yellow', line)
    })
  return list('first to expire', lines, width, height, paint)
}

/** A title and its lines, always of the same height: nothing below them moves. */
function list(
  title: string,
  lines: string[],
  width: number,
  height: number,
  paint: Paint,
): string[] {
  if (height < 1) return []
  const blank = ' '.repeat(width)
  const filler = Array.from({ length: height - 1 - lines.length }, () => blank)
  return [paint('bold', fit(title, width)), ...lines, ...filler]
}
