/** A page is 8 KiB: fifty contexts of the usual size, and little for a queue that has few. */
const pageBits = 11
const pageWords = 2 ** pageBits
/** A chunk is 1 MiB, made and given back as one. */
const chunkBits = 18
const chunkWords = 2 ** chunkBits
const pagesPerChunk = chunkWords / pageWords

/** The words at the start of a page. Its blocks follow. */
const ownerWord = 0
const sizeWord = 1
const liveWord = 2
/** Where the blocks that were ever used end. */
const endWord = 3
const freeWord = 4
const previousPartialWord = 5
const nextPartialWord = 6
const previousPageWord = 7
const nextPageWord = 8
const headerWords = 9

/** The largest block, in words. */
export const mostBlockWords = 512
/** An owner of fewer blocks has them in coarse sizes: it would have a page of each otherwise. */
const fewBlocks = 64

const floatOf = new Float64Array(1)
const wordsOf = new Uint32Array(floatOf.buffer)

/** Whose blocks they are: pages are not shared, so an owner's blocks are found page by page. */
export class BlockOwner {
  readonly name: string
  readonly number: number
  /** How many blocks it has. */
  blocks = 0
  firstPage = 0
  /** The first page with room, by size of block. */
  readonly partial: Map<number, number> = new Map()
  /** A size, and a page with room for it: what was asked for last. */
  recentSize = 0
  recentPage = 0

  constructor(name: string, number: number) {
    this.name = name
    this.number = number
  }
}

/**
 * Blocks of words, outside of the JavaScript heap: a block is a number, and costs its words and next to nothing more.
 *
 *     chunk   1 MiB    [ page | page | page | ... ]        made and given back as one
 *     page    8 KiB    [ header | block | block | ... ]    one owner, one size of block
 *     block            [ word | word | ... ]               its number is the index of its first word; 0 is none
 *
 * Nothing is ever moved or copied, however many blocks there are. What is freed is used again by the same owner; an
 * empty page by anybody; and of empty chunks at most one is kept. Taking, freeing and reading are O(1).
 */
export class BlockStore {
  readonly #chunks: Uint32Array[] = []
  /** By chunk: its first free page, how many are free, and whether it is among those to be looked at. */
  readonly #freePage: number[] = []
  readonly #freeCount: number[] = []
  readonly #isOpen: boolean[] = []
  #open: number[] = []
  /** Numbers of chunks that were given back. */
  readonly #gaps: number[] = []
  #emptyChunks = 0
  readonly #owners: (BlockOwner | undefined)[] = []
  readonly #freeOwners: number[] = []

