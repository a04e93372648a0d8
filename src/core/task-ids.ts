import { hashOfText } from './text-bytes.ts'

/** Marks an id that is kept as text. */
export const textOrigin = 127
/** A generated id is `xxxxxxxx-xxxx-count`: a prefix that its thread drew once, and a count in base 36. */
const prefixLength = 13
const dash = 45
const mostDigits = 7

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
  #lastPrefix = ''
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

  /** Forgets an id that is a number. */
  release(origin: number): void {
    const known = this.#origins[origin]
    if (!known || --known.uses > 0) return
    this.#origins[origin] = undefined
    this.#byPrefix.delete(known.prefix)
    this.#lastPrefix = ''
    this.#lastOrigin = textOrigin
  }

  /** Forgets an id that is kept as text. */
  releaseText(id: string): void {
    if (this.#likeGenerated > 0 && countOf(id) !== 0) this.#likeGenerated--
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
    if (this.#lastOrigin !== textOrigin && id.startsWith(this.#lastPrefix)) return this.#lastOrigin
    const prefix = id.slice(0, prefixLength)
    const origin = this.#byPrefix.get(prefix)
    if (origin === undefined) return textOrigin
    this.#lastPrefix = this.#origins[origin]?.prefix ?? prefix
    this.#lastOrigin = origin
    return origin
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
  let count = 0
  for (let index = prefixLength + 1; index < id.length; index++) {
    const code = id.charCodeAt(index)
    const isDigit = code >= 48 && code <= 57
    if (!isDigit && !(code >= 97 && code <= 122)) return 0
    const digit = isDigit ? code - 48 : code - 87
    if (count === 0 && digit === 0) return 0
    count = count * 36 + digit
  }
  return count > 0xffffffff ? 0 : count
}
