import type { CountIndex } from './count-index.ts'
import type { HashIndex } from './hash-index.ts'
import * as idLayout from './id-layout.ts'
import { mostAtOnce } from './leaving.ts'
import type { TaskBlocks } from './task-blocks.ts'
import { type TaskIds } from './task-ids.ts'

const { textOrigin } = idLayout

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

  /** Takes some ids of a list, `mostAtOnce` at most, out of the index of counts. */
  take(list: readonly string[], from: number, to: number): void {
    const ids = this.#ids
    for (let index = from; index < to; index++) {
      const known = ids.find(list[index] ?? '')
      this.#origins[index - from] = known ? ids.origin : textOrigin
      this.#numbers[index - from] = ids.number
    }
    this.#byCount.takeAll(this.#origins, this.#numbers, to - from, this.tasks)
  }

  /** Takes contexts, `mostAtOnce` at most, out of the index that their ids are in. */
  forget(contexts: readonly number[], blocks: TaskBlocks, byText: HashIndex): void {
    let index = 0
    for (const task of contexts) {
      const origin = blocks.originOf(task)
      if (origin === textOrigin) byText.remove(task)
      this.#origins[index] = origin
      this.#numbers[index++] = blocks.numberOf(task)
    }
    this.#byCount.takeAll(this.#origins, this.#numbers, index, this.tasks)
  }
}