  /** How many bytes it has of the system. */
  get bytes(): number {
    return (this.#chunks.length - this.#gaps.length) * chunkWords * 4
  }

  addOwner(name: string): BlockOwner {
    const number = this.#freeOwners.pop() ?? this.#owners.length
    const owner = new BlockOwner(name, number)
    this.#owners[number] = owner
    return owner
  }

  /** Forgets an owner without blocks. */
  removeOwner({ number }: BlockOwner): void {
    this.#owners[number] = undefined
    this.#freeOwners.push(number)
  }

  ownerNumberOf(block: number): number {
    return this.get(pageOf(block) + ownerWord)
  }

  ownerOf(block: number): BlockOwner {
    const owner = this.#owners[this.ownerNumberOf(block)]
    if (!owner) throw new RangeError(`There is no block ${block}.`)
    return owner
  }

  /** How many words a block has: as many as were asked for, or some more. */
  wordsOf(block: number): number {
    return this.get(pageOf(block) + sizeWord)
  }

  /** A word; `at` is the number of a block plus the place in it. */
  get(at: number): number {
    const chunk = this.#chunks[at >>> chunkBits]
    return chunk === undefined ? 0 : (chunk[at & (chunkWords - 1)] ?? 0)
  }

  set(at: number, word: number): void {
    const chunk = this.#chunks[at >>> chunkBits]
    if (chunk !== undefined) chunk[at & (chunkWords - 1)] = word
  }

  /** Two words, as the float they are. */
  getFloat(at: number): number {
    wordsOf[0] = this.get(at)
    wordsOf[1] = this.get(at + 1)
    return floatOf[0] ?? 0
  }

  setFloat(at: number, value: number): void {
    floatOf[0] = value
    this.set(at, wordsOf[0] ?? 0)
    this.set(at + 1, wordsOf[1] ?? 0)
  }

  /** Copies words into a block. */
  write(at: number, words: Uint32Array, from: number, to: number): void {
    const chunk = this.#chunks[at >>> chunkBits]
    if (chunk === undefined) return
    let place = at & (chunkWords - 1)
    for (let index = from; index < to; index++) chunk[place++] = words[index] ?? 0
  }

  /** Copies words out of a block. */
  read(at: number, words: Uint32Array, from: number, to: number): void {
    const chunk = this.#chunks[at >>> chunkBits]
    if (chunk === undefined) return
    let place = at & (chunkWords - 1)
    for (let index = from; index < to; index++) words[index] = chunk[place++] ?? 0
  }

  /** A block of at least so many words, with anything in them. */
  take(owner: BlockOwner, atLeast: number): number {
    if (atLeast > mostBlockWords)
      throw new RangeError(`A block has at most ${mostBlockWords} words.`)
    const size = sizeFor(atLeast, owner.blocks < fewBlocks)
    const page = this.#pageWithRoom(owner, size)
    owner.blocks++
    const words = this.#chunks[page >>> chunkBits] ?? noWords
    const head = page & (chunkWords - 1)
    words[head + liveWord] = (words[head + liveWord] ?? 0) + 1
    const free = words[head + freeWord] ?? 0
    if (free !== 0) {
      const next = words[free & (chunkWords - 1)] ?? 0
      words[head + freeWord] = next
      if (next === 0 && this.#isFull(page)) this.#leavePartial(owner, page)
      return free
    }
    const end = words[head + endWord] ?? 0
    words[head + endWord] = end + size
    if (end + 2 * size > pageWords) this.#leavePartial(owner, page)
    return page + end
  }

  /** Gives a block back; its words after the first stay as they are until it is taken again. */
  free(block: number): void {
    const page = pageOf(block)
    const owner = this.ownerOf(block)
    owner.blocks--
    const words = this.#chunks[page >>> chunkBits] ?? noWords
    const head = page & (chunkWords - 1)
    const live = (words[head + liveWord] ?? 0) - 1
    const free = words[head + freeWord] ?? 0
    const wasFull = free === 0 && this.#isFull(page)
    if (live === 0) {
      if (!wasFull) this.#leavePartial(owner, page)
      this.#removePage(owner, page)
      return
    }
    words[head + liveWord] = live
    words[block & (chunkWords - 1)] = free
    words[head + freeWord] = block
    if (wasFull) this.#enterPartial(owner, page)
  }

  /**
   * Calls a function with every place of an owner where a block is or once was: what was freed has to be marked by its
   * user. The function may free the block that it is given.
   */
  forEach(owner: BlockOwner, visit: (block: number) => void): void {
    for (let page = owner.firstPage, next = 0; page !== 0; page = next) {
      // Freeing the last block of a page gives the page away.
      next = this.get(page + nextPageWord)
      const size = this.get(page + sizeWord)
      const end = page + this.get(page + endWord)
      for (let block = page + headerWords; block < end; block += size) visit(block)
    }
  }

  #pageWithRoom(owner: BlockOwner, size: number): number {
    if (owner.recentSize !== size || owner.recentPage === 0) {
      owner.recentPage = owner.partial.get(size) ?? this.#addPage(owner, size)
      owner.recentSize = size
    }
    return owner.recentPage
  }

  #isFull(page: number): boolean {
    if (this.get(page + freeWord) !== 0) return false
    return this.get(page + endWord) + this.get(page + sizeWord) > pageWords
  }

