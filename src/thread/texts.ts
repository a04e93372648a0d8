import type { TaskRecords } from '../core/record-run.ts'
import type { TaskRecord } from '../core/task-record.ts'
import { UncheckedTexts, type LooseTexts } from './loose-texts.ts'
import * as textLayout from './text-layout.ts'

const { numbersPerContext, fewNumbers } = textLayout

/**
 * What several contexts are made of, in one text: of each its id, its subject key and its cargo.
 *
 *     id|key|cargo|id|key|cargo|...      `ends` says where each of the three ends; of a key that is null, ~end
 *
 * Who only hands contexts on copies a piece of it, and makes no strings.
 */
export interface Texts {
  readonly text: string
  readonly ends: ArrayLike<number>
  /** What the ends say more than is in the text: it is a piece of a longer one. */
  readonly base: number
}

/** Puts texts together. */
export class TextsBuilder {
  #text = ''
  readonly #ends: number[] = []
  #length = 0
  #unchecked: UncheckedTexts | null = null

  get length(): number {
    return this.#length
  }

  get count(): number {
    return this.#ends.length / numbersPerContext
  }

  push(
    id: string,
    subjectKey: string | null,
    cargo: string,
    loose: LooseTexts | null = null,
  ): void {
    const ends = this.#ends
    // Before anything else has changed: it may be more than a string can hold.
    this.#text += subjectKey === null ? id + cargo : id + subjectKey + cargo
    ends.push((this.#length += id.length))
    if (subjectKey === null) ends.push(~this.#length)
    else ends.push((this.#length += subjectKey.length))
    ends.push((this.#length += cargo.length))
    if (!loose || loose.count === 0) return
    this.#unchecked ??= new UncheckedTexts()
    this.#unchecked.push(loose, this.#length)
  }

  /** Appends contexts that follow one another elsewhere, the last one not included. */
  pushRun(texts: Texts, from: number, to: number): void {
    const { text, ends, base } = texts
    const start = startOf(texts, from)
    const shift = this.#length - start
    const last = to * numbersPerContext
    for (let index = from * numbersPerContext; index < last; index++) {
      const end = ends[index] ?? 0
      this.#ends.push(end < 0 ? ~(~end + shift) : end + shift)
    }
    const end = startOf(texts, to)
    this.#text += text.slice(start - base, end - base)
    this.#length += end - start
  }

  /** What was loose is looked at now. */
  build(): Texts {
    const ends = this.#ends
    if (this.#unchecked) {
      this.#text = this.#unchecked.checked(this.#text, ends)
      this.#length = this.#text.length
      this.#unchecked = null
    }
    return {
      text: this.#text,
      base: 0,
      ends: ends.length > fewNumbers ? new Int32Array(ends) : ends,
    }
  }
}

/** Some that follow one another, the last one not included. */
export function cutTexts(texts: Texts, from: number, to: number): Texts {
  const { text, ends, base } = texts
  if (from === 0 && to * numbersPerContext === ends.length) return texts
  const start = startOf(texts, from)
  return {
    text: text.slice(start - base, startOf(texts, to) - base),
    ends: sliceOf(ends, from * numbersPerContext, to * numbersPerContext),
    base: start,
  }
}

/** A context among others, of which nothing is cut out before somebody asks. */
export class TextRecord implements TaskRecord {
  readonly texts: Texts
  readonly index: number
  readonly taskName: string

  constructor(texts: Texts, index: number, taskName: string) {
    this.texts = texts
    this.index = index
    this.taskName = taskName
  }

  get id(): string {
    return idAt(this.texts, this.index)
  }

  get subjectKey(): string | null {
    return subjectKeyAt(this.texts, this.index)
  }

  get cargo(): string {
    return cargoAt(this.texts, this.index)
  }
}

/** Contexts of one queue that came together. */
export class TextRecords implements TaskRecords {
  readonly texts: Texts
  readonly taskName: string
  readonly count: number

  constructor(texts: Texts, taskName: string) {
    this.texts = texts
    this.taskName = taskName
    this.count = countOfTexts(texts)
  }

  at(index: number): TextRecord {
    return new TextRecord(this.texts, index, this.taskName)
  }
}

export function idAt(texts: Texts, index: number): string {
  const { text, ends, base } = texts
  return text.slice(startOf(texts, index) - base, (ends[index * numbersPerContext] ?? 0) - base)
}

export function subjectKeyAt({ text, ends, base }: Texts, index: number): string | null {
  const end = ends[index * numbersPerContext + 1] ?? -1
  return end < 0 ? null : text.slice((ends[index * numbersPerContext] ?? 0) - base, end - base)
}

export function cargoAt(texts: Texts, index: number): string {
  return texts.text.slice(cargoStart(texts, index), cargoEnd(texts, index))
}

/** Where a cargo begins in the text. */
export function cargoStart({ ends, base }: Texts, index: number): number {
  const before = ends[index * numbersPerContext + 1] ?? 0
  return (before < 0 ? ~before : before) - base
}

export function cargoEnd({ ends, base }: Texts, index: number): number {
  return (ends[index * numbersPerContext + 2] ?? 0) - base
}

export function countOfTexts({ ends }: Texts): number {
  return ends.length / numbersPerContext
}

/** How long the text is of some that follow one another. */
export function lengthOf(texts: Texts, from: number, to: number): number {
  return startOf(texts, to) - startOf(texts, from)
}

function startOf({ ends, base }: Texts, index: number): number {
  return index === 0 ? base : (ends[index * numbersPerContext - 1] ?? 0)
}

/** A copy of memory of its own: what is posted is posted with all the memory that it is a view of. */
function sliceOf(numbers: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  return numbers instanceof Int32Array
    ? numbers.slice(from, to)
    : Array.from({ length: to - from }, (_, index) => numbers[from + index] ?? 0)
}
