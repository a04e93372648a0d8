import type { Clock } from './clock.ts'
import type { AddResult } from './context.ts'
import { QueueFullError, SchedulerError } from './errors.ts'
import type { EventSink } from './events.ts'
import type { TaskRecords } from './record-run.ts'
import type { TaskQueue } from './task-queue.ts'
import type { TaskQueues } from './task-queues.ts'
import type { NewTask } from './timetable.ts'
import type { Settle, Wait } from './waiting-line.ts'

/** Lets contexts in, all of a batch or none, and lets those wait for whom a bounded queue has no room. */
export class Admission {
  readonly #clock: Clock
  readonly #events: EventSink
  readonly #queues: TaskQueues
  readonly #accept: (task: NewTask) => AddResult

  /** `accept` adds one context; it is only called when all of its batch have room. */
  constructor(
    clock: Clock,
    events: EventSink,
    queues: TaskQueues,
    accept: (task: NewTask) => AddResult,
  ) {
    this.#clock = clock
    this.#events = events
    this.#queues = queues
    this.#accept = accept
  }

  /** @throws {QueueError | QueueFullError} before anything has changed. */
  add(tasks: readonly NewTask[]): AddResult[] {
    const full = this.#queueWithoutRoom(tasks)
    if (full) throw this.#fullError(full, tasks)
    return tasks.map(this.#accept)
  }

  /**
   * Lets several in at once that go straight onto one queue; false, with nothing changed, when they have to be looked at
   * one by one: for there is no such queue or no room, or somebody wants to hear of each.
   */
  addRun(records: TaskRecords): boolean {
    const { taskName, count } = records
    if (!this.#queues.has(taskName)) return false
    const queue = this.#queues.get(taskName)
    if (count > queue.room || queue.producers.size > 0) return false
    if (this.#events.wants('taskAdded') || this.#events.wants('taskQueued')) return false
    this.#queues.enterRun(queue, records)
    return true
  }

  /**
   * Waits for room until `deadline`, behind those who wait already. A batch that is larger than its queue never fits
   * and fails at once.
   */
  addWhenRoom(
    tasks: readonly NewTask[],
    deadline: number,
    settle: Settle<AddResult[]>,
  ): Wait | null {
    const full = this.#queueWithoutRoom(tasks) ?? this.#queueWithLine(tasks)
    if (!full) {
      settle.resolve(tasks.map(this.#accept))
      return null
    }
    if (neverFits(tasks, full) || deadline <= this.#clock.now()) {
      settle.reject(this.#fullError(full, tasks))
      return null
    }
    const batch = { tasks, full }
    return full.producers.join(batch, settle, deadline, () => this.#fullError(batch.full, tasks))
  }

  /** Lets in who waits at a queue that has room again, in order of arrival. */
  letIn(queue: TaskQueue): void {
    for (
      let first = queue.producers.first();
      first && queue.room > 0;
      first = queue.producers.first()
    ) {
      const { data: batch, settle } = first
      let results: AddResult[]
      try {
        const full = this.#queueWithoutRoom(batch.tasks)
        if (full === queue) return
        if (full && neverFits(batch.tasks, full)) throw this.#fullError(full, batch.tasks)
        if (full) {
          batch.full = full
          queue.producers.move(first, full.producers)
          continue
        }
        results = batch.tasks.map(this.#accept)
      } catch (error) {
        queue.producers.remove(first)
        settle.reject(SchedulerError.from(error))
        continue
      }
      queue.producers.remove(first)
      settle.resolve(results)
    }
  }

  /** The first queue that has no room for all that is to go straight onto it, or will never have it. */
  #queueWithoutRoom(tasks: readonly NewTask[]): TaskQueue | null {
    let bounded = false
    for (const { record, due, epochMs } of tasks) {
      const { maxSize } = this.#queues.get(record.taskName)
      if (maxSize !== Infinity && due === null && epochMs === null) bounded = true
    }
    if (!bounded) return null
    let full: TaskQueue | null = null
    for (const [taskName, count] of countsByQueue(tasks)) {
      const queue = this.#queues.get(taskName)
      if (count <= queue.room) continue
      if (count > queue.maxSize) return queue
      full ??= queue
    }
    return full
  }

  /** The first queue at which somebody waits for room before these. */
  #queueWithLine(tasks: readonly NewTask[]): TaskQueue | null {
    for (const { record, due, epochMs } of tasks) {
      const queue = this.#queues.get(record.taskName)
      if (due === null && epochMs === null && queue.producers.size > 0) return queue
    }
    return null
  }

  #fullError(queue: TaskQueue, tasks: readonly NewTask[]): SchedulerError {
    const { name: taskName, size, maxSize } = queue
    const id = tasks.find(({ record }) => record.taskName === taskName)?.record.id ?? ''
    this.#events.emit('queueFull', { id, taskName })
    return new QueueFullError(
      `Queue '${taskName}' holds ${size} of at most ${maxSize} contexts and has no room for ` +
        `${countsByQueue(tasks).get(taskName)} more: wait with { blocking: true }, or give them a schedTime.`,
      { details: { taskName, size, maxSize } },
    )
  }
}

/** Whether more of a batch are to go straight onto a queue than it holds at most. */
function neverFits(tasks: readonly NewTask[], { name, maxSize }: TaskQueue): boolean {
  return (countsByQueue(tasks).get(name) ?? 0) > maxSize
}

/** How many of a batch are to go straight onto each queue. */
function countsByQueue(tasks: readonly NewTask[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { record, due, epochMs } of tasks) {
    if (due !== null || epochMs !== null) continue
    counts.set(record.taskName, (counts.get(record.taskName) ?? 0) + 1)
  }
  return counts
}
