/** Text as bytes, one for each character, which can be looked at four at a time. */
export class ByteText {
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}

/** How many bytes are the same from two places on, so many at most. */
export function alikeFrom(view: DataView, one: number, other: number, most: number): number {
  let count = 0
  for (; count + 4 <= most; count += 4) {
    const unlike = view.getUint32(one + count, true) ^ view.getUint32(other + count, true)
    if (unlike !== 0) return count + alikeLow(unlike)
  }
  while (count < most && view.getUint8(one + count) === view.getUint8(other + count)) count++
  return count
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
