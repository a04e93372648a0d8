import type { EventName, EventSink, JobFailure, SchedulerEvents } from '../core/events.ts'
import type { Scheduler } from '../core/scheduler.ts'
import type { TaskRecord } from '../core/task-record.ts'
import type { Wait } from '../core/waiting-line.ts'
import type { JobHost, OccurrenceAnswer, OccurrenceSource } from '../jobs/job-host.ts'
import type { JobDefinition } from '../jobs/job-record.ts'
import { JobTable } from '../jobs/job-table.ts'
import { jobTriggerFromJson } from '../jobs/job-trigger.ts'
import { joinCargo } from './cargo.ts'
import type { Call } from './connection.ts'
import type { JobCallName, JobCalls, JobReply, JobRequest, WireJobChanges } from './job-protocol.ts'
import type { JobDefaults } from './job-defaults.ts'
import type { PassClock } from './pass-clock.ts'
import { systemClock } from './system-clock.ts'

/** So long jobs are worked on before what is due is released again: next times take time to compute. */
const sliceMs = 1
/**
 * So long they are left alone then, and after each slice in a row twice as long: whoever works on them needs a processor,
 * too, and what has not been worked on yet is kept in memory. It is soon known whether there are very many.
 */
const leastRestMs = 0.1
const mostRestMs = 8
/** What is so late already is hurried: rests are no longer than slices then, or those behind would never catch up. */
const veryLateMs = 10_000
/** How often the calendar is looked at while jobs wait for a time of it: it may be moved, and nothing tells. */
const wallCheckMs = 1000
/** The calendar may run this much ahead of or behind the clock before it counts as moved. */
const clockJumpMs = 1000

export interface JobServerOptions {
  readonly scheduler: Scheduler
  readonly clock: PassClock
  readonly events: EventSink
  /** What is due is begun at once, however much it is: for a clock that only moves when it is told to. */
  readonly unsliced: boolean
  readonly defaults: JobDefaults
  readonly source: OccurrenceSource
}

type Handlers = { readonly [K in JobCallName]: JobCalls[K] }
type JobCall = Call<'job'>

/**
 * Jobs on the scheduler thread: between their table, the scheduler that its runs go to, and the calls.
 *
 * What becomes of a run is heard as everybody hears it, by the events of its context.
 */
export class JobServer implements JobHost {
  readonly events: EventSink
  readonly #scheduler: Scheduler
  readonly #clock: PassClock
  readonly #unsliced: boolean
  #defaults: JobDefaults
  readonly #table: JobTable
  /** Calls that wait until there is no job. */
  readonly #waiting = new Set<JobCall>()
  /** What the handler of the context that is being finished threw. */
  #failure: JobFailure | null = null
  #offsetMs: number
  /** How long jobs are left alone after the last slice, which was too short for all, and until when. */
  #restMs = 0
  #restsUntil = -Infinity

  constructor({ scheduler, clock, events, unsliced, defaults, source }: JobServerOptions) {
    this.#scheduler = scheduler
    this.#clock = clock
    this.events = events
    this.#unsliced = unsliced
    this.#defaults = defaults
    this.#offsetMs = clock.presentOffset
    this.#table = new JobTable(this, source)
    // What has to be in time is handed out by this thread only, which knows the time.
    const { schedule } = this.#table
    scheduler.trays.keepsBack = ({ record }) => schedule.isTimed(record.id)
    scheduler.trays.keepsAnyBack = () => schedule.areRunsTimed
  }

  // ---- calls

  /** Jobs that are added from now on have these. */
  setDefaults(defaults: Partial<JobDefaults>): void {
    this.#defaults = { ...this.#defaults, ...defaults }
  }

  handle(call: JobCall, request: JobRequest): void {
    if (request.verb === 'whenNoJob') return this.#wait(call)
    // The compiler cannot see that a verb and its arguments belong together.
    const handler = this.#handlers[request.verb] as (...args: unknown[]) => JobReply
    call.resolve(handler(...request.args))
  }

