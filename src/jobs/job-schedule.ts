import { TriggerError } from '../core/errors.ts'
import type { JobFailure } from '../core/events.ts'
import type { ComputedTrigger } from '../triggers/trigger.ts'
import { Agenda } from './agenda.ts'
import { ListedTimes, TriggeredTimes, type Backlog } from './backlog.ts'
import { CustomOccurrences } from './custom-occurrences.ts'
import { CustomTrigger } from './custom-trigger.ts'
import type { JobEntry, JobTrigger } from './job-entry.ts'
import type { JobHost, OccurrenceAnswer, OccurrenceSource } from './job-host.ts'
import { JobRuns } from './job-runs.ts'
import { dueUntil } from './misfire.ts'
import { movedTo } from './moved-trigger.ts'

/** Runs that are due, in one instance. */
interface DueRuns {
  readonly first: number
  /** When the first is released: its jitter later. */
  readonly releaseMs: number
  readonly last: number
  /** Those after the first; null for none. */
  readonly rest: Backlog | null
}

/**
 * When jobs run next, and what is under way of them.
 *
 *     place ─▶ (pending ─▶) its next time ─▶ due: an instance begins, or is skipped ─▶ its next time ... ─▶ over
 *
 * `now` is what the calendar shows, in milliseconds since the epoch. Next times come from planned times, so a clock that
 * is set back repeats nothing.
 */
export class JobSchedule {
  readonly #host: JobHost
  readonly #random: () => number
  /** Called when a job has no next run and its last one is done. */
  readonly #over: (job: JobEntry) => void
  readonly #agenda = new Agenda<JobEntry>()
  readonly #runs: JobRuns
  readonly #custom: CustomOccurrences
  #started = false
  #paused = false

