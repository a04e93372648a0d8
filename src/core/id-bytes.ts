import { areAlike, type ByteText } from './byte-text.ts'
import * as idLayout from './id-layout.ts'
import { textOfBytes } from './text-bytes.ts'

const { dash, mostDigits, prefixLength } = idLayout

/** Ids that came together, as bytes, one for each character, and where each ends. Nothing of it is kept. */
export interface IdBytes {
  readonly text: ByteText
  readonly ends: Int32Array
}

/** The count of an id in bytes that looks as if generated: as `countOf` of its text. */
export function countOfBytes(bytes: Uint8Array, from: number, to: number): number {
  const digits = to - from - prefixLength - 1
  if (digits < 1 || digits > mostDigits || bytes[from + prefixLength] !== dash) return 0
  let count = 0
  for (let at = from + prefixLength + 1; at < to; at++) {
    const code = bytes[at] ?? 0
    const isDigit = code >= 48 && code <= 57
    if (!isDigit && !(code >= 97 && code <= 122)) return 0
    const digit = isDigit ? code - 48 : code - 87
    if (count === 0 && digit === 0) return 0
    count = count * 36 + digit
  }
  return count > 0xffffffff ? 0 : count
}

/** One of them as text. */
export function textOfId({ text, ends }: IdBytes, index: number): string {
  return textOfBytes(text.bytes, index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index] ?? 0)
}

/** Whether two ids among the same bytes begin with the same prefix. */
export function havePrefixAlike({ view }: ByteText, one: number, other: number): boolean {
  return areAlike(view, one, other, prefixLength)
}
