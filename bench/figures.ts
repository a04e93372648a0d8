/** How figures are shown. The end of a figure's name is its unit. */
const units: readonly (readonly [end: string, unit: string, scale: number])[] = [
  ['UsLate', 'µs late', 1],
  ['MsWaited', 'ms waited', 1],
  ['PerSecond', 'k tasks/s', 1e-3],
  ['NsPerTask', 'ns/task', 1],
  ['BytesPerTask', 'B/task', 1],
  ['Ms', 'ms', 1],
  ['Switches', 'switches', 1],
  ['CpuPercent', '% CPU', 1],
  ['Scheduled', 'scheduled', 1],
]

/** A figure with its name and unit, as `each 95.2 k tasks/s`. */
export function shownFigure(name: string, value: number): string {
  const [end, unit, scale] = units.find(([one]) =>
    name.toLowerCase().endsWith(one.toLowerCase()),
  ) ?? ['', '', 1]
  const what = words(name.slice(0, name.length - end.length))
  return [what, shortNumber(value * scale), unit].filter(Boolean).join(' ')
}

/** Three digits, or all that are before the point. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) {
    return Math.round(value).toLocaleString('en-US')
  }
  return value.toPrecision(size < 1 ? 2 : 3)
}

/** A ratio as people say it: `1/6.8`, or `12.2`. */
export function shownRatio(ratio: number): string {
  return ratio > 0 && ratio < 0.3 ? `1/${shortNumber(1 / ratio)}` : shortNumber(ratio)
}

function words(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z0-9])/g, ' ').toLowerCase()
}
