import type { Scratch } from './scratch.ts'

/** How many characters `String.fromCharCode` is given at once. */
const mostAtOnce = 4096

/**
 * Writes a text behind `at`: one byte for a character if that does for all of them, else two. Gives its form, by which
 * `readText` reads it; any text comes back as it was, also one that is no well-formed Unicode.
 */
export function writeText(text: string, scratch: Scratch, at: number): number {
  const { length } = text
  const bytes = scratch.reserve(at + 2 * length)
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff) return writeWide(text, bytes, at)
    bytes[at + index] = code
  }
  return 2 * length
}

/** How many bytes a text of that form has. */
export function sizeOfText(form: number): number {
  return form % 2 === 0 ? form / 2 : form - 1
}

export function readText(bytes: Uint8Array, at: number, form: number): string {
  const size = sizeOfText(form)
  if (size <= 24 && form % 2 === 0) {
    let text = ''
    for (let index = at; index < at + size; index++) text += String.fromCharCode(bytes[index] ?? 0)
    return text
  }
  const codes =
    form % 2 === 0
      ? bytes.subarray(at, at + size)
      : new Uint16Array(bytes.slice(at, at + size).buffer)
  let text = ''
  for (let from = 0; from < codes.length; from += mostAtOnce) {
    text += String.fromCharCode(...codes.subarray(from, from + mostAtOnce))
  }
  return text
}

/** A number for a text, such that other texts rarely have the same. */
export function hashOfText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) >>> 0
}

/** The same of a text in bytes, one for each character. */
export function hashOfBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** A text of so many bytes, one for each character. */
export function textOfBytes(bytes: Uint8Array, from: number, to: number): string {
  return readText(bytes, from, 2 * (to - from))
}

function writeWide(text: string, bytes: Uint8Array, at: number): number {
  const wide = new Uint16Array(text.length)
  for (let index = 0; index < text.length; index++) wide[index] = text.charCodeAt(index)
  bytes.set(new Uint8Array(wide.buffer), at)
  return 2 * text.length + 1
}
