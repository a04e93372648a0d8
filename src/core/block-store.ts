import { BlockOwner } from './block-owner.ts'
import * as blockSizes from './block-sizes.ts'
import { headOf, takeFree } from './page-heads.ts'
import * as pageLayout from './page-layout.ts'
import { PagePool } from './page-pool.ts'

const { dividerBits, dividers, kindOf, mostBlockWords, pageWords, rooms, sizes } = blockSizes
const {
  chunkWords,
  freeWord,
  headWords,
  kindWord,
  liveWord,
  nextPageWord,
  nextPartialWord,
  ownerWord,
  previousPageWord,
  previousPartialWord,
  usedWord,
} = pageLayout

export { BlockOwner }

/** An owner of fewer blocks has them in sizes of sixteens: it would have a page of each otherwise. */
const fewBlocks = 64
/** More than one context, and others that are not in every index yet, begin at most. */
const sparePages = 80

/** A line of the cache. */
const lineWords = 16

const floatOf = new Float64Array(1)
const wordsOf = new Uint32Array(floatOf.buffer)

/**
 * Blocks of words, outside of the JavaScript heap: a block is a number, and costs its words and next to nothing more.
 *
 *     chunk   1 MiB    [ heads | page | page | ... ]       made and given back as one
 *     page    8 KiB    [ block | block | block | ... ]     one owner, one size of block
 *     block            [ word | word | ... ]               its number is the index of its first word; 0 is none
 *
 * Nothing is ever moved or copied, however many blocks there are. What is freed is used again by the same owner; an
 * empty page by anybody; and of empty chunks at most one is kept. Taking, freeing and reading are O(1).
 *
 * What is known of pages stands together, apart from them: whose a block is, is found out without looking at it, and
 * freeing it does not touch it. Memory far apart is what everything here waits for.
 */
export class BlockStore {
  readonly #chunks: Uint32Array[] = []
  /** The same memory, byte by byte. */
  readonly #bytes: Uint8Array[] = []
  readonly #pool = new PagePool(this.#chunks, this.#bytes)
  readonly #owners: (BlockOwner | undefined)[] = []
  readonly #freeOwners: number[] = []

  /** How many bytes it has of the system. */
  get bytes(): number {
    return this.#pool.bytes
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
    return this.#known(block, ownerWord)
  }

  ownerOf(block: number): BlockOwner {
    const owner = this.#owners[this.ownerNumberOf(block)]
    if (!owner) throw new RangeError(`There is no block ${block}.`)
    return owner
  }

