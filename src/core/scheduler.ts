import { Acceptance } from './acceptance.ts'
import { Admission } from './admission.ts'
import { wallCheckMs } from './calendar-offsets.ts'
import { plainCargo, type CargoCodec } from './cargo-codec.ts'
import type { Clock } from './clock.ts'
import type { AddResult } from './context.ts'
import { Deadlines } from './deadlines.ts'
import type { Delivery, Holder } from './delivery.ts'
import { SchedulerStoppedError, TimeoutError, type SchedulerError } from './errors.ts'
import { noEvents, type EventSink } from './events.ts'
import type { IdBytes } from './id-bytes.ts'
import type { TaskRecords } from './record-run.ts'
import type { SchedulerStats, Totals } from './stats.ts'
import type { TaskQueue } from './task-queue.ts'
import { TaskQueues } from './task-queues.ts'
import type { Trays } from './trays.ts'
import type { TimedRun } from './timed-run.ts'
import { Timetable, type NewTask, type ScheduledEntry } from './timetable.ts'
import { WaitingLine, type Settle, type Wait } from './waiting-line.ts'

/**
 * The state machine behind every verb: the timetable, the queues, and those who wait.
 *
 *     scheduled ─▶ (parked ─▶) queued ─▶ taken ─▶ done
 *
 * It is synchronous and owns no timer: whoever drives it calls `tick` when `nextWake` has come, and hands in a clock.
 * A verb that may have to wait takes a `Settle` and calls it at once or later; an error leaves everything as it was.
 */
export class Scheduler {
  readonly #clock: Clock
  readonly #events: EventSink
  readonly #timetable: Timetable
  readonly #deadlines = new Deadlines()
  readonly #totals: Totals = { added: 0, replaced: 0, done: 0, cancelled: 0, dropped: 0 }
  readonly #queues: TaskQueues
  readonly #acceptance: Acceptance
  readonly #admission: Admission
  readonly #untilNothingTaken = new WaitingLine<null, void>(this.#deadlines)
  #handingOut = true

