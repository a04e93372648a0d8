import type { JobFailure } from '../core/events.ts'
import { Agenda, type Appointment } from './agenda.ts'
import type { Backlog } from './backlog.ts'
import type { JobEntry } from './job-entry.ts'
import type { JobHost } from './job-host.ts'
import { isMissed } from './misfire.ts'

/** So many runs that are too late are reported one by one; the others of that instance as one. */
const mostReported = 1000

/** One instance of a job: its due runs, one after the other. */
interface Instance {
  readonly job: JobEntry
  /** The job's generation when it began. */
  readonly generation: number
  /** The runs after the first; null for none. */
  readonly rest: Backlog | null
}

/** A run whose context was given to its queue. */
interface Run {
  readonly contextId: string
  /** The queue it went to; the job may have another by now. */
  readonly taskName: string
  readonly instance: Instance
  readonly plannedMs: number
  expiry: Appointment<Run> | null
}

/**
 * The runs of jobs that are under way.
 *
 * An instance is one triggering: it counts until the last of its runs is done. Its runs are given to the queue one
 * after the other, so a job that catches up never has more in hand than `maxInstances`, and takes no more memory for it.
 *
 *     begin ─▶ context on its queue ─▶ finished ─▶ the next of its due runs ... ─▶ end
 *                     └─ later than its grace: withdrawn, and reported as missed
 */
export class JobRuns {
  readonly #host: JobHost
  /** Called when an instance has come to its end. */
  readonly #ended: (job: JobEntry) => void
  readonly #byContext = new Map<string, Run>()
  readonly #expiries = new Agenda<Run>()
  /** Instances whose last run is done, and which may have another. */
  #between: Instance[] = []

  constructor(host: JobHost, ended: (job: JobEntry) => void) {
    this.#host = host
    this.#ended = ended
  }

  /** How many contexts of runs are scheduled, queued or taken. */
  get size(): number {
    return this.#byContext.size
  }

  /** When the first of those that wait becomes too late. */
  get nextExpiry(): number {
    return this.#expiries.next()
  }

  /** Whether an instance waits to go on. */
  get goesOn(): boolean {
    return this.#between.length > 0
  }

  /** Whether a context is that of a run. */
  has(contextId: string): boolean {
    return this.#byContext.has(contextId)
  }

  /** Whether any context may only be handed out in time. */
  get areTimed(): boolean {
    return this.#expiries.size > 0
  }

