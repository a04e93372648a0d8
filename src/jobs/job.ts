import type { JobModification } from './job-options.ts'
import type { JobTrigger } from './job-entry.ts'
import type { JobTriggerLike } from './job-trigger.ts'

/** What a job's own methods need. */
export interface JobVerbs {
  modifyJob(id: string, changes: JobModification): Promise<Job>
  rescheduleJob(id: string, trigger: JobTriggerLike): Promise<Job>
  pauseJob(id: string): Promise<Job>
  resumeJob(id: string): Promise<Job | null>
  removeJob(id: string): Promise<void>
  runJob(id: string): Promise<boolean>
}

/** What a `Job` shows. */
export interface JobInfo {
  readonly id: string
  readonly name: string
  readonly taskName: string
  readonly subject: unknown
  readonly attributes: object
  readonly trigger: JobTrigger
  readonly misfireGraceTime: number | null
  readonly coalesce: boolean
  readonly maxInstances: number
  readonly maxRuns: number | null
  readonly nextRunTime: Date | null
  readonly paused: boolean
  readonly pending: boolean
  readonly runs: number
  readonly instances: number
}

/**
 * A job as it was when it was asked for: it does not change. Its verbs are those of the scheduler, for its id, and give
 * the job as it is then.
 *
 * Source: APScheduler's `Job`.
 */
export class Job implements JobInfo {
  readonly id: string
  readonly name: string
  /** The queue its runs go to. */
  readonly taskName: string
  readonly subject: unknown
  /** What every run carries: a copy. */
  readonly attributes: object
  readonly trigger: JobTrigger
  /** Seconds; null for no limit. */
  readonly misfireGraceTime: number | null
  readonly coalesce: boolean
  readonly maxInstances: number
  readonly maxRuns: number | null
  /** The planned time of its next run, without jitter; null while it is paused or pending, or has none any more. */
  readonly nextRunTime: Date | null
  readonly paused: boolean
  /** It was added before `start()`, and gets its first run there. */
  readonly pending: boolean
  /** How many runs were triggered, missed ones included. */
  readonly runs: number
  /** How many of its instances were under way. */
  readonly instances: number
  readonly #scheduler: JobVerbs

  constructor(info: JobInfo, scheduler: JobVerbs) {
    this.id = info.id
    this.name = info.name
    this.taskName = info.taskName
    this.subject = info.subject
    this.attributes = info.attributes
    this.trigger = info.trigger
    this.misfireGraceTime = info.misfireGraceTime
    this.coalesce = info.coalesce
    this.maxInstances = info.maxInstances
    this.maxRuns = info.maxRuns
    this.nextRunTime = info.nextRunTime
    this.paused = info.paused
    this.pending = info.pending
    this.runs = info.runs
    this.instances = info.instances
    this.#scheduler = scheduler
  }

  /** As `modifyJob`. */
  modify(changes: JobModification): Promise<Job> {
    return this.#scheduler.modifyJob(this.id, changes)
  }

  /** As `rescheduleJob`. */
  reschedule(trigger: JobTriggerLike): Promise<Job> {
    return this.#scheduler.rescheduleJob(this.id, trigger)
  }

  /** As `pauseJob`. */
  pause(): Promise<Job> {
    return this.#scheduler.pauseJob(this.id)
  }

  /** As `resumeJob`. */
  resume(): Promise<Job | null> {
    return this.#scheduler.resumeJob(this.id)
  }

  /** As `removeJob`. */
  remove(): Promise<void> {
    return this.#scheduler.removeJob(this.id)
  }

  /** As `runJob`. */
  run(): Promise<boolean> {
    return this.#scheduler.runJob(this.id)
  }

  /** As APScheduler prints it: `name (trigger: ..., next run at: ...)`. */
  toString(): string {
    return `${this.name} (trigger: ${String(this.trigger)}, ${this.#state()})`
  }

  #state(): string {
    if (this.pending) return 'pending'
    if (this.nextRunTime !== null) return `next run at: ${this.nextRunTime.toISOString()}`
    return this.paused ? 'paused' : 'no next run'
  }
}
