/** Objects of more properties are left to JSON. */
const mostProperties = 8
/** After so many in a row that were not like the one before, nothing is learned for so many: it would be for nothing. */
const mostMisses = 8
const missesLeftAlone = 64
/** A whole number of more figures may be none that a number can be. */
const mostFigures = 15
const zeroCode = '0'.charCodeAt(0)

/** A value that differs from object to object: a property's name, and what is written before it. */
interface Slot {
  readonly before: string
  readonly name: string
  /** A whole number, not a text. */
  readonly isNumber: boolean
}

/**
 * Reads JSON of flat objects that are like one before: the same properties in the same order, and the same values but for
 * texts and some whole numbers. Most of what the contexts of a queue carry is.
 *
 *     {"retries":3,"url":"http://a.example","ok":true}      one that JSON has parsed
 *     {"retries":3,"url":"················","ok":true}      what others are made of, around texts of their own
 *
 * To compare what is alike takes less than half as long as to parse it. Whatever differs in anything else is left to JSON,
 * and so is any text with a backslash: what is given here must have been written as JSON writes it, and have none.
 */
export class AlikeJson {
  #slots: readonly Slot[] = []
  /** What is behind the last of them; empty while there is nothing to be alike to. */
  #rest = ''
  /** An object with the same properties in the same order. */
  #model: Readonly<Record<string, unknown>> = {}
  readonly #values: unknown[] = []
  #number = 0
  #misses = 0

  /** The object that is written there; null decides nothing. */
  read(text: string, start: number, end: number): object | null {
    if (this.#rest === '') return null
    const slots = this.#slots
    let at = start
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]
      if (!slot || !isAt(text, at, slot.before)) return null
      const from = at + slot.before.length
      at = slot.isNumber ? this.#readNumber(text, from, end) : text.indexOf('"', from)
      if (at < 0) return null
      this.#values[index] = slot.isNumber ? this.#number : text.slice(from, at)
    }
    if (at + this.#rest.length !== end || !isAt(text, at, this.#rest)) return null
    this.#misses = 0
    const object: Record<string, unknown> = { ...this.#model }
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]
      if (slot) object[slot.name] = this.#values[index]
    }
    return object
  }

  /** An object was not like the one before, and JSON has parsed it: those that follow may be like this one. */
  learn(object: unknown): void {
    this.#misses++
    if (this.#misses === mostMisses + missesLeftAlone) this.#misses = 0
    const learned = this.#misses < mostMisses && isObject(object) && this.#setModel(object)
    if (!learned) this.#rest = ''
  }

  #setModel(object: Readonly<Record<string, unknown>>): boolean {
    const keys = Object.keys(object)
    // That name is not set as others are.
    if (keys.length === 0 || keys.length > mostProperties || keys.includes('__proto__'))
      return false
    const slots: Slot[] = []
    // Put together by joining: what `+` makes is put together anew for each look at it.
    let pieces: string[] = []
    for (const [index, name] of keys.entries()) {
      const value = object[name]
      if (isObject(value)) return false
      pieces.push(index === 0 ? '{' : ',', JSON.stringify(name), ':')
      const isNumber = this.#isOtherNumber(name, value)
      if (!isNumber && typeof value !== 'string') {
        pieces.push(JSON.stringify(value))
        continue
      }
      if (!isNumber) pieces.push('"')
      slots.push({ before: pieces.join(''), name, isNumber })
      pieces = isNumber ? [] : ['"']
    }
    pieces.push('}')
    this.#rest = pieces.join('')
    this.#slots = slots
    // Whoever is given the object may change it.
    this.#model = { ...object }
    return true
  }

  /** Whether a property is a whole number that was another before: others will differ, too. */
  #isOtherNumber(name: string, value: unknown): boolean {
    if (!Number.isSafeInteger(value)) return false
    const before = this.#model[name]
    if (typeof before !== 'number') return false
    return before !== value || this.#slots.some((slot) => slot.name === name && slot.isNumber)
  }

  /** Reads a whole number; gives where it ends, -1 when there is none. */
  #readNumber(text: string, from: number, end: number): number {
    let number = 0
    let at = from
    for (; at < end; at++) {
      const figure = text.charCodeAt(at) - zeroCode
      if (figure < 0 || figure > 9) break
      number = number * 10 + figure
    }
    this.#number = number
    const count = at - from
    return count === 0 || count > mostFigures ? -1 : at
  }
}

/** Whether a text has another at that place. Looking for it there takes longer than to cut out what to compare. */
function isAt(text: string, at: number, other: string): boolean {
  return text.slice(at, at + other.length) === other
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
