import type { TriggerJson } from '../triggers/trigger.ts'

/** What a job is, besides its trigger: plain data, so that it can travel and be kept. */
export interface JobDefinition {
  readonly id: string
  readonly name: string
  /** The queue its runs go to. */
  readonly taskName: string
  /** The key of the subject index; null for a job about nothing in particular. */
  readonly subjectKey: string | null
  /** What every run carries, as its thread encoded it. Jobs hand it on and never look inside. */
  readonly cargo: unknown
  /** How much later than planned a run may begin, in milliseconds; null: however late. */
  readonly misfireGraceMs: number | null
  readonly coalesce: boolean
  readonly maxInstances: number
  readonly maxRuns: number | null
}

/** A job as it is at this moment, as plain data: what is told of it, and what a store keeps. */
export interface JobRecord extends JobDefinition {
  readonly trigger: TriggerJson
  /** The planned time of its next run, in milliseconds since the epoch. Null: paused, pending, or no more. */
  readonly nextMs: number | null
  readonly paused: boolean
  /** It was added before the scheduler was started, and has no next run yet. */
  readonly pending: boolean
  /** How many runs were triggered, missed ones included. */
  readonly runs: number
  /** How many of its instances are running: from when their run is due until it is done. */
  readonly instances: number
}
