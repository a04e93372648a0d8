import { pageBits, pageWords } from './block-sizes.ts'

/** A chunk is 1 MiB, made and given back as one. */
export const chunkBits = 18
export const chunkWords: number = 2 ** chunkBits
export const pagesPerChunk: number = chunkWords / pageWords

/** What is known of a page: so many words, in the pages at the start of its chunk. */
export const headBits = 4
export const headWords: number = 2 ** headBits
export const ownerWord = 0
export const kindWord = 1
/** How many blocks it has, and how many places were ever used: the first so many. */
export const liveWord = 2
export const usedWord = 3
export const previousPartialWord = 4
export const nextPartialWord = 5
export const previousPageWord = 6
export const nextPageWord = 7
/** A bit for each of 256 places: whether a block was there and is free again. */
export const freeWord = 8

/** The place of what is known of a block's page. */
export function headOf(block: number): number {
  return ((block >>> pageBits) & (pagesPerChunk - 1)) << headBits
}

/** Takes a place that was free again. */
export function takeFree(words: Uint32Array, head: number): number {
  let at = head + freeWord
  while (words[at] === 0) at++
  const bits = words[at] ?? 0
  const index = 31 - Math.clz32(bits & -bits)
  words[at] = bits & (bits - 1)
  return 32 * (at - head - freeWord) + index
}
