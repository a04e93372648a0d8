import type { IdBytes } from '../core/id-bytes.ts'
import { bytesOf } from './byte-room.ts'

/** Ids that travel together: one text, and where each of them ends in it. */
export interface WireIds {
  readonly text: string
  readonly ends: Int32Array
}

const beyondLatin1 = /[\u0100-\uffff]/

export function packIds(ids: readonly string[]): WireIds {
  const ends = new Int32Array(ids.length)
  let end = 0
  for (let index = 0; index < ids.length; index++) ends[index] = end += ids[index]?.length ?? 0
  return { text: ids.join(''), ends }
}

/** As bytes, until others are asked for; null when there are characters of two bytes. */
export function idBytesOf({ text, ends }: WireIds): IdBytes | null {
  return beyondLatin1.test(text) ? null : { text: bytesOf(text), ends }
}

/** One of them. */
export function idAt({ text, ends }: WireIds, index: number): string {
  return text.slice(index === 0 ? 0 : ends[index - 1], ends[index])
}
