import type { BlockStore } from './block-store.ts'

const partBits = 12
const partSize = 2 ** partBits
/** So many chains are looked at together at most, and so many links of each. */
const mostLooks = 192
const deepLooks = 4

/** A head is two words: its first block, and what its number is spread to, or that there are more. */
const headWords = 2
const more = 2 ** 31
const spreadMask = more - 1

/**
 * Finds blocks by a number that one of their words holds.
 *
 *     heads   [ a | - | c | ... ]      in parts, so that growing copies nothing
 *               │       │
 *     chains    a       c ─▶ d         through a word of each block
 *
 * Linear hashing: with every so many blocks one more head is made and one chain split, so no step is ever long, and
 * the same backwards. Numbers that are close have heads that are close: what is added in a row is in the cache. Most
 * chains are one block, which is far away: a head says where that belongs, and mostly whether it is what is looked for.
 */
export class HashIndex {
  readonly #store: BlockStore
  readonly #hashWord: number
  readonly #nextWord: number
  readonly #linksPerHead: number
  readonly #parts: Uint32Array[] = [newPart()]
  readonly #rowBits: number
  #heads = partSize
  /** The greatest power of two that is at most the number of heads. */
  #round = partSize
  #size = 0
  /** What `look` follows. */
  readonly #chains = new Uint32Array(mostLooks)

  /**
   * Which words of a block hold its number, and its link. With two links for each head, three in four heads have a
   * chain, and a chain is two links long; half a link is four bytes more for each block, and hardly a chain. Of so many
   * numbers in a row as `rowBits` can tell apart none has the head of another, as far as there are heads.
   */
  constructor(
    store: BlockStore,
    hashWord: number,
    nextWord: number,
    linksPerHead = 2,
    rowBits = 3,
  ) {
    this.#store = store
    this.#hashWord = hashWord
    this.#nextWord = nextWord
    this.#linksPerHead = linksPerHead
    this.#rowBits = rowBits
  }

  get size(): number {
    return this.#size
  }

