import type { Time } from '../core/duration.ts'
import { OptionsError, QueueError, SchedulerStoppedError, shown } from '../core/errors.ts'
import type {
  AnyQueues,
  AttributesIn,
  ContextOf,
  QueueName,
  QueueOptions,
  QueueTypes,
  TaskScheduler,
} from '../core/task-scheduler.ts'
import {
  checkChanges,
  checkJob,
  jobId,
  type CheckedJob,
  type JobModification,
  type JobOptions,
} from '../jobs/job-options.ts'
import { cronBounds } from '../jobs/cron-bounds.ts'
import { jobListing } from '../jobs/job-listing.ts'
import type { JobRecord } from '../jobs/job-record.ts'
import type {
  CronLike,
  JobExtras,
  JobScheduler,
  OptionalWhereEmpty,
} from '../jobs/job-scheduler.ts'
import { jobTriggerFrom, jobTriggerFromJson, type JobTriggerLike } from '../jobs/job-trigger.ts'
import { Job } from '../jobs/job.ts'
import type { CronBounds } from '../triggers/cron.ts'
import { DateTrigger, type DateTriggerOptions } from '../triggers/date.ts'
import type { IntervalTriggerOptions } from '../triggers/interval.ts'
import type { ServerCalls } from './calls.ts'
import { unpackAttributes, unpackSubject } from './cargo.ts'
import type { Consumer, Handler } from './consumer.ts'
import { EventClient } from './event-client.ts'
import type { JobCallName, JobCalls, JobRequest } from './job-protocol.ts'
import { packJob, settingsOf } from './job-packing.ts'
import type { Logger } from './logger.ts'
import { checkVerbOptions } from './verb-options.ts'

/** Options of `scheduledJob`: those of `addJob`, but for the trigger. */
export type ScheduledJobOptions<Name extends string = string> = Omit<
  JobOptions<Name, object>,
  'taskName' | 'trigger'
> & {
  /** The queue of its runs; it is added when it is missing. @default the name of the function */
  readonly taskName?: Name
}

type JobVerbs<Q extends QueueTypes<Q>> = Omit<JobScheduler<Q>, keyof TaskScheduler<Q>>

