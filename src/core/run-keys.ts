import { areAlike, type ByteText } from './byte-text.ts'
import type { SubjectIndex } from './subject-index.ts'
import { hashOfBytes } from './text-bytes.ts'
import { mostAtOnce } from './time-order.ts'
import type { TimedRun } from './timed-run.ts'

/** So many are looked at together at most. */
const mostTogether = mostAtOnce

/**
 * The subject keys of a run, some way ahead of what is added: where the subjects of a great many contexts are is far
 * apart, and the processor waits for several such places at once if they are asked for one right after the other.
 */
export class RunKeys {
  readonly #bySubject: SubjectIndex
  /** Of each of those that were looked at together: the hash of its key, and whether it is that of the one before. */
  readonly #hashes = new Uint32Array(mostTogether)
  readonly #asBefore = new Uint8Array(mostTogether)
  /** Where it begins and ends; -1: it has none. */
  readonly #starts = new Int32Array(mostTogether)
  readonly #ends = new Int32Array(mostTogether)
  /** The place in the run of the first of them. */
  #first = 0
  /** The hashes without those that came just before. */
  readonly #unlike = new Uint32Array(mostTogether)
  /** What was seen last. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0

  constructor(bySubject: SubjectIndex) {
    this.#bySubject = bySubject
  }

  /** Looks at the keys of a run from a place on up to another. */
  look({ text: { bytes, view }, ends, base }: TimedRun, first: number, end: number): void {
    const hashes = this.#hashes
    const asBefore = this.#asBefore
    const unlike = this.#unlike
    const starts = this.#starts
    const keyEnds = this.#ends
    const count = end - first
    this.#first = first
    let unlikeCount = 0
    let hash = 0
    let last = 0
    let lastLength = -1
    for (let index = 0; index < count; index++) {
      const at = 3 * (first + index)
      const keyMark = ends[at + 1] ?? 0
      asBefore[index] = 0
      keyEnds[index] = -1
      if (keyMark < 0) continue
      const start = (ends[at] ?? 0) - base
      starts[index] = start
      keyEnds[index] = keyMark - base
      const length = keyMark - base - start
      if (length === lastLength && areAlike(view, last, start, length)) {
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

  /** Adds contexts to their subjects: those that were made of so many places from one on, of what was looked at. */
  append(text: ByteText, tasks: Uint32Array, from: number, count: number): void {
    const bySubject = this.#bySubject
    const shift = from - this.#first
    let to = 0
    for (let index = 0; index < count; index = to) {
      to = index + 1
      const at = shift + index
      const end = this.#ends[at] ?? -1
      if (end < 0) {
        bySubject.append(tasks[index] ?? 0, 0)
        continue
      }
      while (to < count && this.#asBefore[shift + to] === 1) to++
      const subject = bySubject.subjectOfBytes(
        text,
        this.#starts[at] ?? 0,
        end,
        this.#hashes[at] ?? 0,
      )
      bySubject.appendRun(tasks, index, to, subject)
    }
  }
}
