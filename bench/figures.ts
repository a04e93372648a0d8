/** How figures are shown. The end of a figure's name is its unit. */
const units: readonly (readonly [end: string, unit: string, scale: number])[] = [
  ['UsLate', 'µs late', 1],
  ['MsWaited', 'ms waited', 1],
  ['PerSecond', 'k/s', 1e-3],
  ['NsPerTask', 'ns each', 1],
  ['BytesPerTask', 'B each', 1],
  ['Ms', 'ms', 1],
  ['Switches', 'switches', 1],
  ['CpuPercent', '% CPU', 1],
  ['Scheduled', 'scheduled', 1],
  ['Hz', 'Hz', 1],
]

/** What a figure's name says: what it is of, its unit, and what to multiply it by for that. */
export function unitOf(name: string): {
  readonly what: string
  readonly unit: string
  readonly scale: number
} {
  const lower = name.toLowerCase()
  const [end, unit, scale] = units.find(([one]) => lower.endsWith(one.toLowerCase())) ?? ['', '', 1]
  return { what: words(name.slice(0, name.length - end.length)), unit, scale }
}

/** A figure with its name and unit, as `in 256 95.2 k/s`. */
export function shownFigure(name: string, value: number): string {
  const { what, unit, scale } = unitOf(name)
  return [what, shortNumber(value * scale), unit].filter(Boolean).join(' ')
}

/** Three digits, or all that are before the point. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(size < 1 ? 2 : 3)
}

/** A ratio as people say it: `1/6.8`, or `12.2`. */
export function shownRatio(ratio: number): string {
  return ratio > 0 && ratio < 0.3 ? `1/${shortNumber(1 / ratio)}` : shortNumber(ratio)
}

/** Rows, the first of them the heads of the columns, as a table that people and Markdown can read. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const [heads = []] = rows
  const widths = heads.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(heads), rule, ...rows.slice(1).map(line)].join('\n')
}

function words(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z0-9])/g, ' ').toLowerCase()
}