  /** How many words a block has: as many as were asked for, or some more. */
  wordsOf(block: number): number {
    return sizes[this.#known(block, kindWord)] ?? 0
  }

  /**
   * The words among which a block's are, from `placeOf` on: for who looks at several of them, or is in a hurry. V8 makes
   * functions of up to 27 bytes a part of whatever calls them, others as long as that does not grow large; so `chunkBits`
   * is written out.
   */
  wordsAt(block: number): Uint32Array {
    return this.#chunks[block >>> 18] ?? noWords
  }

  /** The same as bytes: a block's are from four times `placeOf` on. */
  bytesAt(block: number): Uint8Array {
    return this.#bytes[block >>> 18] ?? noBytes
  }

  /** A word; `at` is the number of a block plus the place in it. */
  get(at: number): number {
    return this.wordsAt(at)[placeOf(at)] ?? 0
  }

  /** Looks at a word of each of several blocks that are used before long: what it gives means nothing. */
  lookAll(blocks: Uint32Array, count: number): number {
    let seen = 0
    for (let index = 0; index < count; index++) {
      const at = blocks[index] ?? 0
      seen ^= this.wordsAt(at)[placeOf(at)] ?? 0
    }
    return seen
  }

  /** Looks at all of a block's page, line by line: in a row that is quick, and quicker than at many places one by one. */
  lookPage(block: number): number {
    const words = this.wordsAt(block)
    const start = placeOf(pageOf(block))
    let seen = 0
    for (let at = start; at < start + pageWords; at += lineWords) seen ^= words[at] ?? 0
    return seen
  }

  /** The same of what is known of their pages, which is looked at when they are given back. */
  lookAllPages(blocks: Uint32Array, count: number): number {
    let seen = 0
    for (let index = 0; index < count; index++) {
      const block = blocks[index] ?? 0
      seen ^= this.wordsAt(block)[headOf(block)] ?? 0
    }
    return seen
  }

  set(at: number, word: number): void {
    this.wordsAt(at)[placeOf(at)] = word
  }

  /** Two words, as the float they are. */
  getFloat(at: number): number {
    const words = this.wordsAt(at)
    const place = placeOf(at)
    wordsOf[0] = words[place] ?? 0
    wordsOf[1] = words[place + 1] ?? 0
    return floatOf[0] ?? 0
  }

  /** Whether two words are a float, bit for bit. */
  isFloat(at: number, value: number): boolean {
    const words = this.wordsAt(at)
    const place = placeOf(at)
    floatOf[0] = value
    return words[place] === wordsOf[0] && words[place + 1] === wordsOf[1]
  }

  setFloat(at: number, value: number): void {
    const words = this.wordsAt(at)
    const place = placeOf(at)
    floatOf[0] = value
    words[place] = wordsOf[0] ?? 0
    words[place + 1] = wordsOf[1] ?? 0
  }

  /** Copies words into a block. */
  write(at: number, words: Uint32Array, from: number, to: number): void {
    const chunk = this.wordsAt(at)
    let place = placeOf(at)
    for (let index = from; index < to; index++) chunk[place++] = words[index] ?? 0
  }

  /** Copies words out of a block. */
  read(at: number, words: Uint32Array, from: number, to: number): void {
    const chunk = this.wordsAt(at)
    let place = placeOf(at)
    for (let index = from; index < to; index++) words[index] = chunk[place++] ?? 0
  }

  /** Makes sure that one more context's blocks can be taken: where there is no memory, nothing has changed yet. */
  reserve(): void {
    this.#pool.reserve(sparePages)
  }

  /** A block of at least so many words, with anything in them. */
  take(owner: BlockOwner, atLeast: number): number {
    if (atLeast > mostBlockWords)
      throw new RangeError(`A block has at most ${mostBlockWords} words.`)
    const kind = kindOf(owner.blocks < fewBlocks ? (atLeast + 15) & ~15 : atLeast)
    const page = owner.partial[kind] || this.#addPage(owner, kind)
    const size = sizes[kind] ?? 0
    owner.blocks++
    const words = this.wordsAt(page)
    const head = headOf(page)
    const live = (words[head + liveWord] ?? 0) + 1
    const room = rooms[kind] ?? 0
    words[head + liveWord] = live
    if (live === room) this.#leavePartial(owner, page)
    const used = words[head + usedWord] ?? 0
    if (used === room) return page + takeFree(words, head) * size
    words[head + usedWord] = used + 1
    return page + used * size
  }

  /**
   * Takes several blocks of a page, one at least, for which one look at what is known of it does; writes them from one
   * place to another at most, and gives the place behind the last.
   */
  takeSome(
    owner: BlockOwner,
    atLeast: number,
    blocks: Uint32Array,
    from: number,
    to: number,
  ): number {
    // The first may need a page, and the last may leave it full.
    const block = this.take(owner, atLeast)
    blocks[from] = block
    const words = this.wordsAt(block)
    const head = headOf(block)
    const kind = words[head + kindWord] ?? 0
    const size = sizes[kind] ?? 0
    const used = words[head + usedWord] ?? 0
    const more = Math.min(to - from, (rooms[kind] ?? 0) - used) - 1
    if (more <= 0 || owner.blocks < fewBlocks || block !== pageOf(block) + (used - 1) * size) {
      return from + 1
    }
    for (let index = 1; index <= more; index++) blocks[from + index] = block + index * size
    words[head + usedWord] = used + more
    words[head + liveWord] = (words[head + liveWord] ?? 0) + more
    owner.blocks += more
    return from + 1 + more
  }

  /** Gives a block back; its words stay as they are until it is taken again. Says whose it was. */
  free(block: number): BlockOwner {
    const words = this.wordsAt(block)
    const head = headOf(block)
    const owner = this.#owners[words[head + ownerWord] ?? 0]
    if (owner === undefined) throw new RangeError(`There is no block ${block}.`)
    owner.blocks--
    const page = pageOf(block)
    const live = (words[head + liveWord] ?? 0) - 1
    const kind = words[head + kindWord] ?? 0
    const wasFull = live + 1 === rooms[kind]
    words[head + liveWord] = live
    if (live === 0) {
      if (!wasFull) this.#leavePartial(owner, page)
      this.#removePage(owner, page)
      return owner
    }
    const index = Math.imul(block - page, dividers[kind] ?? 0) >>> dividerBits
    const free = head + freeWord + (index >>> 5)
    words[free] = (words[free] ?? 0) | (1 << (index & 31))
    if (wasFull) this.#enterPartial(owner, page)
    return owner
  }

  /** Gives several blocks of one page back, for which one look at what is known of it does. */
  freeSome(blocks: Uint32Array, count: number): void {
    const first = blocks[0] ?? 0
    const words = this.wordsAt(first)
    const head = headOf(first)
    const kind = words[head + kindWord] ?? 0
    const live = words[head + liveWord] ?? 0
    const page = pageOf(first)
    // The last by itself: the page may be given away, or be one that has room.
    const more = count - 1
    if (more > 0) {
      const owner = this.ownerOf(first)
      if (live === rooms[kind]) this.#enterPartial(owner, page)
      owner.blocks -= more
      words[head + liveWord] = live - more
    }
    for (let index = 0; index < more; index++) {
      const at = Math.imul((blocks[index] ?? 0) - page, dividers[kind] ?? 0) >>> dividerBits
      const free = head + freeWord + (at >>> 5)
      words[free] = (words[free] ?? 0) | (1 << (at & 31))
    }
    if (count > 0) this.free(blocks[more] ?? 0)
  }

  /** Calls a function with every block of an owner. */
  forEach(owner: BlockOwner, visit: (block: number) => void): void {
    for (let page = owner.firstPage, next = 0; page !== 0; page = next) {
      // Freeing the last block of a page gives the page away.
      next = this.#known(page, nextPageWord)
      const size = this.wordsOf(page)
      const used = this.#known(page, usedWord)
      for (let index = 0; index < used; index++) {
        const free = this.#known(page, freeWord + (index >>> 5))
        if (((free >>> (index & 31)) & 1) === 0) visit(page + index * size)
      }
    }
  }

  /** What is known of the page of a block. */
  #known(block: number, what: number): number {
    return this.wordsAt(block)[headOf(block) + what] ?? 0
  }

