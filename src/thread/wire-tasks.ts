import { constants } from 'node:buffer'
import type { AddResult } from '../core/context.ts'
import { PayloadError } from '../core/errors.ts'
import type { NewTask, TaskRecord } from '../core/timetable.ts'
import { numbersPerContext, TextRecord, TextRecords, TextsBuilder, type Texts } from './texts.ts'

/** Contexts on their way to the scheduler thread: an object for each would be cloned at six times the cost. */
export interface WireTasks {
  /** The queues, each once, and the place in that list of each context's; null when there is only one. */
  readonly taskNames: readonly string[]
  readonly queues: readonly number[] | null
  /** Contexts that go straight to their queue, and leave it again before long. */
  readonly texts: Texts | null
  /** Contexts that have a time. They stay, and a piece of a text would keep the whole of it. */
  readonly timed: WireTimed | null
}

interface WireTimed {
  readonly ids: string[]
  readonly subjectKeys: (string | null)[]
  readonly cargos: string[]
  /** NaN where there is none. */
  readonly dues: number[]
  readonly epochs: number[]
}

/** What became of several that were added together: how many, and which of them took an earlier entry's place. */
export interface WireAddResults {
  readonly count: number
  readonly replaced: readonly number[]
}

/** Collects contexts for one message: either such as have a time, perhaps, or none that has. */
export class TaskBatch {
  readonly #taskNames: string[] = []
  #queues: number[] | null = null
  readonly #texts: TextsBuilder | null
  readonly #timed: WireTimed | null
  #count = 0

  constructor(timed: boolean) {
    this.#texts = timed ? null : new TextsBuilder()
    this.#timed = timed ? { ids: [], subjectKeys: [], cargos: [], dues: [], epochs: [] } : null
  }

  get timed(): boolean {
    return this.#timed !== null
  }

  get count(): number {
    return this.#count
  }

  /** How long the text is that was put together. */
  get textLength(): number {
    return this.#texts?.length ?? 0
  }

  /** @throws {PayloadError} with nothing changed, when all together would be more than a string can hold. */
  push({ record, due, epochMs }: NewTask): void {
    const { id, taskName, subjectKey, cargo } = record
    checkTextLength(this.textLength + textLengthOf(record))
    // A cargo is a text: see cargo.ts.
    this.#texts?.push(id, subjectKey, cargo as string)
    if (this.#taskNames[0] !== taskName || this.#queues) this.#pushQueue(taskName)
    this.#count++
    if (!this.#timed) return
    const { ids, subjectKeys, cargos, dues, epochs } = this.#timed
    ids.push(id)
    subjectKeys.push(subjectKey)
    cargos.push(cargo as string)
    dues.push(due ?? Number.NaN)
    epochs.push(epochMs ?? Number.NaN)
  }

  /** What travels. */
  wire(): WireTasks {
    const texts = this.#texts?.build() ?? null
    return { taskNames: this.#taskNames, queues: this.#queues, texts, timed: this.#timed }
  }

  #pushQueue(taskName: string): void {
    let queue = this.#taskNames.indexOf(taskName)
    if (queue < 0) queue = this.#taskNames.push(taskName) - 1
    if (queue === 0 && !this.#queues) return
    this.#queues ??= Array.from<number>({ length: this.#count }).fill(0)
    this.#queues.push(queue)
  }
}

/** How long the text of a context is. */
export function textLengthOf({ id, subjectKey, cargo }: TaskRecord): number {
  // A cargo is a text: see cargo.ts.
  return id.length + (subjectKey?.length ?? 0) + (cargo as string).length
}

/** @throws {PayloadError} when a text would be longer than a string can be. */
export function checkTextLength(length: number): void {
  if (length <= constants.MAX_STRING_LENGTH) return
  throw new PayloadError(
    `Expected contexts that are added together to be no more than a string can hold, ${constants.MAX_STRING_LENGTH} ` +
      `characters, got ${length}: add fewer of them at once.`,
  )
}

export function hasTime({ due, epochMs }: NewTask): boolean {
  return due !== null || epochMs !== null
}

export function countOf({ texts, timed }: WireTasks): number {
  return texts ? texts.ends.length / numbersPerContext : (timed?.ids.length ?? 0)
}

/** Fewer are dealt with one by one: that is not much, and each may be asked for. */
const fewestInRun = 4

/** The contexts again, as one, when they are for one queue and have no time; else null. */
export function recordsOf({ taskNames, queues, texts }: WireTasks): TextRecords | null {
  if (!texts || queues || texts.ends.length < fewestInRun * numbersPerContext) return null
  return new TextRecords(texts, taskNames[0] ?? '')
}

/** The contexts again, in order. */
export function tasksOf({ taskNames, queues, texts, timed }: WireTasks): NewTask[] {
  const nameAt = (index: number): string => taskNames[queues?.[index] ?? 0] ?? ''
  const tasks: NewTask[] = []
  if (texts) {
    const count = texts.ends.length / numbersPerContext
    for (let index = 0; index < count; index++) {
      const record = new TextRecord(texts, index, nameAt(index))
      tasks.push({ record, due: null, epochMs: null })
    }
  }
  for (const [index, id] of timed?.ids.entries() ?? []) {
    const subjectKey = timed?.subjectKeys[index] ?? null
    const record = { id, taskName: nameAt(index), subjectKey, cargo: timed?.cargos[index] }
    tasks.push({
      record,
      due: numberOf(timed?.dues[index]),
      epochMs: numberOf(timed?.epochs[index]),
    })
  }
  return tasks
}

export function packResults(results: readonly AddResult[]): WireAddResults {
  const replaced: number[] = []
  for (let index = 0; index < results.length; index++) {
    if (results[index] === 'replaced') replaced.push(index)
  }
  return { count: results.length, replaced }
}

export function unpackResults({ count, replaced }: WireAddResults): AddResult[] {
  const results: AddResult[] = []
  for (let index = 0; index < count; index++) results.push('added')
  for (const index of replaced) results[index] = 'replaced'
  return results
}

function numberOf(number = Number.NaN): number | null {
  return Number.isNaN(number) ? null : number
}