  #addPage(owner: BlockOwner, size: number): number {
    const page = this.#takePage()
    this.set(page + ownerWord, owner.number)
    this.set(page + sizeWord, size)
    this.set(page + liveWord, 0)
    this.set(page + endWord, headerWords)
    this.set(page + freeWord, 0)
    this.set(page + previousPageWord, 0)
    this.set(page + nextPageWord, owner.firstPage)
    if (owner.firstPage !== 0) this.set(owner.firstPage + previousPageWord, page)
    owner.firstPage = page
    this.#enterPartial(owner, page)
    return page
  }

  #removePage(owner: BlockOwner, page: number): void {
    const previous = this.get(page + previousPageWord)
    const next = this.get(page + nextPageWord)
    if (previous === 0) owner.firstPage = next
    else this.set(previous + nextPageWord, next)
    if (next !== 0) this.set(next + previousPageWord, previous)
    this.#giveBackPage(page)
  }

  #enterPartial(owner: BlockOwner, page: number): void {
    const size = this.get(page + sizeWord)
    const next = owner.partial.get(size) ?? 0
    this.set(page + previousPartialWord, 0)
    this.set(page + nextPartialWord, next)
    if (next !== 0) this.set(next + previousPartialWord, page)
    owner.partial.set(size, page)
  }

  #leavePartial(owner: BlockOwner, page: number): void {
    const size = this.get(page + sizeWord)
    const previous = this.get(page + previousPartialWord)
    const next = this.get(page + nextPartialWord)
    if (page === owner.recentPage) owner.recentPage = 0
    if (next !== 0) this.set(next + previousPartialWord, previous)
    if (previous !== 0) this.set(previous + nextPartialWord, next)
    else if (next === 0) owner.partial.delete(size)
    else owner.partial.set(size, next)
  }

  #takePage(): number {
    for (let chunk = this.#open.at(-1); chunk !== undefined; chunk = this.#open.at(-1)) {
      const page = this.#freePage[chunk] ?? 0
      if (page !== 0) {
        const free = this.#freeCount[chunk] ?? 0
        if (free === pagesIn(chunk)) this.#emptyChunks--
        this.#freePage[chunk] = this.get(page + nextPageWord)
        this.#freeCount[chunk] = free - 1
        return page
      }
      this.#open.pop()
      this.#isOpen[chunk] = false
    }
    this.#addChunk()
    return this.#takePage()
  }

  #giveBackPage(page: number): void {
    const chunk = page >>> chunkBits
    this.set(page + nextPageWord, this.#freePage[chunk] ?? 0)
    this.#freePage[chunk] = page
    const free = (this.#freeCount[chunk] ?? 0) + 1
    this.#freeCount[chunk] = free
    this.#openChunk(chunk)
    if (free < pagesIn(chunk) || ++this.#emptyChunks === 1) return
    this.#emptyChunks--
    this.#chunks[chunk] = noWords
    this.#freePage[chunk] = this.#freeCount[chunk] = 0
    this.#gaps.push(chunk)
  }

  #addChunk(): void {
    const chunk = this.#gaps.pop() ?? this.#chunks.length
    this.#chunks[chunk] = new Uint32Array(chunkWords)
    let page = 0
    for (let index = pagesPerChunk - 1; index >= pagesPerChunk - pagesIn(chunk); index--) {
      const free = chunk * chunkWords + index * pageWords
      this.set(free + nextPageWord, page)
      page = free
    }
    this.#freePage[chunk] = page
    this.#freeCount[chunk] = pagesIn(chunk)
    this.#emptyChunks++
    this.#openChunk(chunk)
  }

  #openChunk(chunk: number): void {
    if (this.#isOpen[chunk]) return
    this.#isOpen[chunk] = true
    this.#open.push(chunk)
  }
}

const noWords = new Uint32Array(0)

function pageOf(block: number): number {
  return (block >>> pageBits) * pageWords
}

/** The first page of all is not used: no block has the number 0. */
function pagesIn(chunk: number): number {
  return chunk === 0 ? pagesPerChunk - 1 : pagesPerChunk
}

/** Sizes are a word apart, then further: a sixteenth is lost at most, and of a few blocks more. */
function sizeFor(words: number, coarse: boolean): number {
  const step = words <= 64 ? 1 : words <= 128 ? 4 : 16
  const wide = coarse ? 16 : step
  return Math.ceil(words / wide) * wide
}
