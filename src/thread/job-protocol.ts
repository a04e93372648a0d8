/** What is said about jobs between a client and the scheduler thread: part of `protocol.ts`. */
import type { JobRecord } from '../jobs/job-record.ts'
import type { TriggerJson } from '../triggers/trigger.ts'

/** A job on its way to the scheduler thread. What is left out there takes the scheduler's defaults. */
export interface WireJob {
  readonly id: string
  readonly name: string
  readonly taskName: string
  readonly subjectKey: string | null
  readonly cargo: unknown
  readonly trigger: TriggerJson
  readonly misfireGraceMs: number | null | undefined
  readonly coalesce: boolean | undefined
  readonly maxInstances: number | undefined
  readonly maxRuns: number | null | undefined
  /** When it runs first; null: it is added paused; undefined: its trigger says. */
  readonly firstMs: number | null | undefined
  readonly replace: boolean
}

/** What is to change of a job; undefined stays. */
export type WireJobChanges = {
  readonly [K in keyof Omit<WireJob, 'id' | 'replace'>]: WireJob[K] | undefined
} & {
  /** What of the cargo is new; the rest is the old one's. */
  readonly newInCargo: 'attributes' | 'subject' | 'both'
}

/** The calls about jobs. Times are milliseconds since the epoch. */
export interface JobCalls {
  addJob(job: WireJob): JobRecord
  getJob(id: string): JobRecord | null
  getJobs(pending: boolean | undefined): JobRecord[]
  modifyJob(id: string, changes: WireJobChanges): JobRecord
  rescheduleJob(id: string, trigger: TriggerJson): JobRecord
  pauseJob(id: string): JobRecord
  /** Null: it had no further run, and was removed. */
  resumeJob(id: string): JobRecord | null
  removeJob(id: string): void
  /** How many there were. */
  removeAllJobs(): number
  /** False: as many instances are under way as may be. */
  runJob(id: string): boolean
  pauseJobs(): void
  resumeJobs(): void
  /** Answered when there is no job. */
  whenNoJob(): void
}

export type JobCallName = keyof JobCalls
export type JobRequest = {
  [K in JobCallName]: { readonly verb: K; readonly args: Parameters<JobCalls[K]> }
}[JobCallName]
export type JobReply = ReturnType<JobCalls[JobCallName]>
