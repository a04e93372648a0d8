import { cpus, loadavg } from 'node:os'

/** Milliseconds on the one clock that all threads share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export interface Summary {
  readonly count: number
  /** The share of values below zero. */
  readonly early: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

export function summary(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return {
    count: sorted.length,
    early: sorted.filter((value) => value < 0).length / sorted.length,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
  }
}

/** What the figures were measured on. */
export function machine(): {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  readonly load: number
} {
  const [first] = cpus()
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    load: loadavg()[0] ?? 0,
  }
}
