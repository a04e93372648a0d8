import type { AddResult } from '../core/context.ts'
import type { Scheduler } from '../core/scheduler.ts'
import type { NewTask } from '../core/timetable.ts'
import type { Settle } from '../core/waiting-line.ts'
import { Call, type Connection } from './connection.ts'
import { timedRunsOf } from './timed-texts.ts'
import { countOf, packResults, recordsOf, tasksOf, type WireTasks } from './wire-tasks.ts'

/** The calls that add contexts: all together where that can be, or one by one. */
export class AddCalls {
  readonly #scheduler: Scheduler
  readonly #fail: (call: Call<'addEach'>, error: unknown) => void

  constructor(scheduler: Scheduler, fail: (call: Call<'addEach'>, error: unknown) => void) {
    this.#scheduler = scheduler
    this.#fail = fail
  }

  /** All, or none. */
  addTasks(call: Call<'addTasks'>, tasks: WireTasks, deadline: number): void {
    const replaced = this.#addTogether(tasks)
    if (replaced) return call.resolve({ count: countOf(tasks), replaced })
    const settle: Settle<AddResult[]> = {
      resolve: (results) => call.resolve(packResults(results)),
      reject: (error) => call.reject(error),
    }
    if (deadline === -Infinity) settle.resolve(this.#scheduler.addTasks(tasksOf(tasks)))
    else call.waits(this.#scheduler.addTasksWhenRoom(tasksOf(tasks), deadline, settle))
  }

  /** As a call for each: its id is one more than that of the one before. */
  addEach({ connection, id }: Call<'addEach'>, tasks: WireTasks): void {
    let together: readonly number[] | null
    try {
      together = this.#addTogether(tasks)
    } catch (error) {
      for (let each = id; each < id + countOf(tasks); each++) {
        this.#fail(new Call(connection, 'addEach', each), error)
      }
      return
    }
    if (!together) {
      let each = id
      for (const task of tasksOf(tasks)) this.#addOne(connection, each++, task)
      return
    }
    let next = 0
    for (const replaced of together) {
      if (replaced > next) connection.sendAdded(id + next, replaced - next)
      connection.send({ type: 'value', id: id + replaced, value: 'replaced' })
      next = replaced + 1
    }
    const count = countOf(tasks)
    if (count > next) connection.sendAdded(id + next, count - next)
  }

  /** Adds all at once; gives which took an earlier entry's place. Null, with nothing added: that cannot be. */
  #addTogether(tasks: WireTasks): readonly number[] | null {
    const records = recordsOf(tasks)
    if (records) return this.#scheduler.addRun(records) ? [] : null
    const runs = timedRunsOf(tasks)
    return runs && this.#scheduler.addTimed(tasks.taskNames, runs)
  }

  #addOne(connection: Connection, id: number, task: NewTask): void {
    try {
      const [result] = this.#scheduler.addTasks([task])
      if (result === 'added') connection.sendAdded(id)
      else connection.send({ type: 'value', id, value: 'replaced' })
    } catch (error) {
      this.#fail(new Call(connection, 'addEach', id), error)
    }
  }
}