  /** The first block that may have a number, 0 if none does; the others follow by `next`. */
  first(number: number): number {
    const spread = spreadOut(number, this.#rowBits)
    const head = this.#headOf(spread)
    const part = this.#partOf(head)
    const at = placeOf(head)
    // One by itself that is spread elsewhere has another number.
    const unlike = (part[at + 1] ?? 0) ^ spread
    return (unlike & spreadMask) === 0 || this.#hasMore(head) ? (part[at] ?? 0) : 0
  }

  next(block: number): number {
    return this.#store.get(block + this.#nextWord)
  }

  /** Looks at the chains of numbers that are asked for or added before long, and at those that adding them would split. */
  look(numbers: Uint32Array, count: number): number {
    const chains = this.#chains
    let left = 0
    for (let index = 0; index < count; index++) {
      const block = this.first(numbers[index] ?? 0)
      if (block !== 0) chains[left++] = block
    }
    const from = this.#heads - this.#round
    const to = from + Math.min(mostLooks - left, Math.ceil(count / this.#linksPerHead))
    for (let head = from; head < to; head++) {
      if (this.#hasMore(head)) chains[left++] = this.#first(head)
    }
    let seen = 0
    for (let round = 0; left > 0 && round < deepLooks; round++) {
      let still = 0
      for (let index = 0; index < left; index++) {
        const block = this.next(chains[index] ?? 0)
        if (block !== 0) chains[still++] = block
      }
      left = still
      seen ^= chains[0] ?? 0
    }
    return seen
  }

  add(block: number): void {
    this.#prepend(block)
    this.#size++
    while (this.#size > this.#linksPerHead * this.#heads) this.#split()
  }

  remove(block: number): void {
    const head = this.#headOf(this.#spreadOf(block))
    const after = this.next(block)
    let before = this.#first(head)
    if (before === block) {
      this.#setHead(head, after)
    } else {
      const first = before
      for (let link = this.next(before); link !== block; link = this.next(before)) {
        if (link === 0) throw new RangeError(`Block ${block} is not in the index.`)
        before = link
      }
      this.#store.set(before + this.#nextWord, after)
      if (before === first && after === 0) this.#setHead(head, first)
    }
    this.#size--
    const fewer = this.#linksPerHead / 4
    while (this.#heads > partSize && this.#size < fewer * this.#heads) this.#merge()
  }

  #spreadOf(block: number): number {
    return spreadOut(this.#store.get(block + this.#hashWord), this.#rowBits)
  }

  /** Where what is spread so belongs. */
  #headOf(spread: number): number {
    const head = spread & (2 * this.#round - 1)
    return head < this.#heads ? head : spread & (this.#round - 1)
  }

  #partOf(head: number): Uint32Array {
    return this.#parts[head >>> partBits] ?? noHeads
  }

  #first(head: number): number {
    return this.#partOf(head)[placeOf(head)] ?? 0
  }

  #hasMore(head: number): boolean {
    return (this.#partOf(head)[placeOf(head) + 1] ?? 0) >= more
  }

  /** A head has a chain that begins with a block; 0: none. */
  #setHead(head: number, block: number): void {
    const hasMore = block !== 0 && this.next(block) !== 0
    const spread = block === 0 ? 0 : this.#spreadOf(block) & spreadMask
    this.#set(head, block, hasMore ? spread + more : spread)
  }

  #set(head: number, block: number, what: number): void {
    const part = this.#partOf(head)
    part[placeOf(head)] = block
    part[placeOf(head) + 1] = what
  }

  /** Makes one more head, of half the chain of another. */
  #split(): void {
    const head = this.#heads
    if ((head & (partSize - 1)) === 0) this.#parts[head >>> partBits] ??= newPart()
    const from = head - this.#round
    this.#heads++
    if (this.#heads === 2 * this.#round) this.#round = this.#heads
    this.#set(head, 0, 0)
    this.#spread(from)
  }

  /** Gives the last head's chain back to the one it came from. */
  #merge(): void {
    const head = --this.#heads
    if (head < this.#round) this.#round /= 2
    this.#spread(head)
    // One part more than needed is kept: at a border it would come and go.
    if ((head & (partSize - 1)) === 0) this.#parts.splice((head >>> partBits) + 1)
  }

  /** Has the chain of a head go where it belongs by now. */
  #spread(from: number): void {
    let chain = this.#first(from)
    if (chain === 0) return
    if (!this.#hasMore(from)) {
      const spread = this.#partOf(from)[placeOf(from) + 1] ?? 0
      const head = this.#headOf(spread)
      if (head === from) return
      if (this.#first(head) === 0) {
        this.#set(head, chain, spread)
        this.#set(from, 0, 0)
        return
      }
    }
    this.#set(from, 0, 0)
    while (chain !== 0) {
      const next = this.next(chain)
      this.#prepend(chain)
      chain = next
    }
  }

  #prepend(block: number): void {
    const spread = this.#spreadOf(block)
    const head = this.#headOf(spread)
    const first = this.#first(head)
    this.#store.set(block + this.#nextWord, first)
    this.#set(head, block, first === 0 ? spread & spreadMask : spread | more)
  }
}

const noHeads = new Uint32Array(0)

function newPart(): Uint32Array {
  return new Uint32Array(headWords * partSize)
}

/** Where in its part a head is. */
function placeOf(head: number): number {
  return headWords * (head & (partSize - 1))
}

/** Spreads numbers over all heads, but leaves those of a row apart, and eight of it together. */
function spreadOut(number: number, rowBits: number): number {
  let high = Math.imul(number >>> rowBits, 0x9e3779b1)
  high ^= high >>> 15
  high = Math.imul(high, 0x85ebca6b)
  high ^= high >>> 13
  return ((high << 3) ^ (number & ((1 << rowBits) - 1))) >>> 0
}
