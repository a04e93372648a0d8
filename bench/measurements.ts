import { median, type Machine } from './measure.ts'
import type { Figure, Pass } from './question.ts'

/** All passes of a contender. */
export interface Series {
  readonly passes: readonly Pass[]
  /** Why there are fewer passes than were asked for: not installed, or what went wrong. */
  readonly failures: readonly string[]
}

/** The raw measurements: by question, then by contender. */
export type Measurements = Readonly<Record<string, Readonly<Record<string, Series>>>>

/** What a run leaves behind. Its goals can be computed again from its measurements. */
export interface Report {
  readonly machine: Machine
  /** The version of Node.js. */
  readonly node: string
  /** The one-minute load average when the run began, and when it ended. */
  readonly load: number
  readonly loadAtEnd: number
  readonly date: string
  /** True for a run with less work: its figures are no measurement, and it meets no goal. */
  readonly quick: boolean
  /** The versions of what was measured beside. */
  readonly peers: Readonly<Record<string, string>>
  readonly goals: readonly Goal[]
  readonly measurements: Measurements
}

/** One comparison of a goal. */
export interface GoalPart {
  readonly what: string
  /** Null when it could not be computed. */
  readonly ratio: number | null
  readonly bound: 'at most' | 'at least'
  readonly goal: number
  readonly met: boolean
  /** Why there is no ratio. */
  readonly why?: string
}

/** A goal; its ratio is that of the part that is closest to being missed, or furthest from being met. */
export interface Goal extends GoalPart {
  readonly id: string
  readonly parts: readonly GoalPart[]
}

/** Fewer than this say nothing. */
export const leastPasses = 3

/** A figure that is asked for, but was not measured. The message says why. */
export class NotMeasuredError extends Error {}

/** One number of a pass: the median, where many samples were noted. NaN when the pass has no such figure. */
export function valueOf(figure: Figure | undefined): number {
  if (figure === undefined) return Number.NaN
  return typeof figure === 'number' ? figure : median(figure)
}

/** How a median is taken. */
export interface MedianOptions {
  /** What counts of a pass. @default the figure, or the median of its samples */
  readonly value?: (figure: Figure | undefined) => number
  /** How many passes there must be. @default 3 */
  readonly least?: number
}

/** The median of a contender's passes. @throws {NotMeasuredError} when there are too few of them. */
export function medianOf(
  measurements: Measurements,
  question: string,
  contender: string,
  figure: string,
  { value = valueOf, least = leastPasses }: MedianOptions = {},
): number {
  const series = measurements[question]?.[contender]
  const found = (series?.passes ?? []).map((pass) => value(pass[figure])).filter(Number.isFinite)
  if (found.length >= least) return median(found)
  const passes = `${contender}: ${found.length} of ${least} passes`
  throw new NotMeasuredError([passes, ...(series?.failures.slice(0, 1) ?? [])].join(', '))
}

/** All samples of all passes of a contender, one after the other. */
export function samplesOf(
  measurements: Measurements,
  question: string,
  contender: string,
  figure: string,
): number[] {
  const passes = measurements[question]?.[contender]?.passes ?? []
  return passes.flatMap((pass) => pass[figure] ?? [])
}
