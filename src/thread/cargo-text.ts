import type { ByteText } from '../core/byte-text.ts'
import type { CargoCodec } from '../core/cargo-codec.ts'
import type { Scratch } from '../core/scratch.ts'
import { numberEnd, numberMark } from './cargo.ts'
import { SharedText } from './shared-text.ts'

/** The first byte: whether characters have two bytes, and whether a number is before them; then which text is shared. */
const wide = 1
const numbered = 2
const whichShift = 2
const [markCode, endCode] = [numberMark.charCodeAt(0), numberEnd.charCodeAt(0)] as const
/** What a number is written with. */
const figures = '0123456789.-e+'
const noFigure = 15
const figureOf = new Uint8Array(128).fill(noFigure)
for (let index = 0; index < figures.length; index++) figureOf[figures.charCodeAt(index)] = index
const mostFigures = 64
/** Room to put a number together in as a text. */
const numberBytes = Buffer.alloc(mostFigures + 2, numberMark)

/** Where the text begins, behind the flags and how much of the text's ends is shared; behind how many figures, too. */
const textStart = 3
const numberedStart = 4
/** Calling what writes a text costs more than writing so few characters. */
const fewCharacters = 64
const beyondLatin1 = /[\u0100-\uffff]/
/** The words of memory here begin with their lower bytes. */
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** The schedTime that a cargo begins with, in half a byte for each figure; and the same by words. */
const halves = new Uint8Array((mostFigures >> 1) + 4)
const halfWords = new Uint32Array(halves.buffer)

/**
 * Cargo as bytes, while a context is scheduled, without what the contexts of its queue have in common.
 *
 *     flags 1 | shared before 1 | shared after 1 | text between ...
 *     flags 1 | shared before 1 | shared after 1 | how many figures 1 | text between ... | the schedTime: figures ...
 *
 * The schedTime stays as it is written, in half a byte for each figure: to read a number and to write it again takes
 * longer.
 */
export class CargoText implements CargoCodec {
  readonly #shared = new SharedText()
  /** What was measured last: what of the text is to be written, and how many figures behind it. */
  #first = 0
  #last = 0
  #figureCount = 0

  /** A cargo is a text: see cargo.ts. */
  encode(cargo: unknown, scratch: Scratch): number {
    const whole = cargo as string
    const figureCount = readFigures(whole)
    const start = figureCount === 0 ? 0 : figureCount + 2
    const at = figureCount === 0 ? textStart : numberedStart
    const shared = this.#shared
    shared.find(whole, start)
    const from = start + shared.before
    const to = whole.length - shared.after
    const bytes = scratch.reserve(at + 2 * (to - from) + halves.length)
    const written = to - from > fewCharacters ? -1 : writeNarrow(whole, from, to, bytes, at)
    let flags = shared.which << whichShift
    let end = at + written
    if (written < 0) {
      const text = whole.slice(from, to)
      const isWide = beyondLatin1.test(text)
      if (isWide) flags |= wide
      end = at + viewOf(bytes).write(text, at, isWide ? 'utf16le' : 'latin1')
    }
    return this.#finish(bytes, 0, flags, figureCount, end)
  }

  measureBytes(text: ByteText, from: number, to: number): number {
    const figureCount = readFigureBytes(text, from, to)
    const shared = this.#shared
    const start = figureCount === 0 ? from : from + figureCount + 2
    shared.findBytes(text, start, to)
    const first = start + shared.before
    const last = to - shared.after
    this.#first = first
    this.#last = last
    this.#figureCount = figureCount
    return figureCount === 0
      ? textStart + last - first
      : numberedStart + last - first + ((figureCount + 1) >>> 1)
  }

  writeBytes(text: ByteText, bytes: Uint8Array, words: Uint32Array, at: number): void {
    const { before, after, which } = this.#shared
    const figureCount = this.#figureCount
    const isNumbered = figureCount !== 0
    const flags = which << whichShift
    let first = this.#first
    const last = this.#last
    if (!littleEndian) {
      const start = at + (isNumbered ? numberedStart : textStart)
      bytes.set(text.bytes.subarray(first, last), start)
      this.#finish(bytes, at, flags, figureCount, start + last - first)
      return
    }
    let fourth = figureCount
    if (!isNumbered && first < last) fourth = text.bytes[first++] ?? 0
    const place = at >>> 2
    words[place] =
      flags | (isNumbered ? numbered : 0) | (before << 8) | (after << 16) | (fourth << 24)
    writeWords(text, first, last, words, place + 1, (figureCount + 1) >>> 1)
  }