/** The verbs for jobs, for any thread. */
export abstract class JobClient<Q extends QueueTypes<Q> = AnyQueues>
  extends EventClient
  implements JobVerbs<Q>
{
  protected abstract readonly calls: ServerCalls
  /** The time zone of triggers that name none. */
  protected abstract readonly timezone: string
  /** What `scheduledJob` calls in this thread, by queue. */
  readonly #working = new Map<string, { readonly handler: unknown }>()

  abstract addQueue(name: QueueName<Q>, options?: QueueOptions): Promise<void>
  abstract consume<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, JobScheduler<Q>>,
  ): Promise<Consumer>
  protected abstract log(
    level: keyof Logger,
    message: string,
    details?: Record<string, unknown>,
  ): void

  async addJob<Name extends QueueName<Q>>(
    options: JobOptions<Name, AttributesIn<Q, Name>>,
  ): Promise<Job> {
    return this.#add('addJob', checkJob('addJob', options, this.timezone))
  }

  async addAsyncJob<Name extends QueueName<Q>>(
    taskName: Name,
    ...[options]: OptionalWhereEmpty<JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job> {
    return this.#addTimed('addAsyncJob', taskName, undefined, extrasOf('addAsyncJob', options))
  }

  async addDateJob<Name extends QueueName<Q>>(
    taskName: Name,
    runDate: Time,
    ...[options]: OptionalWhereEmpty<DateTriggerOptions & JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job> {
    const { timezone = this.timezone, ...extras } = extrasOf('addDateJob', options)
    const trigger = new DateTrigger(runDate, { timezone })
    return this.#addTimed('addDateJob', taskName, trigger, extras)
  }

  async addIntervalJob<Name extends QueueName<Q>>(
    taskName: Name,
    interval: IntervalTriggerOptions,
    ...[options]: OptionalWhereEmpty<JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job> {
    const extras = extrasOf('addIntervalJob', options)
    return this.#addTimed('addIntervalJob', taskName, { interval }, extras)
  }

  async addCronJob<Name extends QueueName<Q>>(
    taskName: Name,
    cron: CronLike,
    ...[options]: OptionalWhereEmpty<CronBounds & JobExtras<AttributesIn<Q, Name>>>
  ): Promise<Job> {
    const { bounds, extras } = cronBounds(extrasOf('addCronJob', options))
    const trigger =
      typeof cron === 'string' ? { cron, ...bounds } : { cron: { ...cron, ...bounds } }
    return this.#addTimed('addCronJob', taskName, trigger, extras)
  }

  /**
   * Has a function called by a trigger, in this thread: `scheduledJob(trigger, options)(handler)`. The function is given
   * back as it is, with the promise of its job as `job`; when that fails it is logged, too. Its queue is added when it is
   * missing. A job with the same id is replaced. Source: APScheduler's decorator `scheduled_job`.
   *
   * @throws {OptionsError | TriggerError} at once, for options that are not what they should be.
   * @example
   * const report = scheduler.scheduledJob({ cron: '0 9 * * mon-fri' })(function report() { ... })
   */
  scheduledJob<Name extends QueueName<Q>>(
    trigger: JobTriggerLike | string,
    options: ScheduledJobOptions<Name> & Readonly<Record<string, unknown>> = {},
  ): <H extends Handler<ContextOf<Q, Name>, JobScheduler<Q>>>(
    handler: H,
  ) => H & { readonly job: Promise<Job> } {
    const checked = checkJob('scheduledJob', { ...options, trigger }, this.timezone)
    return (handler) => {
      if (typeof handler !== 'function') {
        throw new OptionsError(`Expected a function to schedule, got ${shown(handler)}.`)
      }
      const taskName = (checked.taskName ?? handler.name) as Name
      const name = checked.name ?? (handler.name || taskName)
      if (taskName === '') {
        throw new OptionsError('Expected taskName for a function without a name, got none.')
      }
      const known = this.#working.get(taskName)
      if (known && known.handler !== handler) {
        throw new OptionsError(
          `Expected another taskName than '${taskName}': another function works on that queue.`,
        )
      }
      const job = this.#schedule({ ...checked, taskName, name, replace: true }, handler, !known)
      job.catch((error: unknown) => this.log('error', `'${name}' was not scheduled.`, { error }))
      return Object.assign(handler, { job })
    }
  }

  async getJob(id: string): Promise<Job | null> {
    const found = await this.#call('getJob', jobId('getJob', id))
    return found && this.#job(found)
  }

  async getJobs(filter?: { readonly pending?: boolean }): Promise<Job[]> {
    checkVerbOptions('getJobs', filter, { pending: 'boolean' })
    const found = await this.#call('getJobs', filter?.pending)
    return found.map((record) => this.#job(record))
  }

  async printJobs(stream: { write(text: string): unknown } = process.stdout): Promise<void> {
    if (typeof stream?.write !== 'function') {
      throw new OptionsError(`Expected something with a method write, got ${shown(stream)}.`)
    }
    stream.write(jobListing(await this.getJobs()))
  }

  async modifyJob<Name extends QueueName<Q>>(
    id: string,
    changes: JobModification<Name, AttributesIn<Q, Name>>,
  ): Promise<Job> {
    const known = jobId('modifyJob', id)
    const {
      trigger,
      attributes,
      subject,
      replace: _replace,
      ...rest
    } = checkChanges('modifyJob', changes, this.timezone)
    const isNew = attributes !== undefined || subject !== undefined
    const record = isNew ? packJob(known, 'job', { attributes, subject }) : null
    const newInCargo = !subject ? 'attributes' : attributes ? 'both' : 'subject'
    return this.#job(
      await this.#call('modifyJob', known, {
        ...settingsOf(rest),
        trigger: trigger?.toJSON(),
        firstMs: rest.firstMs,
        cargo: record?.cargo,
        subjectKey: subject && record?.subjectKey,
        newInCargo,
      }),
    )
  }

  async rescheduleJob(id: string, trigger: JobTriggerLike): Promise<Job> {
    const known = jobId('rescheduleJob', id)
    const json = jobTriggerFrom(trigger, this.timezone).toJSON()
    return this.#job(await this.#call('rescheduleJob', known, json))
  }

  async pauseJob(id: string): Promise<Job> {
    return this.#job(await this.#call('pauseJob', jobId('pauseJob', id)))
  }

  async resumeJob(id: string): Promise<Job | null> {
    const resumed = await this.#call('resumeJob', jobId('resumeJob', id))
    return resumed && this.#job(resumed)
  }

  async removeJob(id: string): Promise<void> {
    await this.#call('removeJob', jobId('removeJob', id))
  }

  async removeAllJobs(): Promise<number> {
    return this.#call('removeAllJobs')
  }

  async runJob(id: string): Promise<boolean> {
    return this.#call('runJob', jobId('runJob', id))
  }

  async pause(): Promise<void> {
    await this.#call('pauseJobs')
  }

  async resume(): Promise<void> {
    await this.#call('resumeJobs')
  }

  /** Resolves when there is no job, or the scheduler was stopped. */
  protected async untilNoJob(): Promise<void> {
    try {
      await this.#call('whenNoJob')
    } catch (error) {
      if (!(error instanceof SchedulerStoppedError)) throw error
    }
  }

  /** Everything is sent at once, in this order, so what the caller does next comes after it. */
  async #schedule<Name extends QueueName<Q>>(
    job: CheckedJob & { readonly taskName: Name },
    handler: Handler<ContextOf<Q, Name>, JobScheduler<Q>>,
    isFirst: boolean,
  ): Promise<Job> {
    const isNew = this.addQueue(job.taskName).then(
      () => true,
      (error: unknown) => {
        if (error instanceof QueueError && error.code === 'QUEUE_EXISTS') return false
        throw error
      },
    )
    const added = this.#add('scheduledJob', job)
    // Who worked on a queue of that name before, ended with it.
    const worked = isFirst
      ? this.#work(job.taskName, handler)
      : isNew.then((is) => (is ? this.#work(job.taskName, handler) : undefined))
    const [scheduled] = await Promise.all([added, isNew, worked])
    return scheduled
  }

  /** Has a function work on a queue, alone of this thread's scheduled ones, until that queue is removed. */
  async #work<Name extends QueueName<Q>>(
    taskName: Name,
    handler: Handler<ContextOf<Q, Name>, JobScheduler<Q>>,
  ): Promise<void> {
    const working = { handler }
    this.#working.set(taskName, working)
    const end = (): void => {
      if (this.#working.get(taskName) === working) this.#working.delete(taskName)
    }
    try {
      const { closed } = await this.consume(taskName, handler)
      void closed.then(end, end)
    } catch (error) {
      end()
      throw error
    }
  }

  #addTimed(
    verb: string,
    taskName: string,
    trigger: JobTriggerLike | undefined,
    extras: object,
  ): Promise<Job> {
    if ('trigger' in extras) {
      throw new OptionsError(`Expected no trigger in the options of ${verb}: it makes its own.`)
    }
    return this.#add(verb, checkJob(verb, { ...extras, taskName, trigger }, this.timezone))
  }

  async #add(verb: string, job: CheckedJob): Promise<Job> {
    const {
      taskName,
      trigger = new DateTrigger(0, { timezone: this.timezone }),
      firstMs,
      replace,
    } = job
    if (taskName === undefined) {
      throw new QueueError(`Expected the options of ${verb} to name a queue, got no taskName.`, {
        code: 'QUEUE_NAME_INVALID',
      })
    }
    const id = job.id ?? globalThis.crypto.randomUUID()
    const { subjectKey, cargo } = packJob(id, taskName, job)
    const settings = { ...settingsOf(job), taskName, name: job.name ?? taskName }
    const wire = { id, ...settings, subjectKey, cargo, trigger: trigger.toJSON(), firstMs, replace }
    return this.#job(await this.#call('addJob', wire))
  }

  #job(record: JobRecord): Job {
    const { misfireGraceMs, nextMs, trigger, ...rest } = record
    return new Job(
      {
        ...rest,
        subject: unpackSubject(record),
        attributes: unpackAttributes(record),
        trigger: jobTriggerFromJson(trigger),
        misfireGraceTime: misfireGraceMs === null ? null : misfireGraceMs / 1000,
        nextRunTime: nextMs === null ? null : new Date(nextMs),
      },
      // What a job's own methods are given is checked as what these are given.
      this as never,
    )
  }

  async #call<K extends JobCallName>(
    verb: K,
    ...args: Parameters<JobCalls[K]>
  ): Promise<ReturnType<JobCalls[K]>> {
    // The compiler cannot see that a verb and its arguments of the same K make one of the union's members.
    const request = { verb, args } as JobRequest
    return (await this.calls.call('job', [request])) as ReturnType<JobCalls[K]>
  }
}

/** Options that may be left out. @throws {OptionsError} */
function extrasOf<Options extends object>(
  verb: string,
  options: Options | null | undefined,
): Partial<Options> {
  if (options === undefined || options === null) return {}
  if (typeof options === 'object' && !Array.isArray(options)) return options
  throw new OptionsError(`Expected the options of ${verb} to be an object, got ${shown(options)}.`)
}
