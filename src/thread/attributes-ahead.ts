import type { AlikeJson } from './alike-json.ts'
import { attributesStart } from './cargo.ts'
import { decodeText } from './payload.ts'
import { cargoEnd, cargoStart, countOfTexts, type Texts } from './texts.ts'

/** So many are parsed together, of so many characters: what is taken back was parsed for nothing. */
const most = 16
const mostCharacters = 8192
/** With so few it is not worth it, and one so long does not feel what entering JSON costs. */
const fewest = 4
const longest = 1024
/** Texts that are pieces of one keep the whole of it, for as long as a handler keeps them: that is to be no longer. */
const longestKept = 1 << 16

/**
 * The attributes of contexts that came in one message and are unpacked in order.
 *
 * Those that are like one before need no JSON. For the others entering JSON costs half as much as parsing what most
 * contexts carry, so several are parsed as one array. Each is given out once, so nobody shares an object with anybody.
 */
export class AttributesAhead {
  readonly #texts: Texts
  readonly #count: number
  /** Those from here on, this one not included, were parsed together, or were found to be none that can be. */
  #from = 0
  #to = 0
  #parsed: readonly unknown[] = []
  readonly #alike: AlikeJson
  /** Where the next backslash is, from where it was looked for last. */
  #backslash = -1

  constructor(texts: Texts, alike: AlikeJson) {
    this.#texts = texts
    this.#alike = alike
    this.#count = countOfTexts(texts)
  }

  /** Those of one, which begin there in the text. */
  unpack(index: number, start: number): object {
    const { text } = this.#texts
    const end = cargoEnd(this.#texts, index)
    // They were an object when they were packed.
    if (!isJson(text, start, end)) return decodeText(text.slice(start, end)) as object
    if (index < this.#to) return this.#given(index, start, end)
    const alike = this.#isPlain(start, end) ? this.#alike.read(text, start, end) : null
    if (alike) return alike
    this.#parseFrom(index)
    const given = this.#given(index, start, end)
    this.#alike.learn(given)
    return given
  }

  /** One that was parsed with others, or is parsed now. */
  #given(index: number, start: number, end: number): object {
    const parsed = this.#parsed[index - this.#from]
    return (parsed ?? decodeText(this.#texts.text.slice(start, end))) as object
  }

  /** Whether there is no backslash there, in a text that may be kept. */
  #isPlain(start: number, end: number): boolean {
    const { text } = this.#texts
    if (text.length > longestKept) return false
    if (this.#backslash < start) {
      const next = text.indexOf('\\', start)
      this.#backslash = next < 0 ? Infinity : next
    }
    return this.#backslash >= end
  }

  /** Parses it with those behind it. What cannot be parsed with others has a null in its place. */
  #parseFrom(first: number): void {
    const texts = this.#texts
    const { text } = texts
    let json = ''
    let count = 0
    let index = first
    const last = Math.min(this.#count, first + most)
    for (; index < last && json.length < mostCharacters; index++) {
      const end = cargoEnd(texts, index)
      const start = attributesStart(text, cargoStart(texts, index))
      const together = isJson(text, start, end)
      if (together) count++
      const separator = index === first ? '[' : ','
      json += separator + (together ? text.slice(start, end) : 'null')
    }
    this.#from = first
    this.#to = index
    this.#parsed = count < fewest ? [] : parsedOrNone(`${json}]`)
  }
}

/** Whether it is JSON, of a length for which parsing it with others is worth it; an empty object needs no JSON at all. */
function isJson(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start)
  const length = end - start
  return (first === objectCode || first === arrayCode) && length > 2 && length <= longest
}

const objectCode = '{'.charCodeAt(0)
const arrayCode = '['.charCodeAt(0)

/** What one of them is refused for, it is refused for alone. */
function parsedOrNone(json: string): readonly unknown[] {
  try {
    return JSON.parse(json) as unknown[]
  } catch {
    return []
  }
}
