import type { CountIndex } from './count-index.ts'
import type { HashIndex } from './hash-index.ts'
import { textOfId, type IdBytes } from './id-bytes.ts'
import * as idLayout from './id-layout.ts'
import { IdRun } from './id-run.ts'
import { mostAtOnce, type Leaving } from './leaving.ts'
import type { SubjectIndex } from './subject-index.ts'
import type { TaskBlocks } from './task-blocks.ts'
import type { TaskIds } from './task-ids.ts'

const { textOrigin } = idLayout

/** What a timetable consists of, as far as cancelling is concerned. */
export interface CancellingParts {
  readonly ids: TaskIds
  readonly tasks: TaskBlocks
  readonly byCount: CountIndex
  readonly byText: HashIndex
  readonly bySubject: SubjectIndex
  readonly leaving: Leaving
  /** The context of an id; 0 if none is scheduled. */
  readonly get: (id: string) => number
}

/** Takes contexts out of the index of ids, by what is known of them, and has them leave all else later. */
export class TimedCancelling {
  readonly #parts: CancellingParts
  readonly #idRun: IdRun
  /** What is taken from a subject at once. */
  readonly #taken = new Uint32Array(mostAtOnce)
  readonly #one = new Uint32Array(1)

  constructor(parts: CancellingParts) {
    this.#parts = parts
    this.#idRun = new IdRun(parts.ids, parts.byCount)
  }

  cancel(task: number): void {
    this.forgetId(task)
    this.#leaveOne(task)
  }

  /** Takes a context out of the index that its id is in. */
  forgetId(task: number): void {
    const { tasks, byCount, byText } = this.#parts
    const origin = tasks.originOf(task)
    if (origin === textOrigin) byText.remove(task)
    else byCount.remove(origin, tasks.numberOf(task))
  }

  /** Cancels the context of an id, mostly without looking at it; false if none is scheduled. */
  removeId(id: string): boolean {
    const { ids, byCount, get } = this.#parts
    const known = ids.find(id)
    const { origin, number } = ids
    let task = known && origin !== textOrigin ? byCount.take(origin, number) : 0
    if (task !== 0) {
      this.#leaveOne(task)
    } else if (origin === textOrigin || ids.mayBeText) {
      task = get(id)
      if (task !== 0) this.cancel(task)
    }
    return task !== 0
  }

  /** As `removeId` of each, in order; gives the places of those that were not there. */
  removeIds(ids: IdBytes): number[] {
    const missing: number[] = []
    const count = ids.ends.length
    for (let from = 0; from < count; from += mostAtOnce) {
      const to = Math.min(from + mostAtOnce, count)
      this.#idRun.take(ids, from, to)
      this.#leave(this.#idRun.tasks, to - from)
      for (let index = from; index < to; index++) {
        if (this.#idRun.tasks[index - from] !== 0) continue
        if (!this.removeId(textOfId(ids, index))) missing.push(index)
      }
    }
    return missing
  }

  /** Cancels those of a subject, in order of adding; says how many there were. */
  removeSubject(key: string): number {
    const { tasks, byText, bySubject } = this.#parts
    const taken = this.#taken
    let count = 0
    let more: number
    do {
      more = bySubject.take(key, taken)
      const live = this.#onlyLive(taken, more)
      this.#idRun.forget(taken, live, tasks, byText)
      this.#leave(taken, live)
      count += live
    } while (more === taken.length)
    return count
  }

  #leaveOne(task: number): void {
    this.#one[0] = task
    this.#leave(this.#one, 1)
  }

  #leave(tasks: Uint32Array, count: number): void {
    const { byCount, byText, leaving } = this.#parts
    leaving.pushAll(tasks, count, byCount.size + byText.size)
  }

  /** Keeps those of several that are not still to leave; gives how many. */
  #onlyLive(tasks: Uint32Array, count: number): number {
    const { leaving } = this.#parts
    if (leaving.size === 0) return count
    let live = 0
    for (let index = 0; index < count; index++) {
      const task = tasks[index] ?? 0
      if (!leaving.has(task)) tasks[live++] = task
    }
    return live
  }
}