  /** Whether a context may only be handed out in time. */
  isTimed(contextId: string): boolean {
    return this.areTimed && (this.#byContext.get(contextId)?.expiry ?? null) !== null
  }

  /**
   * Begins an instance: its first run is planned for a time and released so much later, `rest` are those after it. The
   * first that is not too late is given to its queue.
   */
  begin(
    job: JobEntry,
    plannedMs: number,
    releaseMs: number,
    rest: Backlog | null,
    now: number,
  ): void {
    job.instances++
    this.#produce({ job, generation: job.generation, rest }, plannedMs, releaseMs, now)
  }

  /** Begins an instance of one run, now: no part of the schedule, and not counted. */
  runNow(job: JobEntry, now: number): void {
    job.instances++
    this.#submit({ job, generation: job.generation, rest: null }, now, now)
  }

  /** Goes on with the first instance that waits for it; false when none does. */
  goOn(now: number): boolean {
    const instance = this.#between.shift()
    if (!instance) return false
    const planned = following(instance)
    this.#produce(instance, planned, planned ?? now, now)
    return true
  }

  /** The context of a run is done; `failure` is what its handler threw. */
  finished(contextId: string, failure: JobFailure | null): void {
    const run = this.#forget(contextId)
    if (!run) return
    const { events } = this.#host
    if (failure !== null) events.emit('jobError', { ...this.#about(run), error: failure })
    else if (events.wants('jobExecuted')) events.emit('jobExecuted', this.#about(run))
    this.#afterRun(run.instance)
  }

  /** The context of a run was cancelled: nothing of its instance follows. */
  cancelled(contextId: string): void {
    const run = this.#forget(contextId)
    if (run) this.#end(run.instance.job)
  }

  /** The contexts of a queue are gone with it. */
  dropped(taskName: string): void {
    for (const run of this.#byContext.values()) {
      if (run.taskName === taskName) this.cancelled(run.contextId)
    }
  }

  /** Withdraws what still waits and is too late by now. */
  expire(now: number): void {
    for (let run = this.#expiries.take(now); run; run = this.#expiries.take(now)) {
      // Not known any more while it is withdrawn, so that its cancelling is not taken for somebody else's.
      this.#byContext.delete(run.contextId)
      if (!this.#host.withdraw(run.contextId)) {
        this.#byContext.set(run.contextId, run)
        continue
      }
      this.#reportMissed(run.instance, run.plannedMs, run.plannedMs)
      this.#afterRun(run.instance)
    }
  }

  /** Gives the next run of an instance to its queue. Those that are too late already are reported and left out. */
  #produce(instance: Instance, first: number | null, firstReleaseMs: number, now: number): void {
    const { job, rest } = instance
    const { misfireGraceMs, maxRuns } = job.definition
    let releaseMs = firstReleaseMs
    let reported = 0
    for (let planned = first; planned !== null && this.#mayGoOn(instance);) {
      job.runs++
      if (!isMissed(releaseMs, misfireGraceMs, now)) {
        return this.#submit(instance, planned, releaseMs)
      }
      const isOneByOne = ++reported <= mostReported || maxRuns !== null
      const last = isOneByOne ? null : rest?.skipTo(now - (misfireGraceMs ?? 0) - 1)
      this.#reportMissed(instance, planned, last ?? planned)
      planned = following(instance)
      releaseMs = planned ?? releaseMs
    }
    this.#end(job)
  }

  #submit(instance: Instance, plannedMs: number, releaseMs: number): void {
    const { id, taskName, subjectKey, cargo, misfireGraceMs } = instance.job.definition
    const contextId = this.#contextId(id, plannedMs)
    const run: Run = { contextId, taskName, instance, plannedMs, expiry: null }
    this.#byContext.set(contextId, run)
    if (misfireGraceMs !== null) {
      // The first moment that is later than the grace.
      run.expiry = this.#expiries.add(run, releaseMs + misfireGraceMs + leastMs, contextId)
    }
    const { events } = this.#host
    if (events.wants('jobSubmitted')) events.emit('jobSubmitted', this.#about(run))
    this.#host.submit({ id: contextId, taskName, subjectKey, cargo }, releaseMs)
  }

  /** Two runs may have the same planned time, when a job is run by hand or its next run is set. */
  #contextId(jobId: string, plannedMs: number): string {
    const contextId = `${jobId}@${new Date(plannedMs).toISOString()}`
    if (!this.#byContext.has(contextId)) return contextId
    for (let count = 2; ; count++) {
      const another = `${contextId}#${count}`
      if (!this.#byContext.has(another)) return another
    }
  }

  #mayGoOn({ job, generation }: Instance): boolean {
    return job.generation === generation && !job.isSpent
  }

  /** The next run of an instance begins in its turn. */
  #afterRun(instance: Instance): void {
    const hasMore = instance.rest !== null && instance.rest.next !== null
    if (hasMore && this.#mayGoOn(instance)) this.#between.push(instance)
    else this.#end(instance.job)
  }

  #end(job: JobEntry): void {
    job.instances--
    this.#ended(job)
  }

  #forget(contextId: string): Run | null {
    const run = this.#byContext.get(contextId)
    if (!run) return null
    this.#byContext.delete(contextId)
    this.#expiries.callOff(run.expiry)
    return run
  }

  #reportMissed({ job }: Instance, plannedMs: number, throughMs: number): void {
    const { id: jobId, taskName } = job.definition
    const plannedTime = new Date(plannedMs)
    this.#host.events.emit('jobMissed', {
      jobId,
      taskName,
      plannedTime,
      through: new Date(throughMs),
    })
  }

  #about({ contextId: id, taskName, instance, plannedMs }: Run): {
    readonly jobId: string
    readonly id: string
    readonly taskName: string
    readonly plannedTime: Date
  } {
    const jobId = instance.job.definition.id
    return { jobId, id, taskName, plannedTime: new Date(plannedMs) }
  }
}

/** Less than any clock tells apart, and more than a number of milliseconds since the epoch cannot hold. */
const leastMs = 2 ** -10

/** The next run of an instance after its first. */
function following({ rest }: Instance): number | null {
  const next = rest?.next ?? null
  rest?.advance()
  return next
}