  readonly #handlers: Handlers = {
    addJob: ({ trigger, firstMs, replace, ...job }) => {
      this.#checkQueue(job.taskName)
      const { misfireGraceMs, coalesce, maxInstances, maxRuns = null } = job
      const definition: JobDefinition = {
        ...job,
        misfireGraceMs:
          misfireGraceMs === undefined ? this.#defaults.misfireGraceMs : misfireGraceMs,
        coalesce: coalesce ?? this.#defaults.coalesce,
        maxInstances: maxInstances ?? this.#defaults.maxInstances,
        maxRuns,
      }
      return this.#table.add(definition, jobTriggerFromJson(trigger), firstMs, replace, this.#now)
    },
    getJob: (id) => this.#table.get(id),
    getJobs: (pending) => this.#table.list(pending),
    modifyJob: (id, { trigger, firstMs, newInCargo, ...changes }) => {
      if (changes.taskName !== undefined) this.#checkQueue(changes.taskName)
      const json = trigger && jobTriggerFromJson(trigger)
      const old = this.#table.get(id)?.cargo
      const cargo = newCargo(old, changes.cargo, newInCargo)
      const definition = given({ ...changes, cargo })
      return this.#table.modify(id, { definition, trigger: json, nextMs: firstMs }, this.#now)
    },
    rescheduleJob: (id, trigger) =>
      this.#table.reschedule(id, jobTriggerFromJson(trigger), this.#now),
    pauseJob: (id) => this.#table.pause(id),
    resumeJob: (id) => this.#table.resume(id, this.#now),
    removeJob: (id) => this.#table.remove(id),
    removeAllJobs: () => this.#table.removeAll(),
    runJob: (id) => this.#table.run(id, this.#now),
    pauseJobs: () => this.#table.schedule.pauseAll(),
    resumeJobs: () => this.#table.schedule.resumeAll(),
    whenNoJob: () => undefined,
  }

  /** Jobs that were added before get their first run. */
  start(): void {
    this.#table.start(this.#now)
  }

  /** Removes the jobs of a subject. */
  subjectCancelled(key: string): void {
    this.#table.subjectCancelled(key)
  }

  /** Finishes the context of a run, or of no job, whose handler threw this. */
  finishing(failure: JobFailure | undefined, finish: () => void): void {
    this.#failure = failure ?? null
    try {
      finish()
    } finally {
      this.#failure = null
    }
  }

  // ---- time

  /** When there is something to do, on the clock's time line. */
  nextWake(): number {
    const at = this.#table.schedule.nextTime()
    if (at === Infinity) return Infinity
    const now = this.#clock.now()
    const wake = now + Math.min(Math.max(0, at - this.#now), wallCheckMs)
    return this.#unsliced ? wake : Math.max(wake, this.#restsUntil)
  }

  /** Follows what was finished, and reports what is too late by now. To be called before any other verb. */
  follow(): void {
    const { schedule } = this.#table
    schedule.expire(this.#now)
    let goesOn = false
    while (schedule.goOn(this.#now)) goesOn = true
    if (goesOn) this.#scheduler.tick()
  }

  /** Begins what is due, for so long as others may wait, and has it released. */
  process(): void {
    this.#followWall()
    const { schedule } = this.#table
    const now = this.#now
    if (schedule.nextTime() <= now) {
      if (this.#unsliced) schedule.process(now, always)
      else this.#processSlice(now)
      this.#scheduler.tick()
    }
    this.#settleWaiting()
  }

  #processSlice(now: number): void {
    const start = systemClock.now()
    if (start < this.#restsUntil) return
    let end = start
    this.#table.schedule.process(now, () => (end = systemClock.now()) < start + sliceMs)
    const next = this.#table.schedule.nextTime()
    const isAll = end < start + sliceMs || next > now
    const lateMs = next === -Infinity ? 0 : now - next
    const mostMs = lateMs > veryLateMs ? sliceMs : mostRestMs
    this.#restMs = isAll ? 0 : Math.min(mostMs, 2 * this.#restMs || leastRestMs)
    this.#restsUntil = end + this.#restMs
  }

  /** A custom trigger was asked, and answers. */
  answered(number: number, answer: OccurrenceAnswer): void {
    this.#table.schedule.answered(number, answer, this.#now)
  }

  // ---- what happens

  /** Whether this event is to be told, also when nobody else listens. */
  wants(name: EventName): boolean {
    return (name === 'taskDone' || name === 'taskCancelled') && this.#table.schedule.runCount > 0
  }

  happened<N extends EventName>(name: N, payload: SchedulerEvents[N]): void {
    if (name === 'taskDone') {
      const { id } = payload as SchedulerEvents['taskDone']
      this.#table.schedule.finished(id, this.#failure)
    } else if (name === 'taskCancelled') {
      const { id } = payload as SchedulerEvents['taskCancelled']
      const { schedule } = this.#table
      // A run that is worked on goes on: cancelled is what its handler has scheduled again.
      if (schedule.isRun(id) && !this.#scheduler.isTaken(id)) schedule.cancelled(id)
    } else if (name === 'queueRemoved') {
      const { taskName } = payload as SchedulerEvents['queueRemoved']
      this.#table.queueRemoved(taskName)
    } else if (name === 'clockJump') {
      this.#offsetMs = this.#clock.presentOffset
    }
  }

  // ---- for the table

  submit(record: TaskRecord, dueMs: number): void {
    this.#scheduler.addTasks([{ record, due: null, epochMs: dueMs }])
  }

  withdraw(contextId: string): boolean {
    // What has the id of a run that is worked on is what its handler has scheduled again.
    return !this.#scheduler.isTaken(contextId) && this.#scheduler.cancelTask(contextId, true)
  }

  // ---- inside

  /** What the calendar shows. */
  get #now(): number {
    return this.#clock.wall()
  }

  #checkQueue(taskName: string): void {
    this.#scheduler.isEmptyQueue(taskName)
  }

  /** The core notices while contexts wait for a calendar time; jobs wait for one, too. */
  #followWall(): void {
    const offsetMs = this.#clock.presentOffset
    const movedMs = offsetMs - this.#offsetMs
    if (Math.abs(movedMs) <= clockJumpMs) return
    this.#offsetMs = offsetMs
    if (this.#table.size > 0) this.events.emit('clockJump', { seconds: movedMs / 1000 })
  }

  #wait(call: JobCall): void {
    this.#waiting.add(call)
    const withdraw = (): boolean => this.#waiting.delete(call)
    const wait: Wait = { withdraw, leave: () => (withdraw() ? nothing : null) }
    call.waits(wait)
  }

  #settleWaiting(): void {
    if (this.#waiting.size === 0 || this.#table.size > 0) return
    for (const call of this.#waiting) call.resolve(undefined)
    this.#waiting.clear()
  }
}

const always = (): boolean => true
const nothing = (): void => undefined

/** What is new of a cargo, and the rest of the old one. */
function newCargo(old: unknown, cargo: unknown, isNew: WireJobChanges['newInCargo']): unknown {
  if (old === undefined || cargo === undefined || isNew === 'both') return cargo
  return isNew === 'attributes' ? joinCargo(old, cargo) : joinCargo(cargo, old)
}

/** What is given of some changes: to change something to undefined is to leave it. */
function given(
  changes: Omit<WireJobChanges, 'trigger' | 'firstMs' | 'newInCargo'>,
): Partial<Omit<JobDefinition, 'id'>> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}
