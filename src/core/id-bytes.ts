import { areAlike, type ByteText } from './byte-text.ts'
import * as idLayout from './id-layout.ts'
import { textOfBytes } from './text-bytes.ts'

const { dash, mostDigits, prefixLength } = idLayout

/** Ids that came together, as bytes, one for each character, and where each ends. Nothing of it is kept. */
export interface IdBytes {
  readonly text: ByteText
  readonly ends: Int32Array
}

/** Digits of base 36 by their code; `noDigit`: it is none. */
const digitOf = new Uint8Array(256).fill(36)
for (let digit = 0; digit < 36; digit++) digitOf[digit.toString(36).charCodeAt(0)] = digit
const noDigit = 36

/** The count of an id in bytes that looks as if generated: as `countOf` of its text. */
export function countOfBytes(bytes: Uint8Array, from: number, to: number): number {
  const start = from + prefixLength + 1
  const digits = to - start
  if (digits < 1 || digits > mostDigits || bytes[start - 1] !== dash) return 0
  // Without asking of each whether it is a figure or a letter, which looks like chance to the processor.
  let count = digitOf[bytes[start] ?? 0] ?? noDigit
  let greatest = count === 0 ? noDigit : count
  for (let at = start + 1; at < to; at++) {
    const digit = digitOf[bytes[at] ?? 0] ?? noDigit
    if (digit > greatest) greatest = digit
    count = count * 36 + digit
  }
  return greatest === noDigit || count > 0xffffffff ? 0 : count
}

/** One of them as text. */
export function textOfId({ text, ends }: IdBytes, index: number): string {
  return textOfBytes(text.bytes, index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index] ?? 0)
}

/** Whether two ids among the same bytes, neither shorter than a prefix, begin with the same one. */
export function havePrefixAlike({ view }: ByteText, one: number, other: number): boolean {
  const first = view.getFloat64(one, true)
  const second = view.getFloat64(one + prefixLength - 8, true)
  // As floats, which are the same if their bits are, but for 0 and what is no number.
  return first === view.getFloat64(other, true) &&
    second === view.getFloat64(other + prefixLength - 8, true) &&
    first !== 0 &&
    second !== 0
    ? true
    : areAlike(view, one, other, prefixLength)
}
