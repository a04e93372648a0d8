import Denque from 'denque'
import * as blockSizes from './block-sizes.ts'
import { placeOf, type BlockStore } from './block-store.ts'
import { headOf } from './page-heads.ts'
import * as pageLayout from './page-layout.ts'

const { mostPlaces, pageWords } = blockSizes
const { chunkWords, markCountWord, markWord } = pageLayout

const wordsPerBit = pageWords / mostPlaces
const markWords = mostPlaces / 32

/** How many blocks of one page are marked at most. */
export const mostOfPage: number = mostPlaces

/** Blocks that are marked until all of their page are asked for: what to do with them is done for neighbours together. */
export class MarkedBlocks {
  readonly #store: BlockStore
  /** In order of when they got their first mark. Some were asked for since, and have none or others. */
  readonly #pages = new Denque<number>()
  #size = 0

  constructor(store: BlockStore) {
    this.#store = store
  }

  /** How many blocks are marked. */
  get size(): number {
    return this.#size
  }

  /** How many pages are kept: those with marks, and some that have none any more. */
  get pageCount(): number {
    return this.#pages.length
  }

  has(block: number): boolean {
    const words = this.#store.wordsAt(block)
    return ((words[bitsOf(block)] ?? 0) & bitOf(block)) !== 0
  }

  /** Marks a block that is not marked. */
  mark(block: number): void {
    const words = this.#store.wordsAt(block)
    const bits = bitsOf(block)
    words[bits] = (words[bits] ?? 0) | bitOf(block)
    const at = headOf(block) + markCountWord
    const count = words[at] ?? 0
    words[at] = count + 1
    this.#size++
    if (count === 0) this.#pages.push(block)
  }

  /** Marks several, but not those that are 0. */
  markAll(blocks: Uint32Array, count: number): void {
    for (let index = 0; index < count; index++) {
      const block = blocks[index] ?? 0
      if (block !== 0) this.mark(block)
    }
  }

  /** Calls a function with every block that is marked. */
  forEach(visit: (block: number) => void): void {
    const seen = new Set<number>()
    for (let index = 0; index < this.#pages.length; index++) {
      const page = pageOf(this.#pages.peekAt(index) ?? 0)
      if (seen.has(page)) continue
      seen.add(page)
      for (let at = 0; at < markWords; at++) {
        let bits = this.#store.get(headAt(page) + markWord + at)
        for (; bits !== 0; bits &= bits - 1) visit(page + wordsOfBit(at, bits))
      }
    }
  }

  /** Takes the marks off all blocks of the page that got its first before the others; gives how many. */
  takeFirst(blocks: Uint32Array): number {
    const page = this.#pages.shift() ?? 0
    return page === 0 ? 0 : this.takeNear(page, blocks)
  }

  /** Takes the marks off all blocks of the page of a block, `mostOfPage` at most, and writes which they are; gives how many. */
  takeNear(block: number, blocks: Uint32Array): number {
    const words = this.#store.wordsAt(block)
    const head = headOf(block)
    const count = words[head + markCountWord] ?? 0
    if (count === 0) return 0
    words[head + markCountWord] = 0
    this.#size -= count
    if (this.#size === 0) this.#pages.clear()
    const page = pageOf(block)
    let found = 0
    for (let at = 0; found < count; at++) {
      let bits = words[head + markWord + at] ?? 0
      words[head + markWord + at] = 0
      for (; bits !== 0; bits &= bits - 1) blocks[found++] = page + wordsOfBit(at, bits)
    }
    return count
  }
}

function pageOf(block: number): number {
  return (block & -pageWords) >>> 0
}

/** Where what is known of a page is, as the number of a word of its chunk. */
function headAt(page: number): number {
  return ((page & -chunkWords) >>> 0) + headOf(page)
}

/** Where in its page a block begins that has the lowest of some bits. */
function wordsOfBit(at: number, bits: number): number {
  return (32 * at + 31 - Math.clz32(bits & -bits)) * wordsPerBit
}

/** Where the bit of a block is. */
function bitsOf(block: number): number {
  return headOf(block) + markWord + ((placeOf(block) & (pageWords - 1)) >>> 8)
}

/** A bit for every eight words. */
function bitOf(block: number): number {
  return 1 << ((block >>> 3) & 31)
}
