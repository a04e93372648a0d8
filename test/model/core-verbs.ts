import assert from 'node:assert/strict'
import { Holder, type Delivery } from '../../src/core/delivery.ts'
import { SchedulerError } from '../../src/core/errors.ts'
import type { EventName } from '../../src/core/events.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import type { Clock } from '../../src/core/clock.ts'
import type { TaskRecords } from '../../src/core/record-run.ts'
import type { TimedRun } from '../../src/core/timed-run.ts'
import type { NewTask, TaskRecord } from '../../src/core/task-record.ts'
import type { Settle, Wait } from '../../src/core/waiting-line.ts'
import type { NaiveTask, Outcome, Verbs } from './naive-scheduler.ts'
import { timedRunOf } from '../support/timed-run.ts'
import { holderCount } from './operations.ts'

/** The real scheduler, with the verbs of the model. */
export class CoreVerbs implements Verbs {
  readonly scheduler: Scheduler
  readonly holders: readonly Holder[] = Array.from({ length: holderCount }, () => new Holder())
  readonly events: Map<EventName, number> = new Map()
  settled: string[] = []
  /** How many batches were added as one. */
  together = 0
  /** The same of those that all had a time. */
  togetherTimed = 0
  readonly #waits = new Map<number, Wait>()
  readonly #inRuns: boolean

  /** `inRuns`: what goes straight onto a queue is added as one, which it can be as long as nobody hears of each. */
  constructor(clock: Clock, inRuns: boolean) {
    this.#inRuns = inRuns
    this.scheduler = new Scheduler(clock, {
      wants: (name) => !inRuns || !name.startsWith('task'),
      emit: (name) => {
        this.events.set(name, (this.events.get(name) ?? 0) + 1)
      },
    })
  }

  addQueue(taskName: string, maxSize: number): Outcome {
    return outcomeOf(() => this.scheduler.addQueue(taskName, maxSize))
  }

  removeQueue(taskName: string): Outcome {
    return outcomeOf(() => this.scheduler.removeQueue(taskName))
  }

  queueExists(taskName: string): Outcome {
    return this.scheduler.queueExists(taskName)
  }

  isEmptyQueue(taskName: string): Outcome {
    return outcomeOf(() => this.scheduler.isEmptyQueue(taskName))
  }

  addTasks(tasks: readonly NaiveTask[]): Outcome {
    const records = this.#inRuns ? recordsOf(tasks) : null
    if (records && this.scheduler.addRun(records)) {
      this.together++
      return tasks.map(() => 'added').join()
    }
    const replaced = this.#inRuns ? this.#addTimed(tasks) : null
    if (replaced) {
      this.togetherTimed++
      return tasks.map((_, index) => (replaced.includes(index) ? 'replaced' : 'added')).join()
    }
    return outcomeOf(() => this.scheduler.addTasks(tasks.map(newTask)).join())
  }

