import type { AddResult } from '../core/context.ts'
import type { NewTask, TaskRecord } from '../core/timetable.ts'

/**
 * Contexts on their way to the scheduler thread: a column for each property, which is cloned at a sixth of the cost of
 * an object for each context.
 */
export interface WireTasks {
  readonly ids: string[]
  /** The queues, each once, and the place in that list of each context's; null when there is only one. */
  readonly taskNames: string[]
  queues: number[] | null
  readonly subjectKeys: (string | null)[]
  readonly cargos: string[]
  /** NaN where there is none; null when there is none at all. */
  dues: number[] | null
  epochs: number[] | null
}

/** What became of several that were added together: how many, and which of them took an earlier entry's place. */
export interface WireAddResults {
  readonly count: number
  readonly replaced: readonly number[]
}

export function noTasks(): WireTasks {
  return {
    ids: [],
    taskNames: [],
    queues: null,
    subjectKeys: [],
    cargos: [],
    dues: null,
    epochs: null,
  }
}

/** Appends a context; says how many there are. */
export function pushTask(tasks: WireTasks, { record, due, epochMs }: NewTask): number {
  const { id, taskName, subjectKey, cargo } = record
  const index = tasks.ids.length
  if (tasks.taskNames[0] !== taskName || tasks.queues) pushQueue(tasks, taskName, index)
  if (due !== null) (tasks.dues ??= missing(index))[index] = due
  else tasks.dues?.push(Number.NaN)
  if (epochMs !== null) (tasks.epochs ??= missing(index))[index] = epochMs
  else tasks.epochs?.push(Number.NaN)
  tasks.subjectKeys.push(subjectKey)
  // A cargo is a text: see cargo.ts.
  tasks.cargos.push(cargo as string)
  return tasks.ids.push(id)
}

/** The contexts again, in order. */
export function tasksOf(tasks: WireTasks): NewTask[] {
  const { ids, taskNames, queues, subjectKeys, cargos, dues, epochs } = tasks
  return ids.map((id, index) => {
    const record: TaskRecord = {
      id,
      taskName: taskNames[queues?.[index] ?? 0] ?? '',
      subjectKey: subjectKeys[index] ?? null,
      cargo: cargos[index],
    }
    return { record, due: numberAt(dues, index), epochMs: numberAt(epochs, index) }
  })
}

export function packResults(results: readonly AddResult[]): WireAddResults {
  const replaced: number[] = []
  for (let index = 0; index < results.length; index++) {
    if (results[index] === 'replaced') replaced.push(index)
  }
  return { count: results.length, replaced }
}

export function unpackResults({ count, replaced }: WireAddResults): AddResult[] {
  const results = Array.from<AddResult>({ length: count }).fill('added')
  for (const index of replaced) results[index] = 'replaced'
  return results
}

function pushQueue(tasks: WireTasks, taskName: string, index: number): void {
  let queue = tasks.taskNames.indexOf(taskName)
  if (queue < 0) queue = tasks.taskNames.push(taskName) - 1
  if (queue === 0 && !tasks.queues) return
  tasks.queues ??= Array.from<number>({ length: index }).fill(0)
  tasks.queues.push(queue)
}

function missing(count: number): number[] {
  return Array.from<number>({ length: count }).fill(Number.NaN)
}

function numberAt(numbers: readonly number[] | null, index: number): number | null {
  const number = numbers?.[index] ?? Number.NaN
  return Number.isNaN(number) ? null : number
}
