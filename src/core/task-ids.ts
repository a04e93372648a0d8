import * as idLayout from './id-layout.ts'
import { hashOfText } from './text-bytes.ts'

const { textOrigin, prefixLength, dash, mostDigits } = idLayout

interface Origin {
  readonly prefix: string
  /** How many ids of it are kept. */
  uses: number
  /** The greatest count that was kept: a greater one is new. */
  greatest: number
}

/**
 * Ids as numbers. A generated id, and any other that looks like one, is the number of its prefix and a count, and turns
 * back into the same text; other ids, and those of more prefixes than there are numbers, are kept as text.
 */
export class TaskIds {
  readonly #origins: (Origin | undefined)[] = []
  readonly #byPrefix = new Map<string, number>()
  /** How many ids are kept as text that could be numbers now. */
  #likeGenerated = 0
  readonly #lastCodes = new Uint16Array(prefixLength)
  #lastOrigin = textOrigin
  /** What `find` and `keep` found: an origin, and a count; or `textOrigin`, and a hash. */
  origin: number = textOrigin
  number = 0

  /** Whether ids that could be numbers may be kept as text. */
  get mayBeText(): boolean {
    return this.#likeGenerated > 0
  }

  /** Finds what an id is, if it is kept; false when it surely is not. */
  find(id: string): boolean {
    const count = countOf(id)
    if (count === 0) {
      this.asText(id)
      return true
    }
    const origin = this.#originOf(id)
    const known = this.#origins[origin]
    if (!known) return false
    this.#set(origin, count)
    return count <= known.greatest
  }

  /** Finds what an id is as text. */
  asText(id: string): void {
    this.origin = textOrigin
    this.number = hashOfText(id)
  }

  /** Finds what an id is, and keeps it until `release`. */
  keep(id: string): void {
    const count = countOf(id)
    if (count === 0) {
      this.asText(id)
      return
    }
    let origin = this.#originOf(id)
    if (origin === textOrigin) origin = this.#addOrigin(id.slice(0, prefixLength))
    const known = this.#origins[origin]
    if (!known) {
      this.#likeGenerated++
      this.asText(id)
      return
    }
    known.uses++
    if (count > known.greatest) known.greatest = count
    this.#set(origin, count)
  }

  /** The origin that has a prefix; `textOrigin`, of which no count was kept, if none has. */
  originOf(prefix: string): number {
    return this.#byPrefix.get(prefix) ?? textOrigin
  }

  /** The greatest count that was kept of an origin: a greater one is new. */
  greatestOf(origin: number): number {
    return this.#origins[origin]?.greatest ?? 0
  }

  /** Keeps so many ids of an origin of which others are kept, none of a greater count than this. */
  keepCounts(origin: number, uses: number, greatest: number): void {
    const known = this.#origins[origin]
    if (!known) throw new RangeError(`There is no origin ${origin}.`)
    known.uses += uses
    if (greatest > known.greatest) known.greatest = greatest
  }

  /** Forgets ids that are numbers, so many of one origin. */
  release(origin: number, count = 1): void {
    const known = this.#origins[origin]
    if (!known || count === 0) return
    known.uses -= count
    if (known.uses > 0) return
    this.#origins[origin] = undefined
    this.#byPrefix.delete(known.prefix)
    this.#lastOrigin = textOrigin
  }

  /** Forgets an id that is kept as text. */
  releaseText(id: string): void {
    if (this.#likeGenerated > 0 && countOf(id) !== 0) this.#likeGenerated--
  }

  /** Forgets an id of which nothing more is known than what `keep` found. */
  forget(origin: number, id: string): void {
    if (origin === textOrigin) this.releaseText(id)
    else this.release(origin)
  }

  /** The id that is a number. */
  textOf(origin: number, number: number): string {
    return `${this.#origins[origin]?.prefix ?? ''}-${number.toString(36)}`
  }

  /** How many prefixes are known. */
  get prefixCount(): number {
    return this.#byPrefix.size
  }

  #set(origin: number, count: number): void {
    this.origin = origin
    this.number = count
  }

  #originOf(id: string): number {
    if (this.#lastOrigin !== textOrigin && this.#isLast(id)) return this.#lastOrigin
    const prefix = id.slice(0, prefixLength)
    const origin = this.#byPrefix.get(prefix)
    if (origin === undefined) return textOrigin
    this.#lastOrigin = origin
    for (let index = 0; index < prefixLength; index++)
      this.#lastCodes[index] = prefix.charCodeAt(index)
    return origin
  }

  /** Whether the prefix is the one that was last asked for. For so few characters `startsWith` takes twice as long. */
  #isLast(id: string): boolean {
    const codes = this.#lastCodes
    let index = 0
    while (index < prefixLength && id.charCodeAt(index) === codes[index]) index++
    return index === prefixLength
  }

  #addOrigin(piece: string): number {
    // In memory of its own: a piece of a text keeps the whole of it.
    const prefix = Array.from(piece).join('')
    if (this.#byPrefix.size === textOrigin) return textOrigin
    let origin = this.#origins.indexOf(undefined)
    if (origin === -1) origin = this.#origins.length
    this.#origins[origin] = { prefix, uses: 0, greatest: 0 }
    this.#byPrefix.set(prefix, origin)
    return origin
  }
}

/** The count of an id that looks as if generated and fits a word, in the one form that a number has; otherwise 0. */
function countOf(id: string): number {
  const digits = id.length - prefixLength - 1
  if (digits < 1 || digits > mostDigits || id.charCodeAt(prefixLength) !== dash) return 0
  let count = digitOf(id.charCodeAt(prefixLength + 1))
  if (count < 1) return 0
  for (let index = prefixLength + 2; index < id.length; index++) {
    const digit = digitOf(id.charCodeAt(index))
    if (digit < 0) return 0
    count = count * 36 + digit
  }
  return count > 0xffffffff ? 0 : count
}

/** A digit of base 36 by its code; -1: it is none. */
function digitOf(code: number): number {
  return code < digits.length ? (digits[code] ?? -1) : -1
}

const digits = new Int8Array(123).fill(-1)
for (let digit = 0; digit < 36; digit++) digits[digit.toString(36).charCodeAt(0)] = digit