  /** `newCodec` makes what makes bytes of what the contexts of a queue carry while they are scheduled. */
  constructor(clock: Clock, events: EventSink = noEvents, newCodec: () => CargoCodec = plainCargo) {
    this.#clock = clock
    this.#events = events
    this.#timetable = new Timetable(newCodec)
    this.#queues = new TaskQueues(clock, events, this.#deadlines, this.#totals)
    const accepted = { timetable: this.#timetable, queues: this.#queues, totals: this.#totals }
    const park = (task: number): void => this.#park(task)
    this.#acceptance = new Acceptance({ clock, events, ...accepted, park })
    const accept = (task: NewTask): AddResult => this.#acceptance.accept(task)
    this.#admission = new Admission(clock, events, this.#queues, accept)
  }

  // ---- queues

  addQueue(taskName: string, maxSize = 0): void {
    const queue = this.#queues.add(taskName, maxSize)
    queue.producers.whenLeft = () => this.#admission.letIn(queue)
  }

  /** Cancels what is scheduled for a queue, drops what is queued or taken, and sends those who wait away. */
  removeQueue(taskName: string): void {
    this.#queues.get(taskName)
    for (const task of this.#timetable.ofQueue(taskName)) this.#cancelScheduled(task)
    this.#queues.remove(taskName)
    this.#checkNothingTaken()
  }

  queueExists(taskName: string): boolean {
    return this.#queues.has(taskName)
  }

  isEmptyQueue(taskName: string): boolean {
    return this.#queues.get(taskName).size === 0
  }

  // ---- adding

  /** Adds all, or none: a queue that is unknown or has no room is an error before anything has changed. */
  addTasks(tasks: readonly NewTask[]): AddResult[] {
    return this.#admission.add(tasks)
  }

  /** Adds several at once that go straight onto a queue; false, with nothing changed, when that is to be done one by one. */
  addRun(records: TaskRecords): boolean {
    return !this.#timetable.hasAnyOf(records) && this.#admission.addRun(records)
  }

  /**
   * Adds several at once that all have a time, run after run; gives the places of those that took the place of an earlier
   * entry. Null, with nothing changed, when that is to be done one by one.
   */
  addTimed(taskNames: readonly string[], runs: Iterable<TimedRun>): readonly number[] | null {
    return this.#acceptance.acceptTimed(taskNames, runs)
  }

  /** As `addTasks`, but waits for room until `deadline`. */
  addTasksWhenRoom(
    tasks: readonly NewTask[],
    deadline: number,
    settle: Settle<AddResult[]>,
  ): Wait | null {
    return this.#admission.addWhenRoom(tasks, deadline, settle)
  }

  // ---- cancelling

  /** True when it was scheduled or, if asked for, queued, and is now gone. */
  cancelTask(id: string, queued = false): boolean {
    const before = this.#totals.cancelled
    const task = this.#events.wants('taskCancelled') ? this.#timetable.get(id) : 0
    if (task !== 0) this.#cancelScheduled(task)
    else if (this.#timetable.removeId(id)) this.#totals.cancelled++
    if (queued) this.#withdrawAll(this.#queues.deliveries.ofContext(id))
    return this.#totals.cancelled > before
  }

  /** Whether nobody wants to hear of each that is cancelled. */
  get cancelsQuietly(): boolean {
    return !this.#events.wants('taskCancelled')
  }

  /**
   * As `cancelTask` of each, in order, of what is scheduled, for when nobody wants to hear of it; gives the places of those
   * that were not there.
   */
  cancelTasks(ids: IdBytes): number[] {
    const before = this.#timetable.size
    try {
      return this.#timetable.removeIds(ids)
    } finally {
      this.#totals.cancelled += before - this.#timetable.size
    }
  }

  /** How many were cancelled: scheduled and parked ones, and queued ones if asked for. */
  cancelBySubject(key: string, queued = false): number {
    const before = this.#totals.cancelled
    if (this.#events.wants('taskCancelled'))
      for (const task of this.#timetable.ofSubject(key)) this.#cancelScheduled(task)
    else this.#totals.cancelled += this.#timetable.removeSubject(key)
    if (queued) this.#withdrawAll(this.#queues.deliveries.ofSubject(key))
    return this.#totals.cancelled - before
  }

  /** Whether a context is in somebody's hands. */
  isTaken(id: string): boolean {
    return [...this.#queues.deliveries.ofContext(id)].some(({ state }) => state === 'taken')
  }

  /** What is in somebody's hands of a subject. */
  takenOfSubject(key: string): Delivery[] {
    return [...this.#queues.deliveries.ofSubject(key)].filter(({ state }) => state === 'taken')
  }

  // ---- taking and finishing

  /** Hands out the first context of a queue, waiting for one until `deadline` (-Infinity: not at all). */
  getTask(
    taskName: string,
    holder: Holder,
    deadline: number,
    settle: Settle<Delivery>,
  ): Wait | null {
    const queue = this.#queues.get(taskName)
    if (!this.#handingOut) throw stopped()
    if (this.#queues.take(queue, holder, settle)) {
      this.#refill([queue])
      return null
    }
    return this.#queues.waitFor(queue, holder, deadline, settle)
  }

  /** Finishes what a holder has held of a queue for the longest. */
  finishOldest(taskName: string, holder: Holder): void {
    this.#queues.finishOldest(taskName, holder)
    this.#checkNothingTaken()
  }

  /** Finishes a delivery that a holder has. */
  finish(number: number, holder: Holder): void {
    this.#queues.finishNumber(number, holder)
    this.#checkNothingTaken()
  }

  /** Gives a delivery back unchanged, because it came too late for the one who asked. */
  giveBack(number: number, holder: Holder): void {
    const delivery = holder.get(number)
    if (delivery) this.#queues.restore([delivery])
    else holder.settleDropped(number)
    this.#checkNothingTaken()
  }

  /** Gives back all that a holder held, one attempt later, and what only lay before it: each to its old place. */
  giveBackAll(holder: Holder): void {
    const notStarted = this.trays.takeOff({ holder })
    const held = holder.all()
    for (const delivery of held) delivery.attempt++
    this.#queues.restore([...notStarted, ...held].sort((a, b) => a.number - b.number))
    this.trays.forgetHolder(holder)
    this.#checkNothingTaken()
  }

  /** What was put before consumers ahead of their asking. */
  get trays(): Trays {
    return this.#queues.trays
  }

  /** Follows what consumers did with what lay on their trays: to be called before any other verb. */
  follow(): void {
    const changed = this.trays.follow()
    this.#refill(changed)
    if (changed.length > 0) this.#checkNothingTaken()
  }

  /** Puts what is queued before consumers that work fast. To be called when everything else is done. */
  handAhead(): void {
    do {
      this.follow()
      if (this.#handingOut) this.trays.handAhead()
    } while (this.trays.watch())
  }

  /** Settles when everything that entered the queue is finished. */
  join(taskName: string, deadline: number, settle: Settle<void>): Wait | null {
    return this.#queues.get(taskName).join(deadline, settle)
  }

  // ---- time

  /** From now on, what is due is released. */
  start(): void {
    if (!this.#acceptance.releasing) this.#events.emit('schedulerStarted', {})
    this.#acceptance.releasing = true
  }

  /** Releases what is due, then lets deadlines expire: what is due when a deadline is, is in time for it. */
  tick(): void {
    const now = this.#clock.now()
    if (this.#acceptance.releasing) {
      if (this.#timetable.hasAbsolute) this.#acceptance.followWall(now)
      this.#release(now)
    }
    this.#deadlines.expire(now)
  }

  /** When `tick` has something to do, on the clock's time line. Infinity: nothing, until a verb is called. */
  nextWake(): number {
    const deadline = this.#deadlines.next()
    if (!this.#acceptance.releasing) return deadline
    const wake = Math.min(deadline, this.#timetable.nextDue())
    const now = this.#clock.now()
    if (wake > now + 1 && this.#timetable.leaveSome()) return Math.min(wake, now + 2) // the next go then
    return this.#timetable.hasAbsolute ? Math.min(wake, now + wallCheckMs) : wake
  }

  /** Whether `tick` may have something to do now. */
  mayBeDue(): boolean {
    const now = this.#clock.now()
    return (
      this.#deadlines.next() <= now ||
      (this.#acceptance.releasing && this.#timetable.soonest() <= now)
    )
  }

  /** Does what can be done of the next release before its time. */
  prepare(): void {
    this.#timetable.prepare()
  }

  /** Releases everything scheduled, whatever its time. How many entered their queues; the others are parked. */
  runAll(): number {
    this.#timetable.settle()
    return this.#release(Infinity)
  }

  // ---- stopping

  /** Hands nothing out any more and sends those who wait for work away; every other verb works. */
  stopHandingOut(): void {
    this.#handingOut = false
    this.trays.takeBackAll()
    for (const queue of this.#queues) queue.consumers.rejectAll(stopped)
  }

  /** Settles when nothing is in anybody's hands. */
  whenNothingTaken(deadline: number, settle: Settle<void>): void {
    const late = (): SchedulerError => new TimeoutError('Contexts are still taken.')
    this.#untilNothingTaken.join(null, settle, deadline, late)
    this.#checkNothingTaken()
  }

  /** Releases nothing any more and sends everybody away who waits for anything. */
  close(): void {
    this.#acceptance.releasing = false
    this.stopHandingOut()
    for (const queue of this.#queues) {
      queue.producers.rejectAll(stopped)
      queue.joiners.rejectAll(stopped)
    }
    this.#events.emit('schedulerShutdown', {})
  }

  // ---- looking

  /** What is scheduled or parked, in order of release; of one queue, or of one subject's keys, if those are given. */
  scheduled(taskName?: string, keys?: readonly string[]): ScheduledEntry[] {
    if (taskName !== undefined) this.#queues.get(taskName)
    return this.#timetable.entries(taskName, keys)
  }

  /** What is queued, in order. */
  queued(taskName: string): Delivery[] {
    return this.#queues.get(taskName).queued()
  }

  /** The ids of what is in somebody's hands. */
  takenIds(): string[] {
    return this.#queues.takenIds()
  }

  stats(): SchedulerStats {
    return this.#queues.stats(this.#timetable)
  }

  /** How much every index keeps: for the tests that nothing stays of a context that left. */
  indexSizes(): Readonly<Record<string, number>> {
    const { sizes } = this.#queues.deliveries
    return { ...this.#timetable.indexSizes, ...sizes, deadlines: this.#deadlines.size }
  }

  #cancelScheduled(task: number): void {
    const about = this.#events.wants('taskCancelled') ? this.#about(task) : null
    const state = about && this.#timetable.isParked(task) ? 'parked' : 'scheduled'
    this.#timetable.cancel(task)
    this.#totals.cancelled++
    if (about) this.#events.emit('taskCancelled', { ...about, state })
  }

  /** Takes those of some deliveries that are queued off their queues. */
  #withdrawAll(deliveries: Iterable<Delivery>): void {
    const queued = [...deliveries].filter(({ state }) => state === 'queued')
    this.#refill([...new Set(queued.flatMap((one) => this.#queues.withdraw(one) ?? []))])
  }

  /** Moves everything due by `until` onto its queue, or parks it there; says how many entered. */
  #release(until: number): number {
    const timetable = this.#timetable
    let entered = 0
    for (let task = timetable.first(); task !== 0; task = timetable.first()) {
      if (timetable.due(task) > until) break
      const queue = this.#queues.get(timetable.taskName(task))
      if (queue.room > 0) {
        this.#enterQueue(queue, task)
        entered++
      } else this.#park(task)
    }
    return entered
  }

  /** Moves what is scheduled, or parked, onto its queue. */
  #enterQueue(queue: TaskQueue, task: number): void {
    const timetable = this.#timetable
    const record = timetable.record(task)
    const due = timetable.due(task)
    const epochMs = timetable.epochMs(task)
    timetable.remove(task)
    this.#queues.enter(queue, record, due, epochMs)
  }

  #park(task: number): void {
    this.#timetable.park(task)
    if (this.#events.wants('queueFull')) this.#events.emit('queueFull', this.#about(task))
  }

  #about(task: number): { readonly id: string; readonly taskName: string } {
    return { id: this.#timetable.idOf(task), taskName: this.#timetable.taskName(task) }
  }

  /** Lets what waits for room move up: what is parked, in order of time; then those who wait to add, to any of them. */
  #refill(queues: readonly TaskQueue[]): void {
    for (const queue of queues) {
      while (queue.room > 0) {
        const parked = this.#timetable.firstParked(queue.name)
        if (parked === 0) break
        this.#enterQueue(queue, parked)
      }
    }
    for (const queue of queues) this.#admission.letIn(queue)
  }

  #checkNothingTaken(): void {
    if (this.#untilNothingTaken.size === 0) return
    for (const { taken } of this.#queues) if (taken.size > 0) return
    this.#untilNothingTaken.resolveAll()
  }
}

const stopped = (): SchedulerError =>
  new SchedulerStoppedError('The scheduler was stopped: it hands nothing out any more.')
