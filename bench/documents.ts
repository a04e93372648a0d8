import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shortNumber, tableOf } from './figures.ts'
import { median, percentile } from './measure.ts'
import { samplesOf, valueOf, type Measurements, type Report } from './measurements.ts'
import { svgOf, type PlotLine } from './plot.ts'
import { figureTable, goalTableOf, shownMachine, shownOutcome, shownPeers } from './report.ts'

const root = join(import.meta.dirname, '../..')

/** What the README's table of lateness shows. */
const howLateness = `Busy means that the application's loop is blocked for 5 ms in every turn. The lateness of the scheduler is measured at
the worker thread, that of \`setTimeout\` in its callback: it is one timer, set for the next time whenever it fires. A task
never begins before its time.`

/** Writes the tables of the README and of `docs/performance.md`, between their marks, and the plots. */
export function writeDocuments(report: Report, say: (line: string) => void): void {
  if (report.quick) throw new Error('Expected a full run: a quick one is no measurement.')
  const { measurements, goals, date } = report
  const where = `${shownMachine(report)}; ${date}.`
  writeBetweenMarks('README.md', {
    lateness: `${latenessTable(measurements)}\n\n${where}\n\n${howLateness}`,
    rates: ratesTable(measurements),
  })
  const questions = Object.entries(measurements).map(
    ([name, contenders]) =>
      `### ${name}\n\n\`npm run bench -- ${name}\`\n\n${figureTable(contenders)}`,
  )
  writeBetweenMarks('docs/performance.md', {
    machine: `${where} ${shownPeers(report)}`,
    goals: `${goalTableOf(goals)}\n\n${shownOutcome(goals)}`,
    figures: questions.join('\n\n'),
    'lateness-plot':
      '![How large a part of all tasks had begun so long after their time](lateness.svg)',
    'throughput-plot': '![Tasks per second against how many go in one call](throughput.svg)',
  })
  writeFileSync(join(root, 'docs/lateness.svg'), latenessPlot(measurements))
  writeFileSync(join(root, 'docs/throughput.svg'), throughputPlot(measurements))
  say('README.md, docs/performance.md, docs/lateness.svg and docs/throughput.svg are written.')
}

