import { ConflictingIdError, JobLookupError } from '../core/errors.ts'
import { KeyedSets } from '../core/keyed-sets.ts'
import { JobEntry, type JobTrigger } from './job-entry.ts'
import type { JobHost, OccurrenceSource } from './job-host.ts'
import type { JobDefinition, JobRecord } from './job-record.ts'
import { JobSchedule } from './job-schedule.ts'

/** What is to change of a job. Null as its next time pauses it; undefined leaves it. */
export interface JobChanges {
  readonly definition: Partial<Omit<JobDefinition, 'id'>>
  readonly trigger?: JobTrigger | undefined
  readonly nextMs?: number | null | undefined
}

/**
 * All jobs by id and by subject, and the verbs for them.
 *
 * It is synchronous, owns no timer and reads no clock: `now` is what the calendar shows, in milliseconds since the
 * epoch. An error leaves everything as it was.
 */
export class JobTable {
  readonly #host: JobHost
  readonly #jobs = new Map<string, JobEntry>()
  readonly #bySubject = new KeyedSets<JobEntry>()
  /** When they run, and what is under way. */
  readonly schedule: JobSchedule

  constructor(host: JobHost, source: OccurrenceSource, random: () => number = Math.random) {
    this.#host = host
    this.schedule = new JobSchedule(host, source, (job) => this.#remove(job), random)
  }

  /** How many jobs there are. */
  get size(): number {
    return this.#jobs.size
  }

  /** How much is kept: for the tests that nothing stays of a job that left. */
  get sizes(): Readonly<Record<'jobs' | 'subjects' | 'runs', number>> {
    return {
      jobs: this.#jobs.size,
      subjects: this.#bySubject.keyCount,
      runs: this.schedule.runCount,
    }
  }

  /**
   * Adds a job. Its first run is at `firstMs` or, when that is undefined, at the first time of its trigger; null adds
   * it paused.
   *
   * @throws {ConflictingIdError} for a known id, unless it is to be replaced.
   * @throws {TriggerError} `TRIGGER_NEVER_FIRES`; APScheduler 2.1: "would never be run".
   */
  add(
    definition: JobDefinition,
    trigger: JobTrigger,
    firstMs: number | null | undefined,
    replace: boolean,
    now: number,
  ): JobRecord {
    const known = this.#jobs.get(definition.id)
    if (known && !replace) throw conflict(definition.id)
    const settled = this.schedule.settled(trigger, firstMs === undefined, now)
    const job = known ?? new JobEntry(definition, settled)
    if (known) this.#unindex(job)
    job.definition = definition
    job.trigger = settled
    job.runs = 0
    job.lastMs = null
    job.generation++
    this.#jobs.set(definition.id, job)
    this.#index(job)
    this.#host.events.emit('jobAdded', { ...job.about, replaced: known !== undefined })
    this.schedule.place(job, firstMs, now)
    return job.record()
  }

  get(id: string): JobRecord | null {
    return this.#jobs.get(id)?.record() ?? null
  }

  /** In order of their next run, those without one last; pending ones only, or all others, if that is asked for. */
  list(pending?: boolean): JobRecord[] {
    const at = ({ nextMs, firstMs }: JobEntry): number => nextMs ?? firstMs ?? Infinity
    return [...this.#jobs.values()]
      .filter((job) => (pending ?? job.pending) === job.pending)
      .sort((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)))
      .map((job) => job.record())
  }

  /** Changes a job. Its next time stays, unless it is changed too: APScheduler 3.0 does it so. @throws {JobLookupError} */
  modify(id: string, { definition, trigger, nextMs }: JobChanges, now: number): JobRecord {
    const job = this.#find(id)
    if (trigger) this.schedule.follow(job, trigger, now)
    this.#unindex(job)
    job.definition = { ...job.definition, ...definition }
    this.#index(job)
    this.#host.events.emit('jobModified', job.about)
    if (nextMs === null) this.schedule.pause(job)
    else if (nextMs !== undefined) this.schedule.place(job, nextMs, now)
    return job.record()
  }

  /** Gives a job another trigger, and its next run anew from now, also when it was paused. @throws {JobLookupError} */
  reschedule(id: string, trigger: JobTrigger, now: number): JobRecord {
    const job = this.#find(id)
    job.trigger = this.schedule.settled(trigger, true, now)
    job.generation++
    this.#host.events.emit('jobModified', job.about)
    this.schedule.place(job, undefined, now)
    return job.record()
  }

  /** @throws {JobLookupError} */
  pause(id: string): JobRecord {
    const job = this.#find(id)
    this.schedule.pause(job)
    this.#host.events.emit('jobModified', job.about)
    return job.record()
  }

  /** Its next run is the first from now on. Null: there is none, and it was removed. @throws {JobLookupError} */
  resume(id: string, now: number): JobRecord | null {
    const job = this.#find(id)
    if (!job.paused) return job.record()
    this.#host.events.emit('jobModified', job.about)
    this.schedule.place(job, undefined, now)
    return job.removed ? null : job.record()
  }

  /** What of it is on its queue or taken stays. @throws {JobLookupError} */
  remove(id: string): void {
    this.#remove(this.#find(id))
  }

  /** Says how many there were. */
  removeAll(): number {
    const jobs = [...this.#jobs.values()]
    for (const job of jobs) this.#forget(job)
    this.#host.events.emit('allJobsRemoved', { count: jobs.length })
    return jobs.length
  }

  /** Runs a job now, beside its schedule. False: as many instances are running as may. @throws {JobLookupError} */
  run(id: string, now: number): boolean {
    return this.schedule.run(this.#find(id), now)
  }

  /** Pending jobs get their first run. */
  start(now: number): void {
    this.schedule.start([...this.#jobs.values()], now)
  }

  /** Jobs go with their queue. */
  queueRemoved(taskName: string): void {
    for (const job of this.#jobs.values()) {
      if (job.definition.taskName === taskName) this.#remove(job)
    }
    this.schedule.dropped(taskName)
  }

  /** Removes all jobs of a subject. */
  subjectCancelled(key: string): void {
    for (const job of this.#bySubject.of(key)) this.#remove(job)
  }

  #remove(job: JobEntry): void {
    this.#forget(job)
    this.#host.events.emit('jobRemoved', job.about)
  }

  #forget(job: JobEntry): void {
    this.schedule.forget(job)
    this.#unindex(job)
    this.#jobs.delete(job.definition.id)
    job.removed = true
    job.generation++
  }

  #index(job: JobEntry): void {
    const { subjectKey } = job.definition
    if (subjectKey !== null) this.#bySubject.add(subjectKey, job)
  }

  #unindex(job: JobEntry): void {
    const { subjectKey } = job.definition
    if (subjectKey !== null) this.#bySubject.delete(subjectKey, job)
  }

  #find(id: string): JobEntry {
    const job = this.#jobs.get(id)
    if (job) return job
    throw new JobLookupError(`There is no job '${id}'.`, { details: { jobId: id } })
  }
}

function conflict(id: string): ConflictingIdError {
  return new ConflictingIdError(
    `There is a job '${id}' already: give another id, or { replaceExisting: true }.`,
    { details: { jobId: id } },
  )
}
