import type { AddResult } from '../core/context.ts'
import type { NewTask, TaskRecord } from '../core/timetable.ts'
import type { LooseTexts } from './loose-texts.ts'
import { owned } from './owned-text.ts'
import * as textLayout from './text-layout.ts'
import { checkTextLength } from './text-length.ts'
import { TextRecord, TextRecords, TextsBuilder, type Texts } from './texts.ts'

const { fewNumbers, numbersPerContext } = textLayout

/** Contexts on their way to the scheduler thread: an object for each would be cloned at six times the cost. */
export interface WireTasks {
  /** The queues, each once, and the place in that list of each context's; null when there is only one. */
  readonly taskNames: readonly string[]
  readonly queues: ArrayLike<number> | null
  readonly texts: Texts
  /** When each is to be released; null when all go straight to their queue. */
  readonly times: WireTimes | null
}

export interface WireTimes {
  /** NaN where there is none. */
  readonly dues: ArrayLike<number>
  /** The same, and null when there is none at all. */
  readonly epochs: ArrayLike<number> | null
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
  readonly #texts = new TextsBuilder()
  /** When they are due; null when none has a time. */
  readonly #dues: number[] | null
  /** Null: there is no time of the calendar yet. */
  #epochs: number[] | null = null
  #count = 0

  constructor(timed: boolean) {
    this.#dues = timed ? [] : null
  }

  get timed(): boolean {
    return this.#dues !== null
  }

  get count(): number {
    return this.#count
  }

  /** How long the text is that was put together. */
  get textLength(): number {
    return this.#texts.length
  }

  /** @throws {PayloadError} with nothing changed, when all together would be more than a string can hold. */
  push({ record, due, epochMs }: NewTask, loose: LooseTexts | null = null): void {
    const { id, taskName, subjectKey, cargo } = record
    checkTextLength(this.textLength + textLengthOf(record))
    // A cargo is a text: see cargo.ts.
    this.#texts.push(id, subjectKey, cargo as string, loose)
    if (this.#taskNames[0] !== taskName || this.#queues) this.#pushQueue(taskName)
    if (this.#dues) {
      this.#dues.push(due ?? Number.NaN)
      if (epochMs !== null) this.#epochs ??= noTimes(this.#count)
      this.#epochs?.push(epochMs ?? Number.NaN)
    }
    this.#count++
  }

  /** What travels. @throws {PayloadError} when, written as JSON, it is more than a string can hold. */
  wire(): WireTasks {
    const dues = this.#dues && inRow(this.#dues)
    const queues = this.#queues
    return {
      taskNames: this.#taskNames,
      queues: queues && queues.length > fewNumbers ? new Uint32Array(queues) : queues,
      texts: this.#texts.build(),
      times: dues && { dues, epochs: this.#epochs && inRow(this.#epochs) },
    }
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

export function hasTime({ due, epochMs }: NewTask): boolean {
  return due !== null || epochMs !== null
}

export function countOf({ texts }: WireTasks): number {
  return texts.ends.length / numbersPerContext
}

/** Fewer are dealt with one by one: that is not much, and each may be asked for. */
export const fewestInRun = 4

/** The contexts again, as one, when they are for one queue and have no time; else null. */
export function recordsOf({ taskNames, queues, texts, times }: WireTasks): TextRecords | null {
  if (times || queues || texts.ends.length < fewestInRun * numbersPerContext) return null
  return new TextRecords(texts, taskNames[0] ?? '')
}

/** The text of a single context may be kept with its key unless it is as long as this. */
const longText = 4096

/** The contexts again, in order. */
export function tasksOf({ taskNames, queues, texts, times }: WireTasks): NewTask[] {
  const count = texts.ends.length / numbersPerContext
  const tasks: NewTask[] = []
  for (let index = 0; index < count; index++) {
    const record = new TextRecord(texts, index, taskNames[queues?.[index] ?? 0] ?? '')
    const due = numberOf(times?.dues[index])
    const epochMs = numberOf(times?.epochs?.[index])
    const isAlone = !times || (count === 1 && texts.text.length < longText)
    tasks.push({ record: isAlone ? record : apart(record, due ?? epochMs), due, epochMs })
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

/**
 * A record of which nothing that is kept keeps the text that it came with, for others of that stay for other times: of
 * what is scheduled the key at most is kept as it is.
 */
function apart({ id, taskName, subjectKey, cargo }: TextRecord, time: number | null): TaskRecord {
  const key = subjectKey === null ? null : owned(subjectKey)
  if (time !== null) return { id, taskName, subjectKey: key, cargo }
  return { id: owned(id), taskName, subjectKey: key, cargo: owned(cargo) }
}

/** Memory of its own costs more than so few numbers. */
function inRow(numbers: readonly number[]): ArrayLike<number> {
  return numbers.length > fewNumbers ? new Float64Array(numbers) : numbers
}

function noTimes(count: number): number[] {
  return Array.from({ length: count }, () => Number.NaN)
}

function numberOf(number = Number.NaN): number | null {
  return Number.isNaN(number) ? null : number
}
