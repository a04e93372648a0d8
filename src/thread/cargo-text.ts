import type { CargoCodec } from '../core/cargo-codec.ts'
import type { Scratch } from '../core/scratch.ts'
import { numberAfter, numberBefore } from './cargo.ts'
import { SharedText } from './shared-text.ts'

/** The first byte: whether characters have two bytes, and how long the number behind them is; then which text is shared. */
const wide = 1
const shortNumber = 2
const longNumber = 4
const whichShift = 3

/** Where the text begins, behind the flags and how much of its ends is shared. */
const textStart = 3
/** Calling what writes a text costs more than writing so few characters. */
const fewCharacters = 64
const beyondLatin1 = /[\u0100-\uffff]/

/**
 * Cargo as bytes, while a context is scheduled, without what the contexts of its queue have in common.
 *
 *     flags 1 | shared before 1 | shared after 1 | text between ... | the schedTime as a number 0, 2 or 8
 */
export class CargoText implements CargoCodec {
  readonly #shared = new SharedText()
  readonly #floats = new Float64Array(1)
  readonly #floatBytes = new Uint8Array(this.#floats.buffer)

  /** A cargo is a text: see cargo.ts. */
  encode(cargo: unknown, scratch: Scratch): number {
    const whole = cargo as string
    const { number, start } = numberBefore(whole)
    const shared = this.#shared
    shared.find(whole, start)
    const from = start + shared.before
    const to = whole.length - shared.after
    const bytes = scratch.reserve(16 + 2 * (to - from))
    const written = to - from > fewCharacters ? -1 : writeNarrow(whole, from, to, bytes)
    let flags = shared.which << whichShift
    let size = textStart + written
    if (written < 0) {
      const text = whole.slice(from, to)
      const isWide = beyondLatin1.test(text)
      if (isWide) flags |= wide
      size = textStart + viewOf(bytes).write(text, textStart, isWide ? 'utf16le' : 'latin1')
    }
    if (number !== null) {
      if (Number.isInteger(number) && number >= 0 && number < 65_536) {
        flags |= shortNumber
        bytes[size++] = number & 255
        bytes[size++] = number >>> 8
      } else {
        flags |= longNumber
        this.#floats[0] = number
        bytes.set(this.#floatBytes, size)
        size += 8
      }
    }
    bytes[0] = flags
    bytes[1] = shared.before
    bytes[2] = shared.after
    return size
  }

  decode(bytes: Uint8Array, size: number): string {
    const [flags = 0, before = 0, after = 0] = bytes
    const end = size - ((flags & shortNumber) === 0 ? ((flags & longNumber) === 0 ? 0 : 8) : 2)
    const encoding = (flags & wide) === 0 ? 'latin1' : 'utf16le'
    const which = flags >>> whichShift
    const shared = this.#shared
    const text =
      shared.beginning(which, before) +
      viewOf(bytes).toString(encoding, textStart, end) +
      shared.end(which, after)
    return end === size ? text : numberAfter(this.#readNumber(bytes, end, flags), text)
  }

  #readNumber(bytes: Uint8Array, at: number, flags: number): number {
    if ((flags & shortNumber) !== 0) return (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0)
    for (let index = 0; index < 8; index++) this.#floatBytes[index] = bytes[at + index] ?? 0
    return this.#floats[0] ?? 0
  }
}

/** Writes characters of one byte each; gives how many, or -1 when one of them has two. */
function writeNarrow(text: string, from: number, to: number, bytes: Uint8Array): number {
  let at = textStart
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff) return -1
    bytes[at++] = code
  }
  return to - from
}

/** The last bytes that were written to or read from: mostly the same. */
let lastBytes: Uint8Array | null = null
let lastView: Buffer = Buffer.alloc(0)

/** The same bytes, with Node's fast ways to read and write text. */
function viewOf(bytes: Uint8Array): Buffer {
  if (bytes !== lastBytes) {
    lastBytes = bytes
    lastView = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return lastView
}
