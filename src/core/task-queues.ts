import type { Clock } from './clock.ts'
import type { Deadlines } from './deadlines.ts'
import type { Delivery, Holder } from './delivery.ts'
import { DeliveryIndex } from './delivery-index.ts'
import { QueueEmptyError, QueueError, TaskDoneError } from './errors.ts'
import type { SchedulerError } from './errors.ts'
import type { EventSink } from './events.ts'
import type { TaskRecords } from './record-run.ts'
import type { SchedulerStats, Totals } from './stats.ts'
import { TaskQueue } from './task-queue.ts'
import type { TaskRecord, Timetable } from './timetable.ts'
import { Trays } from './trays.ts'
import type { Settle, Wait } from './waiting-line.ts'

/**
 * All queues by name, and every delivery's way through them: queued, taken, and then done, given back or dropped.
 * What comes onto a queue, and when, is not decided here.
 */
export class TaskQueues {
  readonly #clock: Clock
  readonly #events: EventSink
  readonly #deadlines: Deadlines
  readonly #totals: Totals
  readonly #queues = new Map<string, TaskQueue>()
  readonly #deliveries = new DeliveryIndex()
  readonly trays: Trays

  constructor(clock: Clock, events: EventSink, deadlines: Deadlines, totals: Totals) {
    this.#clock = clock
    this.#events = events
    this.#deadlines = deadlines
    this.#totals = totals
    this.#deliveries.makeAll = () => {
      for (const queue of this) queue.makeAll()
    }
    this.trays = new Trays(clock, {
      queueOf: (taskName) => this.get(taskName),
      started: (queue, delivery, at) => {
        this.#hold(queue, delivery, delivery.holder)
        this.#countTaken(queue, delivery, at)
      },
      finished: (_queue, delivery) => this.#finish(delivery),
      restore: (deliveries) => this.restore(deliveries),
      startedAndFinished: (queue, delivery, at) => {
        this.#countTaken(queue, delivery, at)
        this.trays.forgetStarted(queue, delivery)
        this.#countDone(queue, delivery)
      },
      finishedInRun: (queue, queuedAt, at) => {
        queue.lateness.add(Math.max(0, at - queuedAt))
        this.#countDoneUnseen(queue)
      },
      tellsOfEach: () => events.wants('taskTaken') || events.wants('taskDone'),
    })
  }

  get deliveries(): DeliveryIndex {
    return this.#deliveries
  }

  [Symbol.iterator](): IterableIterator<TaskQueue> {
    return this.#queues.values()
  }

  has(taskName: string): boolean {
    return this.#queues.has(taskName)
  }

  /** @throws {QueueError} when there is no such queue. */
  get(taskName: string): TaskQueue {
    const queue = this.#queues.get(taskName)
    if (!queue) throw noSuchQueue(taskName)
    return queue
  }

  add(taskName: string, maxSize: number): TaskQueue {
    if (this.#queues.has(taskName)) {
      throw new QueueError(`A queue named '${taskName}' exists already.`, {
        code: 'QUEUE_EXISTS',
        details: { taskName },
      })
    }
    const queue = new TaskQueue(taskName, maxSize, this.#deadlines)
    this.#queues.set(taskName, queue)
    this.#events.emit('queueAdded', { taskName, maxSize: Math.max(0, maxSize) })
    return queue
  }

  /** Drops what is queued or taken, and sends those who wait there away. */
  remove(taskName: string): void {
    const queue = this.get(taskName)
    const fromTrays = this.trays.takeOff({ queue })
    this.#queues.delete(taskName)
    for (const delivery of [...fromTrays, ...queue.queued(), ...queue.taken]) {
      this.trays.forgetStarted(queue, delivery)
      delivery.holder?.drop(delivery)
      this.#deliveries.delete(delivery)
      this.#totals.dropped++
    }
    this.trays.forgetQueue(queue)
    const gone = (): SchedulerError => noSuchQueue(taskName)
    queue.consumers.rejectAll(gone)
    queue.producers.rejectAll(gone)
    queue.joiners.rejectAll(gone)
    this.#events.emit('queueRemoved', { taskName })
  }

  /** A context enters its queue, or goes straight to one who waits there. */
  enter(queue: TaskQueue, record: TaskRecord, due: number, dueEpochMs: number | null): void {
    const delivery = this.#deliveries.create(record, due, dueEpochMs, this.#clock.now())
    if (this.#events.wants('taskQueued')) {
      const lateness = Math.max(0, delivery.queuedAt - due) / 1000
      this.#events.emit('taskQueued', { id: record.id, taskName: record.taskName, lateness })
    }
    if (!this.#toConsumer(queue, delivery)) queue.push(delivery)
  }

  /** Several enter their queue together: the first go to those who wait there. */
  enterRun(queue: TaskQueue, records: TaskRecords): void {
    this.#totals.added += records.count
    const run = this.#deliveries.createRun(records, this.#clock.now())
    while (run.count > 0 && queue.consumers.size > 0) this.#toConsumer(queue, run.shift())
    if (run.count > 0) queue.pushRun(run)
  }

  /** Hands the first delivery of a queue out; false when there is none. */
  take(queue: TaskQueue, holder: Holder, settle: Settle<Delivery>): boolean {
    this.trays.asked(queue, holder)
    const delivery = this.trays.next(queue, holder)
    if (delivery) this.#handOver(queue, delivery, holder, settle)
    return delivery !== null
  }

  /** Has somebody wait for a delivery of an empty queue. */
  waitFor(
    queue: TaskQueue,
    holder: Holder,
    deadline: number,
    settle: Settle<Delivery>,
  ): Wait | null {
    const empty = (): SchedulerError => {
      const message = `Nothing came onto queue '${queue.name}' in the time allowed.`
      return new QueueEmptyError(message, { details: { taskName: queue.name } })
    }
    if (deadline > this.#clock.now()) return queue.consumers.join(holder, settle, deadline, empty)
    settle.reject(empty())
    return null
  }

  /** The ids of what is in somebody's hands. */
  takenIds(): string[] {
    return [...this].flatMap(({ taken }) => [...taken].map(({ record }) => record.id))
  }

  /** Finishes what a holder has held of a queue for the longest. */
  finishOldest(taskName: string, holder: Holder): void {
    this.get(taskName)
    const delivery = holder.oldestOf(taskName)
    if (!delivery) {
      throw new TaskDoneError(
        `taskDone('${taskName}') was called too many times: nothing of that queue is taken here.`,
        { details: { taskName } },
      )
    }
    this.#finish(delivery)
  }

  /** Finishes a delivery of a holder. One that the removal of its queue dropped is finished without an error. */
  finishNumber(number: number, holder: Holder): void {
    const delivery = holder.get(number)
    if (delivery) this.#finish(delivery)
    else if (!holder.settleDropped(number)) {
      throw new TaskDoneError(
        'taskDone was called too many times: this context is not, or not any more, taken here.',
      )
    }
  }

  /**
   * Gives deliveries back that are in order of number: each to its old place at the front, or on to one who waits.
   * A full queue takes them too: nothing is lost.
   */
  restore(deliveries: readonly Delivery[]): void {
    const unwanted = deliveries.filter((delivery) => {
      const queue = this.get(delivery.record.taskName)
      this.trays.forgetStarted(queue, delivery)
      delivery.holder?.release(delivery)
      delivery.holder = null
      delivery.state = 'queued'
      queue.taken.delete(delivery)
      return !this.#toConsumer(queue, delivery)
    })
    // From the last to the first, each is put before the one that it precedes.
    for (const delivery of unwanted.toReversed()) {
      this.get(delivery.record.taskName).restore(delivery)
    }
  }

  /** Takes a queued delivery off its queue; null when a consumer has started it on its tray. */
  withdraw(delivery: Delivery): TaskQueue | null {
    const { id, taskName } = delivery.record
    const queue = this.get(taskName)
    const wasOnTray = delivery.holder !== null
    if (wasOnTray && !this.trays.takeBack(queue, delivery)) return null
    this.#deliveries.delete(delivery)
    if (!wasOnTray) queue.leaveHole()
    this.#totals.cancelled++
    if (this.#events.wants('taskCancelled')) {
      this.#events.emit('taskCancelled', { id, taskName, state: 'queued' })
    }
    if (queue.unfinished === 0) queue.joiners.resolveAll()
    return queue
  }

  stats(timetable: Timetable): SchedulerStats {
    const queues = [...this].map((queue) => {
      const scheduled = timetable.scheduledCount(queue.name)
      return [queue.name, queue.stats(scheduled, timetable.parkedCount(queue.name))]
    })
    return { queues: Object.fromEntries(queues), totals: { ...this.#totals } }
  }

  #finish(delivery: Delivery): void {
    const queue = this.get(delivery.record.taskName)
    this.trays.forgetStarted(queue, delivery)
    delivery.holder?.release(delivery)
    queue.taken.delete(delivery)
    this.#countDone(queue, delivery)
  }

  #countDone(queue: TaskQueue, delivery: Delivery): void {
    this.#deliveries.delete(delivery)
    if (this.#events.wants('taskDone')) {
      const { id, taskName } = delivery.record
      this.#events.emit('taskDone', { id, taskName })
    }
    this.#countDoneUnseen(queue)
  }

  #countDoneUnseen(queue: TaskQueue): void {
    queue.done++
    this.#totals.done++
    if (queue.unfinished === 0) queue.joiners.resolveAll()
  }

  #toConsumer(queue: TaskQueue, delivery: Delivery): boolean {
    const consumer = queue.consumers.first()
    if (!consumer) return false
    queue.consumers.remove(consumer)
    this.#handOver(queue, delivery, consumer.data, consumer.settle)
    return true
  }

  #handOver(queue: TaskQueue, delivery: Delivery, holder: Holder, settle: Settle<Delivery>): void {
    this.#hold(queue, delivery, holder)
    this.#countTaken(queue, delivery, this.#clock.now())
    queue.trays.get(holder)?.handedOver(delivery.takenAt)
    settle.resolve(delivery)
  }

  #hold(queue: TaskQueue, delivery: Delivery, holder: Holder | null): void {
    delivery.holder = holder
    holder?.take(delivery)
    queue.taken.add(delivery)
  }

  #countTaken(queue: TaskQueue, delivery: Delivery, at: number): void {
    delivery.state = 'taken'
    delivery.takenAt = at
    const latenessMs = Math.max(0, at - delivery.due)
    queue.lateness.add(latenessMs)
    if (this.#events.wants('taskTaken')) {
      const { id, taskName } = delivery.record
      const { attempt } = delivery
      this.#events.emit('taskTaken', { id, taskName, attempt, lateness: latenessMs / 1000 })
    }
  }
}

function noSuchQueue(taskName: string): QueueError {
  return new QueueError(
    `There is no queue named '${taskName}': call addQueue('${taskName}') first.`,
    {
      code: 'QUEUE_NOT_FOUND',
      details: { taskName },
    },
  )
}
