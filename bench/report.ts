import { shortNumber, shownRatio, tableOf, unitOf } from './figures.ts'
import { median, percentile } from './measure.ts'
import { valueOf, type Goal, type GoalPart, type Report, type Series } from './measurements.ts'

/** What the figures were measured on, in a line. */
export function shownMachine({
  machine,
  node,
  load,
}: Pick<Report, 'machine' | 'node' | 'load'>): string {
  const { cpu, cores, memoryGiB, system } = machine
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node.js ${node}, load ${load}`
}

/** What was measured beside, in a line. */
export function shownPeers({ peers }: Pick<Report, 'peers'>): string {
  const named = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  return named.length === 0 ? '' : `Beside ${named.join(', ')}.`
}

/** The medians of a question's contenders; where samples were noted, their distribution. */
export function figureTable(contenders: Readonly<Record<string, Series>>): string {
  const names = new Set(
    Object.values(contenders).flatMap(({ passes }) => passes.flatMap((pass) => Object.keys(pass))),
  )
  const columns = [...names].flatMap((name) => columnsOf(name, contenders))
  const rows = Object.entries(contenders).map(([contender, series]) => {
    const [why] = series.failures
    const name =
      why === undefined ? contender : `${contender} (${series.passes.length} passes: ${why})`
    return [name, ...columns.map(({ shown }) => shown(series))]
  })
  return tableOf([['', ...columns.map(({ head }) => head)], ...rows])
}

interface Column {
  readonly head: string
  readonly shown: (series: Series) => string
}

function columnsOf(name: string, contenders: Readonly<Record<string, Series>>): Column[] {
  const { what, unit, scale } = unitOf(name)
  const head = [what, unit].filter(Boolean).join(', ')
  const all = Object.values(contenders).flatMap(({ passes }) => passes.map((pass) => pass[name]))
  if (!all.some((figure) => typeof figure === 'object')) {
    const shown = ({ passes }: Series): string =>
      cell(median(passes.map((pass) => valueOf(pass[name])).filter(Number.isFinite)) * scale)
    return [{ head, shown }]
  }
  const samples = ({ passes }: Series): (readonly number[])[] =>
    passes.map((pass) => pass[name]).filter((figure) => typeof figure === 'object')
  const at =
    (part: number): Column['shown'] =>
    (series) =>
      cell(median(samples(series).map((values) => percentile(values, part))))
  const early = (series: Series): string => {
    const values = samples(series).flat()
    if (values.length === 0) return ''
    const share = values.filter((value) => value < 0).length / values.length
    return share === 0 ? '0' : `${shortNumber(share * 100)} %`
  }
  return [
    { head: `p50, ${head}`, shown: at(0.5) },
    { head: 'p90', shown: at(0.9) },
    { head: 'p99', shown: at(0.99) },
    { head: 'early', shown: early },
  ]
}

function cell(value: number): string {
  return Number.isFinite(value) ? shortNumber(value) : ''
}

/** Every goal, for a terminal: met or not, then each comparison with what it was to be. */
export function goalLines(goals: readonly Goal[]): string {
  const lines = goals.flatMap(({ id, what, parts, met }) => [
    `${verdict(met).padEnd(8)} ${id.padEnd(13)} ${what}`,
    ...parts.map((part) => {
      const compared = `${ratioOf(part).padStart(8)}   to be ${goalOf(part)}`
      const end = part.met ? '' : part.why === undefined ? '   NOT MET' : `   ${part.why}`
      return `${' '.repeat(22)} ${compared.padEnd(34)} ${part.what}${end}`
    }),
  ])
  return lines.join('\n')
}

/** Every goal, for a page. */
export function goalTableOf(goals: readonly Goal[]): string {
  const rows = goals.flatMap(({ id, what, parts }) =>
    parts.map((part, index) => [
      index === 0 ? `\`${id}\`` : '',
      index === 0 ? `${what}: ${part.what}` : part.what,
      ratioOf(part),
      goalOf(part),
      part.why === undefined ? verdict(part.met) : `${verdict(part.met)}: ${part.why}`,
    ]),
  )
  return tableOf([['goal', '', 'ratio', 'to be', ''], ...rows])
}

function ratioOf({ ratio, bound }: GoalPart): string {
  if (ratio === null) return '-'
  return bound === 'at most' ? shownRatio(ratio) : shortNumber(ratio)
}

function goalOf({ bound, goal }: GoalPart): string {
  return `${bound} ${shownRatio(goal)}`
}

function verdict(met: boolean): string {
  return met ? 'met' : 'NOT MET'
}

/** How many are met, in a line; and loudly, what could not be compared. */
export function shownOutcome(goals: readonly Goal[]): string {
  const unmet = goals.filter(({ met }) => !met)
  const lines = [`${goals.length - unmet.length} of ${goals.length} goals are met.`]
  if (unmet.length > 0) lines.push(`NOT MET: ${unmet.map(({ id }) => id).join(', ')}.`)
  return lines.join(' ')
}
