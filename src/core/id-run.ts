import type { CountIndex } from './count-index.ts'
import { mostAtOnce } from './leaving.ts'
import { type TaskIds, textOrigin } from './task-ids.ts'

/** Several ids: what each is, is found out first, so that where they lead to can be looked at together. */
export class IdRun {
  readonly #ids: TaskIds
  readonly #byCount: CountIndex
  /** Of each the origin, and the count, as `TaskIds` says them; `textOrigin`: it is to be looked for by itself. */
  readonly #origins = new Uint8Array(mostAtOnce)
  readonly #numbers = new Uint32Array(mostAtOnce)
  /** What was seen last. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0

  constructor(ids: TaskIds, byCount: CountIndex) {
    this.#ids = ids
    this.#byCount = byCount
  }

  /** Reads some ids of a list, `mostAtOnce` at most, and looks at where they are in the index of counts. */
  read(list: readonly string[], from: number, to: number): void {
    const ids = this.#ids
    for (let index = from; index < to; index++) {
      const known = ids.find(list[index] ?? '')
      this.#origins[index - from] = known ? ids.origin : textOrigin
      this.#numbers[index - from] = ids.number
    }
    this.seen = this.#byCount.lookAll(this.#origins, this.#numbers, to - from)
  }

  /** Takes one of those that were read out of the index of counts; 0 if it is not there. */
  take(index: number): number {
    const origin = this.#origins[index] ?? textOrigin
    return origin === textOrigin ? 0 : this.#byCount.takeSeen(index, origin, this.#numbers[index] ?? 0)
  }
}