/** Puts text where `<!-- bench:NAME -->` begins and `<!-- /bench -->` ends. */
export function betweenMarks(text: string, name: string, content: string): string {
  const marks = new RegExp(`(<!-- bench:${name} -->\n)[^]*?(<!-- /bench -->)`)
  if (!marks.test(text)) throw new Error(`Expected the marks of ${name}.`)
  return text.replace(marks, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`)
}

function writeBetweenMarks(path: string, contents: Readonly<Record<string, string>>): void {
  const file = join(root, path)
  let text = readFileSync(file, 'utf8')
  for (const [name, content] of Object.entries(contents)) text = betweenMarks(text, name, content)
  writeFileSync(file, text)
}

/** Contenders of the question about lateness, and what a reader of the README calls them. */
const timers = [
  ['setTimeout', 'idle', 'setTimeout, re-armed'],
  ['SchedulerThread', 'idle', 'SchedulerThread'],
  ['setTimeout', 'busy', 'setTimeout, re-armed, caller busy'],
  ['SchedulerThread', 'busy', 'SchedulerThread, caller busy'],
  ['APScheduler', 'idle', 'APScheduler'],
  ['BullMQ', 'idle', 'BullMQ'],
] as const

function latenessTable(measurements: Measurements): string {
  const rows = timers.map(([name, application, contender]) => {
    const passes = measurements['lateness']?.[contender]?.passes ?? []
    const samples = passes.map(({ usLate }) => (typeof usLate === 'object' ? usLate : []))
    const all = samples.flat()
    const early = (all.filter((late) => late < 0).length / all.length) * 100
    const at = (part: number): string =>
      shortNumber(median(samples.map((values) => percentile(values, part))))
    return [name, application, `${shortNumber(early)} %`, at(0.5), at(0.9), at(0.99)]
  })
  return tableOf([['microseconds late', 'application', 'early', 'p50', 'p90', 'p99'], ...rows])
}

function ratesTable(measurements: Measurements): string {
  const rate = (question: string, contender: string, figure: string): number =>
    median((measurements[question]?.[contender]?.passes ?? []).map((pass) => valueOf(pass[figure])))
  const best = (pool: string): number =>
    Math.max(
      ...['in256PerSecond', 'inFlight128PerSecond'].map((figure) =>
        rate('throughput', pool, figure),
      ),
    )
  const rows: [string, number][] = [
    [
      'SchedulerThread, `addTasks`, 256 in each',
      rate('throughput', 'SchedulerThread, addTasks', 'in256PerSecond'),
    ],
    [
      'SchedulerThread, `addTask`, 256 in a turn',
      rate('throughput', 'SchedulerThread, addTask', 'in256PerSecond'),
    ],
    ...['piscina', 'tinypool', 'workerpool', 'poolifier'].map((pool): [string, number] => [
      pool,
      best(pool),
    ]),
    ['BullMQ (durable)', rate('bullmq', 'BullMQ', 'perSecond')],
  ]
  const shown = rows.map(([name, value]) => [name, shortNumber(value)])
  return tableOf([['two workers, a task that does nothing', 'tasks per second'], ...shown])
}

/** How large a part of all tasks had begun so many microseconds after their time. */
function latenessPlot(measurements: Measurements): string {
  const line = (name: string, contender: string): PlotLine => {
    const sorted = samplesOf(measurements, 'lateness', contender, 'usLate').sort((a, b) => a - b)
    const points = Array.from({ length: 201 }, (_, index): [number, number] => {
      const part = index / 200
      return [
        sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0,
        part * 100,
      ]
    })
    return { name, points: sorted.length === 0 ? [] : points, dashed: !name.startsWith('Sched') }
  }
  return svgOf({
    title: 'How late a task begins',
    x: {
      label: 'microseconds after its time',
      from: 10,
      to: 1e6,
      logarithmic: true,
      ticks: [10, 100, 1000, 1e4, 1e5, 1e6].map((value) => [value, shortNumber(value)]),
    },
    y: {
      label: '% of tasks have begun',
      from: 0,
      to: 100,
      ticks: [0, 25, 50, 75, 100].map((value) => [value, String(value)]),
    },
    lines: [
      line('SchedulerThread', 'SchedulerThread'),
      line('SchedulerThread, caller busy', 'SchedulerThread, caller busy'),
      line('setTimeout', 'setTimeout, re-armed'),
      line('setTimeout, caller busy', 'setTimeout, re-armed, caller busy'),
      line('APScheduler', 'APScheduler'),
      line('BullMQ, delayed', 'BullMQ'),
    ].filter(({ points }) => points.length > 0),
  })
}

/** Tasks per second against how many go in one call; the pools, which take one at a time, beside it. */
function throughputPlot(measurements: Measurements): string {
  const contenders = measurements['throughput'] ?? {}
  const middle = (contender: string, figure: string): number =>
    median((contenders[contender]?.passes ?? []).map((pass) => valueOf(pass[figure])))
  const sizes = Object.keys(contenders).flatMap((name) => {
    const size = /chunks of (\d+)$/.exec(name)?.[1]
    return size === undefined ? [] : [{ size: Number(size), rate: middle(name, 'perSecond') }]
  })
  const most = Math.max(...sizes.map(({ size }) => size))
  const pools = ['piscina', 'tinypool', 'workerpool', 'poolifier'].map((pool): PlotLine => {
    const rate = Math.max(middle(pool, 'in256PerSecond'), middle(pool, 'inFlight128PerSecond'))
    return {
      name: pool,
      points: [
        [1, rate],
        [most, rate],
      ],
      dashed: true,
    }
  })
  const ours = {
    name: 'SchedulerThread',
    points: sizes.map(({ size, rate }) => [size, rate] as const),
  }
  const lines = [ours, ...pools].filter(({ points }) => points.every(([, rate]) => rate > 0))
  const highest = Math.max(...lines.flatMap(({ points }) => points.map(([, rate]) => rate)))
  const step = 10 ** Math.floor(Math.log10(highest))
  const ticks = Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step)
  return svgOf({
    title: 'Immediate tasks through two worker threads',
    x: {
      label: 'tasks in one call of addTasks',
      from: 1,
      to: most,
      logarithmic: true,
      ticks: sizes.map(({ size }) => [size, String(size)]),
    },
    y: {
      label: 'tasks per second',
      from: 0,
      to: ticks.at(-1) ?? step,
      ticks: ticks.map((value) => [value, shortNumber(value)]),
    },
    lines,
  })
}
