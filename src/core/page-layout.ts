import { pageWords } from './block-sizes.ts'

/** A chunk is 1 MiB, made and given back as one. */
export const chunkBits = 18
export const chunkWords: number = 2 ** chunkBits
export const pagesPerChunk: number = chunkWords / pageWords

/** What is known of a page: so many words, in the pages at the start of its chunk. */
export const headBits = 5
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
/** Marks of whoever has the page: a bit for every eight words, where a block begins, and how many there are. */
export const markWord = 16
export const markCountWord = 24
