import type {
  AnyQueues,
  AttributesIn,
  QueueName,
  QueueTypes,
  TaskScheduler,
} from '../core/task-scheduler.ts'
import type { Time } from '../core/duration.ts'
import type { CronBounds, CronTriggerOptions } from '../triggers/cron.ts'
import type { DateTriggerOptions } from '../triggers/date.ts'
import type { IntervalTriggerOptions } from '../triggers/interval.ts'
import type { JobAttributes, JobModification, JobOptions, JobSettings } from './job-options.ts'
import type { JobTriggerLike } from './job-trigger.ts'
import type { Job } from './job.ts'

/** What the short ways to add a job take besides what they name. */
export type JobExtras<Attributes extends object> = JobSettings & JobAttributes<Attributes>

/** Options that may be left out where every one of them may be. */
export type OptionalWhereEmpty<Options extends object> =
  Partial<Options> extends Options ? [options?: Options] : [options: Options]

/**
 * The verbs for jobs, beside those for tasks. `SchedulerThread`, `connect()` in a worker, and `InlineScheduler` all have
 * them, with the same meaning; a handler of a job may use them, too.
 *
 * A job is a trigger and the context that it produces: each run is a context on the job's queue, with the id
 * `jobId@plannedTime`, and `context.jobId`. Jobs may be added before `start()`: they are pending until then, and what
 * passed before is not made up for.
 */
export interface JobScheduler<Q extends QueueTypes<Q> = AnyQueues> extends TaskScheduler<Q> {
  /**
   * Adds a job. Without a trigger it runs once, at once.
   *
   * @throws {ConflictingIdError} for a known id without `replaceExisting`.
   * @throws {QueueError} when its queue does not exist.
   * @throws {TriggerError} for a trigger that is malformed, or has no time from now on.
   * @throws {OptionsError | DurationError | PayloadError} with nothing changed.
   * @example
   * await scheduler.addJob({ taskName: 'mail', trigger: { cron: '0 9 * * mon-fri' }, attributes: { to: 'a@example.org' } })
   */
  addJob<Name extends QueueName<Q>>(options: JobOptions<Name, AttributesIn<Q, Name>>): Promise<Job>
  /** Runs once, at once. Source: pyramid_scheduler's `add_async_job`. */
  addAsyncJob<Name extends QueueName<Q>>(
    taskName: Name,
    ...options: OptionalWhereEmpty<JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job>
  /** Runs once, at a time. Source: APScheduler 2.1's `add_date_job`. */
  addDateJob<Name extends QueueName<Q>>(
    taskName: Name,
    runDate: Time,
    ...options: OptionalWhereEmpty<DateTriggerOptions & JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job>
  /** Runs at equal intervals. Source: APScheduler 2.1's `add_interval_job`. */
  addIntervalJob<Name extends QueueName<Q>>(
    taskName: Name,
    interval: IntervalTriggerOptions,
    ...options: OptionalWhereEmpty<JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job>
  /**
   * Runs by the calendar: APScheduler's fields, or a crontab text, whose bounds and time zone stand among the options.
   * Source: APScheduler 2.1's `add_cron_job`.
   */
  addCronJob<Name extends QueueName<Q>>(
    taskName: Name,
    cron: CronLike,
    ...options: OptionalWhereEmpty<CronBounds & JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job>

  /** Null when there is none. */
  getJob(id: string): Promise<Job | null>
  /** In order of their next run, those without one last. `pending`: only those, or all others. */
  getJobs(filter?: { readonly pending?: boolean }): Promise<Job[]>
  /** Writes a line for each job. @param stream what has `write(text)`. @default `process.stdout` */
  printJobs(stream?: { write(text: string): unknown }): Promise<void>
  /**
   * Changes a job: all that is given, or nothing. Its next run stays as it is planned, unless `nextRunTime` is given,
   * which is null to pause it. Source: APScheduler 3.0's `modify_job`.
   * @throws {JobLookupError} and what `addJob` throws.
   */
  modifyJob<Name extends QueueName<Q>>(
    id: string,
    changes: JobModification<Name, AttributesIn<Q, Name>>,
  ): Promise<Job>
  /**
   * Gives it another trigger and plans its next run from now on, also when it was paused.
   * @throws {JobLookupError | TriggerError}
   */
  rescheduleJob(id: string, trigger: JobTriggerLike): Promise<Job>
  /** No run begins until it is resumed. One that is on its queue stays there. @throws {JobLookupError} */
  pauseJob(id: string): Promise<Job>
  /**
   * Plans its next run from now on: what would have been meanwhile is not made up for. Only the date of a date trigger,
   * which has no other time, is due then (APScheduler 3.0 does it so). Null: there is no further run, and the job was
   * removed. @throws {JobLookupError}
   */
  resumeJob(id: string): Promise<Job | null>
  /** No further run begins. One that is on its queue stays there. @throws {JobLookupError} */
  removeJob(id: string): Promise<void>
  /** Says how many there were. */
  removeAllJobs(): Promise<number>
  /**
   * Runs a job now, also a paused one; its schedule stays as it is, and `maxRuns` does not count it. False: as many of
   * its instances are under way as may be. @throws {JobLookupError}
   */
  runJob(id: string): Promise<boolean>
  /** Has no job become due any more. What is on the queues is worked on. */
  pause(): Promise<void>
  /** What became due meanwhile is due now: late, and by each job's `misfireGraceTime` and `coalesce`. */
  resume(): Promise<void>
}

/** APScheduler's fields of a cron trigger, or a crontab text. */
export type CronLike = string | CronTriggerOptions