  addTasksWhenRoom(number: number, tasks: readonly NaiveTask[], deadline: number): Outcome {
    return this.#waiting<readonly string[]>(
      number,
      (settle) => this.scheduler.addTasksWhenRoom(tasks.map(newTask), deadline, settle),
      (results) => results.join(),
    )
  }

  cancelTask(id: string, queued: boolean): Outcome {
    return this.scheduler.cancelTask(id, queued)
  }

  cancelBySubject(subject: string, queued: boolean): Outcome {
    return this.scheduler.cancelBySubject(subject, queued)
  }

  takenOfSubject(subject: string): Outcome {
    return this.scheduler.takenOfSubject(subject).map(numberOf).join()
  }

  getTask(number: number, taskName: string, holder: number, deadline: number): Outcome {
    return this.#waiting<Delivery>(
      number,
      (settle) => this.scheduler.getTask(taskName, this.#holder(holder), deadline, settle),
      (delivery) => {
        const by = delivery.holder === null ? -1 : this.holders.indexOf(delivery.holder)
        return `${delivery.number} ${delivery.record.id} ${delivery.attempt} ${by}`
      },
    )
  }

  finishOldest(taskName: string, holder: number): Outcome {
    return outcomeOf(() => this.scheduler.finishOldest(taskName, this.#holder(holder)))
  }

  finish(delivery: number, holder: number): Outcome {
    return outcomeOf(() => this.scheduler.finish(delivery, this.#holder(holder)))
  }

  giveBack(delivery: number, holder: number): Outcome {
    return outcomeOf(() => this.scheduler.giveBack(delivery, this.#holder(holder)))
  }

  giveBackAll(holder: number): Outcome {
    return outcomeOf(() => this.scheduler.giveBackAll(this.#holder(holder)))
  }

  withdraw(number: number): Outcome {
    return this.#waits.get(number)?.withdraw() ?? false
  }

  join(number: number, taskName: string, deadline: number): Outcome {
    return this.#waiting<void>(
      number,
      (settle) => this.scheduler.join(taskName, deadline, settle),
      () => 'joined',
    )
  }

  start(): Outcome {
    return outcomeOf(() => this.scheduler.start())
  }

  tick(): Outcome {
    return outcomeOf(() => this.scheduler.tick())
  }

  nextWake(): number {
    return this.scheduler.nextWake()
  }

  runAll(): Outcome {
    return this.scheduler.runAll()
  }

  stopHandingOut(): Outcome {
    return outcomeOf(() => this.scheduler.stopHandingOut())
  }

  close(): Outcome {
    return outcomeOf(() => this.scheduler.close())
  }

  scheduledIds(taskName: string, subjects: readonly string[]): Outcome {
    return outcomeOf(() =>
      this.scheduler
        .scheduled(taskName, subjects)
        .map(({ record }) => record.id)
        .join(),
    )
  }

  queuedNumbers(taskName: string): Outcome {
    return outcomeOf(() => this.scheduler.queued(taskName).map(numberOf).join())
  }

  /** As runs of a few each; null when that cannot be. */
  #addTimed(tasks: readonly NaiveTask[]): readonly number[] | null {
    if (tasks.length === 0 || tasks.some(({ due, epochMs }) => due === null && epochMs === null))
      return null
    const taskNames = [...new Set(tasks.map(({ taskName }) => taskName))]
    const runs: TimedRun[] = []
    for (let from = 0; from < tasks.length; from += 3) {
      runs.push(timedRun(tasks.slice(from, from + 3), taskNames))
    }
    return this.scheduler.addTimed(taskNames, runs)
  }

  #holder(index: number): Holder {
    const holder = this.holders[index]
    if (!holder) throw new RangeError(`There are ${holderCount} holders.`)
    return holder
  }

  #waiting<T>(
    number: number,
    call: (settle: Settle<T>) => Wait | null,
    show: (value: T) => string,
  ): Outcome {
    return outcomeOf(() => {
      const wait = call({
        resolve: (value) => this.settled.push(`${number} ${show(value)}`),
        reject: ({ code, details }) =>
          this.settled.push(`${number} ${code} ${String(details['taskName'])}`),
      })
      if (wait) this.#waits.set(number, wait)
      return wait !== null
    })
  }
}

/** What goes straight onto one queue, as one; null for anything else. */
function recordsOf(tasks: readonly NaiveTask[]): TaskRecords | null {
  const taskName = tasks[0]?.taskName ?? ''
  if (tasks.some((task) => task.due !== null || task.epochMs !== null)) return null
  if (tasks.some((task) => task.taskName !== taskName)) return null
  const records = tasks.map((task) => newTask(task).record)
  const at = (index: number): TaskRecord => {
    const record = records[index]
    assert.ok(record)
    return record
  }
  return { taskName, count: records.length, at }
}

function timedRun(tasks: readonly NaiveTask[], taskNames: readonly string[]): TimedRun {
  return timedRunOf(
    tasks.map(({ id, taskName, subject, due, epochMs }) => ({
      record: { id, taskName, subjectKey: subject, cargo: '' },
      due,
      epochMs,
    })),
    taskNames,
  )
}

/** A value, or the code of one of our own errors; any other error is thrown on. */
function outcomeOf(call: () => Outcome | void): Outcome {
  try {
    return call() ?? 'done'
  } catch (error) {
    if (error instanceof SchedulerError) return error.code
    throw error
  }
}

function newTask({ id, taskName, subject, due, epochMs }: NaiveTask): NewTask {
  return { record: { id, taskName, subjectKey: subject, cargo: null }, due, epochMs }
}

function numberOf({ number }: Delivery): number {
  return number
}