  decode(bytes: Uint8Array, size: number): string {
    const [flags = 0, before = 0, after = 0] = bytes
    const isNumbered = (flags & numbered) !== 0
    const figureCount = isNumbered ? (bytes[textStart] ?? 0) : 0
    const end = size - ((figureCount + 1) >>> 1)
    const encoding = (flags & wide) === 0 ? 'latin1' : 'utf16le'
    const which = flags >>> whichShift
    const shared = this.#shared
    const text =
      shared.beginning(which, before) +
      viewOf(bytes).toString(encoding, isNumbered ? numberedStart : textStart, end) +
      shared.end(which, after)
    return isNumbered ? writtenFigures(bytes, end, figureCount) + text : text
  }

  /** Writes what is before and behind a text that ends at `end`; gives where all ends. */
  #finish(bytes: Uint8Array, at: number, flags: number, figureCount: number, end: number): number {
    bytes[at] = flags | (figureCount === 0 ? 0 : numbered)
    bytes[at + 1] = this.#shared.before
    bytes[at + 2] = this.#shared.after
    if (figureCount === 0) return end
    bytes[at + textStart] = figureCount
    const count = (figureCount + 1) >>> 1
    for (let index = 0; index < count; index++) bytes[end + index] = halves[index] ?? 0
    return end + count
  }
}

/** Reads the number that a cargo begins with into `halves`; gives how many figures it has, 0 if there is none. */
function readFigures(cargo: string): number {
  if (cargo.charCodeAt(0) !== markCode) return 0
  let both = 0
  for (let count = 0; count <= mostFigures; count++) {
    // NaN, where the text ends, is no figure.
    const code = cargo.charCodeAt(count + 1)
    if (code === endCode) {
      halves[count >>> 1] = both
      return count
    }
    const figure = figureOf[code] ?? noFigure
    if (figure === noFigure) return 0
    if ((count & 1) === 0) both = figure
    else halves[count >>> 1] = both | (figure << 4)
  }
  return 0
}

/** The same of a cargo in bytes. */
function readFigureBytes({ bytes: cargo, view }: ByteText, from: number, to: number): number {
  if (from === to || cargo[from] !== markCode) return 0
  const most = Math.min(mostFigures, to - from - 2)
  for (let count = 0; count <= most; count += 2) {
    const at = from + 1 + count
    if (count + 4 <= most) {
      // Four digits at once, if that is what comes next.
      const four = view.getUint32(at, true)
      const low = four & 0x0f0f0f0f
      if ((four & 0xf0f0f0f0) === 0x30303030 && ((low + 0x06060606) & 0x10101010) === 0) {
        const pairs = low | (low >>> 4)
        halves[count >>> 1] = pairs
        halves[(count >>> 1) + 1] = pairs >>> 16
        count += 2
        continue
      }
    }
    const code = cargo[at] ?? 0
    if (code === endCode) return count
    const figure = figureOf[code] ?? noFigure
    if (figure === noFigure) return 0
    halves[count >>> 1] = figure
    const next = cargo[at + 1] ?? 0
    if (next === endCode) return count < most ? count + 1 : 0
    const other = figureOf[next] ?? noFigure
    if (other === noFigure) return 0
    halves[count >>> 1] = figure | (other << 4)
  }
  return 0
}

/** The opposite, with the marks before and behind. */
function writtenFigures(bytes: Uint8Array, at: number, count: number): string {
  for (let index = 0; index < count; index++) {
    const both = bytes[at + (index >>> 1)] ?? 0
    const figure = (index & 1) === 0 ? both & 15 : both >>> 4
    numberBytes[index + 1] = figures.charCodeAt(figure)
  }
  numberBytes[count + 1] = endCode
  return numberBytes.toString('latin1', 0, count + 2)
}

/** Writes bytes, and so many of `halves` behind them, word by word: what is behind those in the last word is anything. */
function writeWords(
  { bytes, view }: ByteText,
  from: number,
  to: number,
  words: Uint32Array,
  at: number,
  halfCount: number,
): void {
  let source = from
  let place = at
  for (; source + 4 <= to; source += 4) words[place++] = view.getUint32(source, true)
  let word = 0
  let bits = 0
  for (; source < to; bits += 8) word |= (bytes[source++] ?? 0) << bits
  const end = place + ((halfCount + (bits >>> 3) + 3) >>> 2)
  for (let index = 0; place < end; index++) {
    const next = halfWords[index] ?? 0
    words[place++] = word | (next << bits)
    word = bits === 0 ? 0 : next >>> (32 - bits)
  }
}

/** Writes characters of one byte each; gives how many, or -1 when one of them has two. */
function writeNarrow(
  text: string,
  from: number,
  to: number,
  bytes: Uint8Array,
  start: number,
): number {
  let at = start
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