  /** `random` gives numbers from 0 to 1, for the jitter of triggers. */
  constructor(
    host: JobHost,
    source: OccurrenceSource,
    over: (job: JobEntry) => void,
    random: () => number,
  ) {
    this.#host = host
    this.#over = over
    this.#random = random
    this.#runs = new JobRuns(host, (job) => this.#endIfOver(job))
    this.#custom = new CustomOccurrences(source, {
      due: (job, times, now) => {
        const [first = now, ...others] = times
        const rest = others.length > 0 ? new ListedTimes(others) : null
        job.deciding = true
        this.#begin(job, { first, releaseMs: first, last: others.at(-1) ?? first, rest }, now)
        job.deciding = false
      },
      next: (job, nextMs, now) => this.#setNext(job, job.isSpent ? null : nextMs, now),
      failed: (job, message) => {
        if (job.removed || job.paused) return
        this.pause(job)
        host.events.emit('jobDisabled', { ...job.about, message })
      },
    })
  }

  /** How many contexts of runs are scheduled, queued or taken. */
  get runCount(): number {
    return this.#runs.size
  }

  /** Whether a context is that of a run which is under way. */
  isRun(contextId: string): boolean {
    return this.#runs.has(contextId)
  }

  /** Whether any context may only be handed out in time. */
  get areRunsTimed(): boolean {
    return this.#runs.areTimed
  }

  /** Whether a context may only be handed out in time: later it is too late for its grace. */
  isTimed(contextId: string): boolean {
    return this.#runs.isTimed(contextId)
  }

  // ---- one job

  /**
   * The trigger with what it counts from settled; as it is while the job would be pending.
   *
   * @throws {TriggerError} `TRIGGER_NEVER_FIRES` when it has to give the first run, and gives none; `TRIGGER_INVALID`
   * for a custom one that is unknown.
   */
  settled(trigger: JobTrigger, givesFirst: boolean, now: number): JobTrigger {
    if (trigger instanceof CustomTrigger) {
      this.#custom.check(trigger)
      return trigger
    }
    const anchored = trigger.anchored(now)
    if (givesFirst && anchored.nextFireMs(null, now) === null) {
      throw new TriggerError(
        `Expected a trigger that fires, got ${String(trigger)}: it has no time from now on.`,
        { code: 'TRIGGER_NEVER_FIRES' },
      )
    }
    return this.#started ? anchored : trigger
  }

  /** Plans the first run of a job: at `firstMs`, at the first time of its trigger (undefined), or not now (null: paused). */
  place(job: JobEntry, firstMs: number | null | undefined, now: number): void {
    this.forget(job)
    job.paused = firstMs === null
    job.pending = !this.#started
    job.firstMs = firstMs
    if (firstMs !== undefined && firstMs !== null) job.trigger = moved(job.trigger, firstMs)
    if (job.pending || firstMs === null) return
    if (job.isSpent) this.#setNext(job, null, now)
    else if (firstMs !== undefined) this.#setNext(job, firstMs, now)
    else if (job.trigger instanceof CustomTrigger) this.#custom.ask(job, now)
    else this.#setNext(job, firstTime(job, job.trigger, now), now)
  }

  /** Gives a job another trigger, whose times follow the run that is planned. */
  follow(job: JobEntry, trigger: JobTrigger, now: number): void {
    const settled = this.settled(trigger, false, now)
    const { nextMs } = job
    const isAsked = nextMs === null && this.#custom.isAsked(job)
    this.#custom.release(job, now)
    job.trigger = nextMs === null ? settled : moved(settled, nextMs)
    if (isAsked) this.place(job, undefined, now)
    else if (nextMs !== null && settled instanceof CustomTrigger)
      this.#custom.askAhead(job, nextMs, now)
  }

  /** It has no next run until it is placed again; what is on its queue or taken stays. */
  pause(job: JobEntry): void {
    this.forget(job)
    job.paused = true
    job.firstMs = null
    job.generation++
  }

  /** It has no next run. */
  forget(job: JobEntry): void {
    this.#unplan(job)
    this.#custom.forget(job)
  }

  /** Runs a job now, beside its schedule. False: as many instances are running as may. */
  run(job: JobEntry, now: number): boolean {
    if (job.instances < job.definition.maxInstances) {
      this.#runs.runNow(job, now)
      return true
    }
    this.#reportSkipped(job, now, now)
    return false
  }

  // ---- time

  /** Pending jobs get their first run, from now on: none that has passed. */
  start(jobs: Iterable<JobEntry>, now: number): void {
    if (this.#started) return
    this.#started = true
    for (const job of jobs) {
      if (job.trigger instanceof CustomTrigger) {
        this.place(job, job.firstMs, now)
        continue
      }
      const trigger = job.trigger.anchored(now)
      job.trigger = trigger
      // A date that passed meanwhile, too, is not made up for.
      const next = job.firstMs === undefined ? trigger.firstFrom(now) : job.firstMs
      job.pending = false
      if (next === null && !job.paused) this.#over(job)
      else this.place(job, next, now)
    }
  }

  /** From now on nothing becomes due; runs that are on their queues are worked on. */
  pauseAll(): void {
    if (!this.#paused) this.#host.events.emit('schedulerPaused', {})
    this.#paused = true
  }

  /** What became due meanwhile is due now: late, and by the rules for that. */
  resumeAll(): void {
    if (this.#paused) this.#host.events.emit('schedulerResumed', {})
    this.#paused = false
  }

  /** When there is something to do: -Infinity for at once, Infinity for not before something happens. */
  nextTime(): number {
    const expiry = this.#runs.nextExpiry
    if (!this.#started || this.#paused) return expiry
    return this.#runs.goesOn ? -Infinity : Math.min(expiry, this.#agenda.next())
  }

  /** Reports what still waits and is too late by now. To be called before anything is handed out. */
  expire(now: number): void {
    if (this.#runs.nextExpiry <= now) this.#runs.expire(now)
  }

  /** Goes on with instances whose last run is done; false when there is none. */
  goOn(now: number): boolean {
    return this.#started && !this.#paused && this.#runs.goOn(now)
  }

  /** Begins what is due, in order of time and, among equals, of id, while it may; at least one step is taken. */
  process(now: number, mayGoOn: () => boolean): void {
    this.expire(now)
    if (!this.#started || this.#paused) return
    do {
      if (this.#runs.goOn(now)) continue
      const job = this.#agenda.take(now)
      if (!job) return
      this.#due(job, now)
    } while (mayGoOn())
  }

  /** A custom trigger was asked, and answers. */
  answered(number: number, answer: OccurrenceAnswer, now: number): void {
    this.#custom.answered(number, answer, now)
  }

  // ---- what happens to contexts, of jobs or not

  /** A context is done; `failure` is what its handler threw. */
  finished(contextId: string, failure: JobFailure | null): void {
    this.#runs.finished(contextId, failure)
  }

  cancelled(contextId: string): void {
    this.#runs.cancelled(contextId)
  }

  /** A queue is gone, with all that was on it. */
  dropped(taskName: string): void {
    this.#runs.dropped(taskName)
  }

  // ---- inside

  #due(job: JobEntry, now: number): void {
    const first = job.nextMs ?? now
    const { trigger, releaseMs } = job
    const { coalesce } = job.definition
    this.#unplan(job)
    if (job.isSpent) return this.#setNext(job, null, now)
    if (trigger instanceof CustomTrigger) return this.#custom.due(job, first, now)
    const { last, next } = dueUntil(trigger, first, now)
    const isOne = coalesce || last === first
    const due: DueRuns = isOne
      ? { first: last, releaseMs: last === first ? releaseMs : last, last, rest: null }
      : { first, releaseMs, last, rest: timesAfter(trigger, first, last) }
    job.lastMs = last
    job.deciding = true
    this.#begin(job, due, now)
    job.deciding = false
    this.#setNext(job, job.isSpent ? null : next, now)
  }

  /** Begins an instance, or skips its runs for good when as many are running as may. */
  #begin(job: JobEntry, { first, releaseMs, last, rest }: DueRuns, now: number): void {
    if (job.instances < job.definition.maxInstances) {
      this.#runs.begin(job, first, releaseMs, rest, now)
      return
    }
    job.runs++
    this.#reportSkipped(job, first, last)
  }

  #unplan(job: JobEntry): void {
    this.#agenda.callOff(job.appointment)
    job.appointment = null
    job.nextMs = null
  }

  #setNext(job: JobEntry, nextMs: number | null, now: number): void {
    if (job.removed || job.paused) return
    job.nextMs = nextMs
    if (nextMs === null) return this.#endIfOver(job)
    const { trigger } = job
    if (trigger instanceof CustomTrigger) this.#custom.askAhead(job, nextMs, now)
    const jitterMs = trigger instanceof CustomTrigger ? 0 : trigger.jitterMs
    job.releaseMs = jitterMs === 0 ? nextMs : nextMs + this.#random() * jitterMs
    job.appointment = this.#agenda.add(job, job.releaseMs, job.definition.id)
  }

  #endIfOver(job: JobEntry): void {
    const { removed, paused, pending, deciding, instances } = job
    if (removed || paused || pending || deciding || instances > 0) return
    if (job.isSpent || (job.nextMs === null && !this.#custom.isAsked(job))) this.#over(job)
  }

  #reportSkipped(job: JobEntry, plannedMs: number, throughMs: number): void {
    const plannedTime = new Date(plannedMs)
    const through = new Date(throughMs)
    this.#host.events.emit('jobMaxInstances', { ...job.about, plannedTime, through })
  }
}

/** A trigger's times after one, up to another. */
function timesAfter(trigger: ComputedTrigger, first: number, last: number): Backlog {
  const times = new TriggeredTimes(trigger, first, last)
  times.advance()
  return times
}

/** The first time from now on, but not one that has come already: it may be now. */
function firstTime(job: JobEntry, trigger: ComputedTrigger, now: number): number | null {
  const next = trigger.nextFireMs(null, now)
  return next !== null && next === job.lastMs ? trigger.nextFireMs(next, now) : next
}

function moved(trigger: JobTrigger, firstMs: number): JobTrigger {
  return trigger instanceof CustomTrigger ? trigger : movedTo(trigger, firstMs)
}
