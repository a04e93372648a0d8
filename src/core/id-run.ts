import type { CountIndex } from './count-index.ts'
import type { HashIndex } from './hash-index.ts'
import { countOfBytes, havePrefixAlike, type IdBytes } from './id-bytes.ts'
import * as idLayout from './id-layout.ts'
import { mostAtOnce } from './leaving.ts'
import type { TaskBlocks } from './task-blocks.ts'
import type { TaskIds } from './task-ids.ts'
import { textOfBytes } from './text-bytes.ts'

const { prefixLength, textOrigin } = idLayout

/** Several ids: what each is, is found out first, so that where they lead to can be looked at together. */
export class IdRun {
  readonly #ids: TaskIds
  readonly #byCount: CountIndex
  /** Of each the origin, and the count, as `TaskIds` says them; `textOrigin`: it is to be looked for by itself. */
  readonly #origins = new Uint8Array(mostAtOnce)
  readonly #numbers = new Uint32Array(mostAtOnce)
  /** What was taken: 0 for those that are not there, or are to be looked for by themselves. */
  readonly tasks: Uint32Array = new Uint32Array(mostAtOnce)

  constructor(ids: TaskIds, byCount: CountIndex) {
    this.#ids = ids
    this.#byCount = byCount
  }

  /** Takes some ids, `mostAtOnce` at most, out of the index of counts. */
  take({ text, ends }: IdBytes, from: number, to: number): void {
    const ids = this.#ids
    let end = from === 0 ? 0 : (ends[from - 1] ?? 0)
    // Where the last id began of which the prefix was looked up, and what that is.
    let last = -1
    let lastOrigin = textOrigin
    let greatest = 0
    for (let index = from; index < to; index++) {
      const start = end
      end = ends[index] ?? 0
      const count = countOfBytes(text.bytes, start, end)
      if (count !== 0 && !(last >= 0 && havePrefixAlike(text, last, start))) {
        last = start
        lastOrigin = ids.originOf(textOfBytes(text.bytes, start, start + prefixLength))
        greatest = ids.greatestOf(lastOrigin)
      }
      this.#origins[index - from] = count === 0 || count > greatest ? textOrigin : lastOrigin
      this.#numbers[index - from] = count
    }
    this.#byCount.takeAll(this.#origins, this.#numbers, to - from, this.tasks)
  }

  /** Takes contexts, `mostAtOnce` at most, out of the index that their ids are in. */
  forget(contexts: Uint32Array, count: number, blocks: TaskBlocks, byText: HashIndex): void {
    for (let index = 0; index < count; index++) {
      const task = contexts[index] ?? 0
      const origin = blocks.originOf(task)
      if (origin === textOrigin) byText.remove(task)
      this.#origins[index] = origin
      this.#numbers[index] = blocks.numberOf(task)
    }
    this.#byCount.takeAll(this.#origins, this.#numbers, count, this.tasks)
  }
}
