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

/** Where the rest begins, behind the flags and how much of the text's ends is shared. */
const restStart = 3
/** Calling what writes a text costs more than writing so few characters. */
const fewCharacters = 64
const beyondLatin1 = /[\u0100-\uffff]/

/**
 * Cargo as bytes, while a context is scheduled, without what the contexts of its queue have in common.
 *
 *     flags 1 | shared before 1 | shared after 1 | the schedTime: how many figures 1, figures ... | text between ...
 *
 * The schedTime stays as it is written, in half a byte for each figure: to read a number and to write it again takes
 * longer.
 */
export class CargoText implements CargoCodec {
  readonly #shared = new SharedText()

  /** A cargo is a text: see cargo.ts. */
  encode(cargo: unknown, scratch: Scratch): number {
    const whole = cargo as string
    const figureCount = writeFigures(whole, scratch.reserve(restStart + 1 + mostFigures))
    const start = figureCount === 0 ? 0 : figureCount + 2
    const textStart = figureCount === 0 ? restStart : behindFigures(figureCount)
    const shared = this.#shared
    shared.find(whole, start)
    const from = start + shared.before
    const to = whole.length - shared.after
    const bytes = scratch.reserve(textStart + 2 * (to - from))
    const written = to - from > fewCharacters ? -1 : writeNarrow(whole, from, to, bytes, textStart)
    let flags = (shared.which << whichShift) | (figureCount === 0 ? 0 : numbered)
    let size = textStart + written
    if (written < 0) {
      const text = whole.slice(from, to)
      const isWide = beyondLatin1.test(text)
      if (isWide) flags |= wide
      size = textStart + viewOf(bytes).write(text, textStart, isWide ? 'utf16le' : 'latin1')
    }
    bytes[0] = flags
    bytes[1] = shared.before
    bytes[2] = shared.after
    return size
  }

  decode(bytes: Uint8Array, size: number): string {
    const [flags = 0, before = 0, after = 0, figureCount = 0] = bytes
    const isNumbered = (flags & numbered) !== 0
    const textStart = isNumbered ? behindFigures(figureCount) : restStart
    const encoding = (flags & wide) === 0 ? 'latin1' : 'utf16le'
    const which = flags >>> whichShift
    const shared = this.#shared
    const text =
      shared.beginning(which, before) +
      viewOf(bytes).toString(encoding, textStart, size) +
      shared.end(which, after)
    return isNumbered ? readFigures(bytes, figureCount) + text : text
  }
}

function behindFigures(count: number): number {
  return restStart + 1 + ((count + 1) >>> 1)
}

/** Writes the number that a cargo begins with; gives how many figures it has, 0 if there is none. */
function writeFigures(cargo: string, bytes: Uint8Array): number {
  if (cargo.charCodeAt(0) !== markCode) return 0
  let at = restStart
  let both = 0
  for (let count = 0; count <= mostFigures; count++) {
    // NaN, where the text ends, is no figure.
    const code = cargo.charCodeAt(count + 1)
    if (code === endCode) {
      bytes[at + 1] = both
      bytes[restStart] = count
      return count
    }
    const figure = figureOf[code] ?? noFigure
    if (figure === noFigure) return 0
    if ((count & 1) === 0) both = figure
    else bytes[++at] = both | (figure << 4)
  }
  return 0
}

/** The opposite, with the marks before and behind. */
function readFigures(bytes: Uint8Array, count: number): string {
  for (let index = 0; index < count; index++) {
    const both = bytes[restStart + 1 + (index >>> 1)] ?? 0
    const figure = (index & 1) === 0 ? both & 15 : both >>> 4
    numberBytes[index + 1] = figures.charCodeAt(figure)
  }
  numberBytes[count + 1] = endCode
  return numberBytes.toString('latin1', 0, count + 2)
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
