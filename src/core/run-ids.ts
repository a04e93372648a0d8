import { countOfBytes, havePrefixAlike } from './id-bytes.ts'
import * as idLayout from './id-layout.ts'
import type { TaskIds } from './task-ids.ts'
import { textOfBytes } from './text-bytes.ts'
import { mostAtOnce } from './time-order.ts'
import type { TimedRun } from './timed-run.ts'

const { prefixLength, textOrigin } = idLayout

/**
 * The ids of a run, some way ahead of what is added. Mostly a thread generated them one after the other: then they have
 * one prefix, and each is greater than any before, so that nothing of them is to be looked up.
 */
export class RunIds {
  readonly #ids: TaskIds
  /** What each is as a number, of those that were looked at together. */
  readonly numbers: Uint32Array = new Uint32Array(mostAtOnce)
  /** Where all of them come from. */
  origin: number = textOrigin
  /** How many of them are kept that no context has yet. */
  #ahead = 0

  constructor(ids: TaskIds) {
    this.#ids = ids
  }

  /** Keeps the ids of a run from a place on up to another, if all are new and of one prefix of which others are kept. */
  keepNew({ text, ends, base }: TimedRun, first: number, end: number): boolean {
    const ids = this.#ids
    const { bytes } = text
    const start = first === 0 ? 0 : (ends[3 * first - 1] ?? 0) - base
    if ((ends[3 * first] ?? 0) - base - start <= prefixLength) return false
    const origin = ids.originOf(textOfBytes(bytes, start, start + prefixLength))
    // One that was kept as text, before its prefix had a number, is greater than any that was kept since, perhaps.
    if (origin === textOrigin || ids.mayBeText) return false
    let last = ids.greatestOf(origin)
    let idStart = start
    for (let index = first; index < end; index++) {
      const count = countOfBytes(bytes, idStart, (ends[3 * index] ?? 0) - base)
      if (count <= last || !havePrefixAlike(text, start, idStart)) return false
      this.numbers[index - first] = count
      last = count
      idStart = (ends[3 * index + 2] ?? 0) - base
    }
    this.#ahead = end - first
    ids.keepCounts(origin, this.#ahead, last)
    this.origin = origin
    return true
  }

  /** So many of them have contexts now. */
  made(count: number): void {
    this.#ahead -= count
  }

  /** Forgets those that no context will have. */
  forgetRest(): void {
    this.#ids.release(this.origin, this.#ahead)
    this.#ahead = 0
  }
}
