/** Text as bytes, one for each character, which can be looked at four or eight at a time. */
export class ByteText {
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}

/** Whether so many bytes are the same from two places on. */
export function areAlike(view: DataView, one: number, other: number, length: number): boolean {
  const last = length - 8
  if (last < 0) return areFewAlike(view, one, other, length)
  for (let at = 0; at < last; at += 8) if (!areEightAlike(view, one + at, other + at)) return false
  // The last eight, of which some may have been looked at before.
  return areEightAlike(view, one + last, other + last)
}

function areFewAlike(view: DataView, one: number, other: number, length: number): boolean {
  let at = 0
  while (at < length && view.getUint8(one + at) === view.getUint8(other + at)) at++
  return at === length
}

/** As floats, which are the same if their bits are, but for 0 and what is no number. */
function areEightAlike(view: DataView, one: number, other: number): boolean {
  const float = view.getFloat64(one, true)
  if (float === view.getFloat64(other, true) && float !== 0) return true
  return (
    view.getUint32(one, true) === view.getUint32(other, true) &&
    view.getUint32(one + 4, true) === view.getUint32(other + 4, true)
  )
}

/** What a text is expected to begin and to end with; looked at eight bytes at a time. */
export class ExpectedEnds {
  /** How many bytes both have. */
  readonly size: number
  readonly #head: ExpectedBytes
  readonly #tail: ExpectedBytes

  constructor(head: Uint8Array, tail: Uint8Array) {
    this.size = head.length + tail.length
    this.#head = new ExpectedBytes(head)
    this.#tail = new ExpectedBytes(tail)
  }

  /** Whether a text of at least `size` bytes has these ends; it may say no where some bytes make no number or 0. */
  areOf(view: DataView, from: number, to: number): boolean {
    return this.#head.areAt(view, from) && this.#tail.areAt(view, to - this.#tail.size)
  }
}

class ExpectedBytes {
  readonly size: number
  /** All eights that begin at a multiple of eight but the last, which ends with the text; NaN for those that say too little. */
  readonly #eights: Float64Array
  /** Where the last eight begins. */
  readonly #last: number
  /** All, if they are fewer than eight. */
  readonly #few: Uint8Array

  constructor(bytes: Uint8Array) {
    const { length } = bytes
    const view = new DataView(bytes.buffer, bytes.byteOffset, length)
    const last = length - 8
    this.size = length
    this.#last = last
    this.#few = last < 0 ? new Uint8Array(bytes) : new Uint8Array(0)
    this.#eights = new Float64Array(last < 0 ? 0 : Math.ceil(length / 8)).map((_, index) => {
      const float = view.getFloat64(Math.min(8 * index, last), true)
      return float === 0 ? Number.NaN : float
    })
  }

  areAt(view: DataView, from: number): boolean {
    const eights = this.#eights
    const last = eights.length - 1
    if (last < 0) return this.#fewAreAt(view, from)
    for (let index = 0; index < last; index++)
      if (view.getFloat64(from + 8 * index, true) !== eights[index]) return false
    return view.getFloat64(from + this.#last, true) === eights[last]
  }

  #fewAreAt(view: DataView, from: number): boolean {
    const few = this.#few
    let at = 0
    while (at < few.length && view.getUint8(from + at) === few[at]) at++
    return at === few.length
  }
}

/** The ends of a text that others are compared with, four bytes in a word. */
export class TextEnds {
  /** How many bytes there are of each end. */
  readonly headSize: number
  readonly tailSize: number
  readonly #head: Uint32Array
  /** Backwards, word by word. */
  readonly #tail: Uint32Array

  constructor(head: Uint8Array, tail: Uint8Array) {
    this.headSize = head.length
    this.tailSize = tail.length
    this.#head = wordsOf(head, true)
    this.#tail = wordsOf(tail.slice().reverse(), false)
  }

  /** How much a text, from `at` on, has in common with the head: so many bytes at most, of which all are there. */
  headAlike(view: DataView, at: number, most: number): number {
    const head = this.#head
    let count = 0
    for (; count + 4 <= most; count += 4) {
      const unlike = view.getUint32(at + count, true) ^ (head[count >>> 2] ?? 0)
      if (unlike !== 0) return count + alikeLow(unlike)
    }
    if (count === most) return most
    // Its last word may be shorter: what is behind that is taken for unlike.
    const unlike =
      (wordFrom(view, at + count) ^ (head[count >>> 2] ?? 0)) | (1 << (8 * (most - count)))
    return count + alikeLow(unlike)
  }

  /** The same of one that ends at `end`, and the tail. */
  tailAlike(view: DataView, end: number, most: number): number {
    const tail = this.#tail
    let count = 0
    for (; count + 4 <= most; count += 4) {
      const unlike = view.getUint32(end - count - 4, true) ^ (tail[count >>> 2] ?? 0)
      if (unlike !== 0) return count + alikeHigh(unlike)
    }
    if (count === most) return most
    const unlike =
      (wordBefore(view, end - count) ^ (tail[count >>> 2] ?? 0)) |
      (0x8000_0000 >>> (8 * (most - count)))
    return count + alikeHigh(unlike)
  }
}

/** Words of bytes, the first of four in its lowest or in its highest bits. */
function wordsOf(bytes: Uint8Array, lowest: boolean): Uint32Array {
  const words = new Uint32Array((bytes.length + 3) >>> 2)
  for (const [index, byte] of bytes.entries()) {
    const place = lowest ? index & 3 : 3 - (index & 3)
    words[index >>> 2] = (words[index >>> 2] ?? 0) | (byte << (8 * place))
  }
  return words
}

/** The word at a place, of which some may be behind the end. */
function wordFrom(view: DataView, at: number): number {
  if (at + 4 <= view.byteLength) return view.getUint32(at, true)
  let word = 0
  for (let place = view.byteLength - 1; place >= at; place--)
    word = (word << 8) | view.getUint8(place)
  return word
}

/** The word that ends at a place, of which some may be before the start. */
function wordBefore(view: DataView, end: number): number {
  if (end >= 4) return view.getUint32(end - 4, true)
  let word = 0
  for (let place = end - 1; place >= 0; place--) word = (word << 8) | view.getUint8(place)
  return word << (8 * (4 - end))
}

/** How many of the lower bytes of a word are 0. */
function alikeLow(word: number): number {
  return (31 - Math.clz32(word & -word)) >>> 3
}

/** How many of the higher bytes of a word are 0. */
function alikeHigh(word: number): number {
  return Math.clz32(word) >>> 3
}
