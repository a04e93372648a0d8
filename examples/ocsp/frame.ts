import { basename } from 'node:path'
import { styleText } from 'node:util'
import type { QueueStats } from 'scheduler-thread'
import type { Snapshot } from './snapshot.ts'
import { counted, fit, milliseconds, when } from './text.ts'

interface FrameSize {
  readonly columns: number
  readonly rows: number
  readonly colors: boolean
}

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

/** From here on the two lists stand side by side. */
const wideColumns = 120
const gap = '   '

const queueColumns: readonly [string, (queue: QueueStats) => string][] = [
  ['scheduled', ({ scheduled, parked }) => String(scheduled + parked)],
  ['queued', ({ queued }) => String(queued)],
  ['taken', ({ taken }) => String(taken)],
  ['done', ({ done }) => String(done)],
  ['late p50', ({ lateness }) => milliseconds(lateness.p50)],
  ['late p99', ({ lateness }) => milliseconds(lateness.p99)],
  // What follows is for wide screens.
  ['late max', ({ lateness }) => milliseconds(lateness.max)],
  ['consumers', ({ consumers }) => String(consumers)],
]

/**
 * A screen full of what there is to see: lines that fit, with a margin of one column on either side, so that none
 * reaches the last column, where terminals differ about what comes next.
 */
export function frame(
  snapshot: Snapshot,
  messages: readonly string[],
  { columns, rows, colors }: FrameSize,
): string[] {
  const width = Math.max(20, columns - 2)
  const paint: Paint = (style, text) => (colors ? styleText(style, text) : text)
  const head = [
    paint('bold', fit(`OCSP staples of ${snapshot.where}`, width)),
    fit(progress(snapshot), width),
    '',
    ...queues(snapshot, width, paint),
    '',
  ]
  const height = rows - head.length - 2
  const lists =
    columns >= wideColumns
      ? sideBySide(snapshot, messages, width, height, paint)
      : stacked(snapshot, messages, width, height, paint)
  const foot = paint('dim', fit('Ctrl-C ends it', width))
  return [...head, ...lists, '', foot].slice(0, rows).map((line) => ` ${line}`)
}

function progress({ files, journal, threads, elapsedSeconds }: Snapshot): string {
  const outcomes = (['stapled', 'revoked', 'passed over', 'given up'] as const)
    .map((outcome) => ({ outcome, count: journal.with(outcome).length }))
    .filter(({ outcome, count }) => count > 0 || outcome === 'stapled')
  return [
    counted(files, 'file'),
    ...outcomes.map(({ outcome, count }) => `${count} ${outcome}`),
    counted(threads, 'worker thread'),
    `${elapsedSeconds.toFixed(0)} s`,
  ].join(', ')
}

function queues({ stats }: Snapshot, width: number, paint: Paint): string[] {
  // Whole columns only.
  const narrow = width < 12 + queueColumns.length * 12
  const shown = queueColumns.slice(0, narrow ? 6 : undefined)
  const row = (name: string, cells: string[]): string =>
    fit(name.padEnd(12) + cells.map((cell) => cell.padStart(narrow ? 11 : 12)).join(''), width)
  const titles = shown.map(([title]) => title)
  const lines = Object.entries(stats.queues).map(([name, queue]) => {
    const cells = shown.map(([, cell]) => cell(queue))
    return row(name, cells)
  })
  return [paint('dim', row('queue', titles)), ...lines]
}

function stacked(
  snapshot: Snapshot,
  messages: readonly string[],
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const below = Math.floor(height * 0.45)
  return [
    ...renewals(snapshot, width, height - below - 1, paint),
    '',
    ...happened(messages, width, below, paint),
  ]
}

function sideBySide(
  snapshot: Snapshot,
  messages: readonly string[],
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const right = Math.floor((width - gap.length) / 2)
  const left = width - gap.length - right
  const leftLines = renewals(snapshot, left, height, paint)
  const rightLines = happened(messages, right, height, paint)
  return leftLines.map((line, index) => line + gap + (rightLines[index] ?? ''))
}

function renewals(
  { renewals: all, at }: Snapshot,
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const lines = all.slice(0, Math.max(0, height - 1)).map(({ subject, dueAt, parked }) => {
    const time = parked ? 'waits for room' : when(dueAt, at)
    return `${fit(time, 20)}  ${fit(basename(String(subject)), width - 22)}`
  })
  return list(`next renewals (${all.length})`, lines, width, height, paint)
}

function happened(
  messages: readonly string[],
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const shown = messages.slice(-Math.max(1, height - 1)).map((message) => {
    const line = fit(message, width)
    if (message.includes(' error: ')) return paint('red', line)
    return message.includes(' warning: ') ? paint('yellow', line) : line
  })
  return list('log', shown, width, height, paint)
}

/** A title and its lines, always of the same height: nothing below them moves. */
function list(
  title: string,
  lines: readonly string[],
  width: number,
  height: number,
  paint: Paint,
): string[] {
  if (height < 1) return []
  const blank = ' '.repeat(width)
  const shown = lines.slice(0, height - 1)
  const filler = Array.from({ length: height - 1 - shown.length }, () => blank)
  return [paint('bold', fit(title, width)), ...shown, ...filler]
}
