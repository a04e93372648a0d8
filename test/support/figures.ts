/** The value that so large a part of all values does not exceed; of few values, the greatest. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

/** The median, the 99th percentile and the maximum of some milliseconds, in a line. */
export function quantiles(values: readonly number[]): string {
  const at = (part: number): string => percentile(values, part).toFixed(2)
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  max ${at(1)} ms`
}