  #note(block: number, what: number, word: number): void {
    this.wordsAt(block)[headOf(block) + what] = word
  }

  #addPage(owner: BlockOwner, kind: number): number {
    const page = this.#pool.take()
    const words = this.wordsAt(page)
    const head = headOf(page)
    words.fill(0, head, head + headWords)
    words[head + ownerWord] = owner.number
    words[head + kindWord] = kind
    words[head + nextPageWord] = owner.firstPage
    if (owner.firstPage !== 0) this.#note(owner.firstPage, previousPageWord, page)
    owner.firstPage = page
    this.#enterPartial(owner, page)
    return page
  }

  #removePage(owner: BlockOwner, page: number): void {
    const previous = this.#known(page, previousPageWord)
    const next = this.#known(page, nextPageWord)
    if (previous === 0) owner.firstPage = next
    else this.#note(previous, nextPageWord, next)
    if (next !== 0) this.#note(next, previousPageWord, previous)
    this.#pool.giveBack(page)
  }

  #enterPartial(owner: BlockOwner, page: number): void {
    const kind = this.#known(page, kindWord)
    const next = owner.partial[kind] ?? 0
    this.#note(page, previousPartialWord, 0)
    this.#note(page, nextPartialWord, next)
    if (next !== 0) this.#note(next, previousPartialWord, page)
    owner.partial[kind] = page
  }

  #leavePartial(owner: BlockOwner, page: number): void {
    const previous = this.#known(page, previousPartialWord)
    const next = this.#known(page, nextPartialWord)
    if (next !== 0) this.#note(next, previousPartialWord, previous)
    if (previous !== 0) this.#note(previous, nextPartialWord, next)
    else owner.partial[this.#known(page, kindWord)] = next
  }
}

const noWords = new Uint32Array(0)
const noBytes = new Uint8Array(0)

/** The place of a block, or of one of its words, among those of `wordsAt`. */
export function placeOf(at: number): number {
  return at & (chunkWords - 1)
}

function pageOf(block: number): number {
  return (block & -pageWords) >>> 0
}
