import { alikeFrom } from './byte-text.ts'
import type { SubjectIndex } from './subject-index.ts'
import { hashOfBytes } from './text-bytes.ts'
import type { TimedRun } from './timed-run.ts'

/** So many are looked at together. */
const mostTogether = 64

/**
 * The subject keys of a run, some way ahead of what is added: where the subjects of a great many contexts are is far
 * apart, and the processor waits for several such places at once if they are asked for one right after the other.
 */
export class RunKeys {
  readonly #bySubject: SubjectIndex
  /** Of each of those that were looked at together: the hash of its key, and whether it is that of the one before. */
  readonly #hashes = new Uint32Array(mostTogether)
  readonly #asBefore = new Uint8Array(mostTogether)
  /** The hashes without those that came just before. */
  readonly #unlike = new Uint32Array(mostTogether)
  /** What was seen last. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0

  constructor(bySubject: SubjectIndex) {
    this.#bySubject = bySubject
  }

  /** Looks at the keys from a place of the run on, if that is the first of some; to be called for every place in turn. */
  reach(run: TimedRun, index: number): void {
    if (index % mostTogether === 0) this.#look(run, index, Math.min(run.count - index, mostTogether))
  }

  /** Whether the key at a place is that of the place before. */
  isAsBefore(index: number): boolean {
    return this.#asBefore[index % mostTogether] === 1
  }

  hashAt(index: number): number {
    return this.#hashes[index % mostTogether] ?? 0
  }

  #look({ text: { bytes, view }, ends, base }: TimedRun, first: number, count: number): void {
    const hashes = this.#hashes
    const asBefore = this.#asBefore
    const unlike = this.#unlike
    let unlikeCount = 0
    let hash = 0
    let last = 0
    let lastLength = -1
    for (let index = 0; index < count; index++) {
      const at = 3 * (first + index)
      const keyMark = ends[at + 1] ?? 0
      asBefore[index] = 0
      if (keyMark < 0) continue
      const start = (ends[at] ?? 0) - base
      const length = keyMark - base - start
      if (length === lastLength && alikeFrom(view, last, start, length) === length) {
        asBefore[index] = 1
      } else {
        hash = hashOfBytes(bytes, start, start + length)
        unlike[unlikeCount++] = hash
      }
      hashes[index] = hash
      last = start
      lastLength = length
    }
    this.seen = this.#bySubject.look(unlike, unlikeCount)
  }
}
