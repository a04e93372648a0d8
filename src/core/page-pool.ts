import * as blockSizes from './block-sizes.ts'
import * as pageLayout from './page-layout.ts'
import { headOf } from './page-heads.ts'

const { pageWords } = blockSizes
const { chunkBits, chunkWords, headWords, nextPageWord, pagesPerChunk } = pageLayout

/**
 * The C library hands large memory out sixteen bytes behind the start of a page. With so many more left out, blocks of
 * eight and of sixteen words are each in one line of the cache.
 */
const aside = 48

const headPages = (pagesPerChunk * headWords) / pageWords
const usablePages = pagesPerChunk - headPages

/** The pages that nobody has, in chunks that are made when there are none, and given back when all of theirs are here. */
export class PagePool {
  readonly #chunks: Uint32Array[]
  readonly #bytes: Uint8Array[]
  /** By chunk: its first free page, how many are free, and whether it is among those to be looked at. */
  readonly #freePage: number[] = []
  readonly #freeCount: number[] = []
  readonly #isOpen: boolean[] = []
  #open: number[] = []
  /** Numbers of chunks that were given back. */
  readonly #gaps: number[] = []
  #emptyChunks = 0
  #freePages = 0

  /** Keeps the chunks in these lists: as words, and the same memory as bytes. */
  constructor(chunks: Uint32Array[], bytes: Uint8Array[]) {
    this.#chunks = chunks
    this.#bytes = bytes
  }

  /** How many bytes it has of the system. */
  get bytes(): number {
    return (this.#chunks.length - this.#gaps.length) * chunkWords * 4
  }

  /** Makes sure that there are so many pages: where there is no memory, nothing has changed yet. */
  reserve(pages: number): void {
    if (this.#freePages < pages) this.#addChunk()
  }

  /** A page, with anything in it and in what is known of it. */
  take(): number {
    for (let chunk = this.#open.at(-1); chunk !== undefined; chunk = this.#open.at(-1)) {
      const page = this.#freePage[chunk] ?? 0
      if (page !== 0) {
        const free = this.#freeCount[chunk] ?? 0
        if (free === usablePages) this.#emptyChunks--
        this.#freePage[chunk] = this.#words(chunk)[headOf(page) + nextPageWord] ?? 0
        this.#freeCount[chunk] = free - 1
        this.#freePages--
        return page
      }
      this.#open.pop()
      this.#isOpen[chunk] = false
    }
    this.#addChunk()
    return this.take()
  }

  giveBack(page: number): void {
    const chunk = page >>> chunkBits
    this.#words(chunk)[headOf(page) + nextPageWord] = this.#freePage[chunk] ?? 0
    this.#freePage[chunk] = page
    const free = (this.#freeCount[chunk] ?? 0) + 1
    this.#freeCount[chunk] = free
    this.#openChunk(chunk)
    this.#freePages++
    if (free < usablePages || ++this.#emptyChunks === 1) return
    this.#emptyChunks--
    this.#freePages -= free
    this.#chunks[chunk] = noWords
    this.#bytes[chunk] = noBytes
    this.#freePage[chunk] = this.#freeCount[chunk] = 0
    this.#gaps.push(chunk)
  }

  #addChunk(): void {
    const memory = new ArrayBuffer(chunkWords * 4 + aside)
    const chunk = this.#gaps.pop() ?? this.#chunks.length
    const words = new Uint32Array(memory, aside)
    this.#chunks[chunk] = words
    this.#bytes[chunk] = new Uint8Array(memory, aside)
    this.#freePages += usablePages
    let page = 0
    for (let index = pagesPerChunk - 1; index >= headPages; index--) {
      const free = chunk * chunkWords + index * pageWords
      words[headOf(free) + nextPageWord] = page
      page = free
    }
    this.#freePage[chunk] = page
    this.#freeCount[chunk] = usablePages
    this.#emptyChunks++
    this.#openChunk(chunk)
  }

  #words(chunk: number): Uint32Array {
    return this.#chunks[chunk] ?? noWords
  }

  #openChunk(chunk: number): void {
    if (this.#isOpen[chunk]) return
    this.#isOpen[chunk] = true
    this.#open.push(chunk)
  }
}

const noWords = new Uint32Array(0)
const noBytes = new Uint8Array(0)
