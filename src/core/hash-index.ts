import type { BlockStore } from './block-store.ts'

const partBits = 12
const partSize = 2 ** partBits
/** So many chains are looked at together at most, and so many links of each. */
const mostLooks = 128
const deepLooks = 4

/**
 * Finds blocks by a number that one of their words holds.
 *
 *     heads   [ a | - | c | ... ]      in parts, so that growing copies nothing
 *               │       │
 *     chains    a       c ─▶ d         through a word of each block
 *
 * Linear hashing: with every so many blocks one more head is made and one chain split, so no step is ever long, and
 * the same backwards. Numbers that are close have heads that are close: what is added in a row is in the cache.
 */
export class HashIndex {
  readonly #store: BlockStore
  readonly #hashWord: number
  readonly #nextWord: number
  readonly #linksPerHead: number
  readonly #parts: Uint32Array[] = [new Uint32Array(partSize)]
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
    return this.#head(this.#headOf(number))
  }

  next(block: number): number {
    return this.#store.get(block + this.#nextWord)
  }

  /** Looks at the chains of numbers that are asked for or added before long, and at those that adding them would split. */
  look(numbers: Uint32Array, count: number): number {
    const chains = this.#chains
    const split = Math.min(mostLooks - count, Math.ceil(count / this.#linksPerHead))
    const from = this.#heads - this.#round
    for (let index = 0; index < count; index++) chains[index] = this.first(numbers[index] ?? 0)
    for (let index = 0; index < split; index++) chains[count + index] = this.#head(from + index)
    let left = count + split
    let seen = 0
    for (let round = 0; round < deepLooks; round++) {
      let still = 0
      for (let index = 0; index < left; index++) {
        const block = chains[index] ?? 0
        if (block !== 0) chains[still++] = this.next(block)
      }
      left = still
      seen ^= chains[0] ?? 0
    }
    return seen
  }

  add(block: number): void {
    const head = this.#headOf(this.#store.get(block + this.#hashWord))
    this.#store.set(block + this.#nextWord, this.#head(head))
    this.#setHead(head, block)
    this.#size++
    while (this.#size > this.#linksPerHead * this.#heads) this.#split()
  }

  remove(block: number): void {
    const head = this.#headOf(this.#store.get(block + this.#hashWord))
    const after = this.next(block)
    let before = this.#head(head)
    if (before === block) {
      this.#setHead(head, after)
    } else {
      for (let link = this.next(before); link !== block; link = this.next(before)) {
        if (link === 0) throw new RangeError(`Block ${block} is not in the index.`)
        before = link
      }
      this.#store.set(before + this.#nextWord, after)
    }
    this.#size--
    const fewer = this.#linksPerHead / 4
    while (this.#heads > partSize && this.#size < fewer * this.#heads) this.#merge()
  }

  #headOf(number: number): number {
    const spread = spreadOut(number, this.#rowBits)
    const head = spread & (2 * this.#round - 1)
    return head < this.#heads ? head : spread & (this.#round - 1)
  }

  #head(head: number): number {
    return (this.#parts[head >>> partBits] ?? noHeads)[head & (partSize - 1)] ?? 0
  }

  #setHead(head: number, block: number): void {
    const part = this.#parts[head >>> partBits]
    if (part) part[head & (partSize - 1)] = block
  }

  /** Makes one more head, of half the chain of another. */
  #split(): void {
    const head = this.#heads
    if ((head & (partSize - 1)) === 0) this.#parts[head >>> partBits] ??= new Uint32Array(partSize)
    const from = head - this.#round
    let chain = this.#head(from)
    this.#heads++
    if (this.#heads === 2 * this.#round) this.#round = this.#heads
    this.#setHead(from, 0)
    this.#setHead(head, 0)
    while (chain !== 0) {
      const next = this.next(chain)
      this.#prepend(chain)
      chain = next
    }
  }

  /** Gives the last head's chain back to the one it came from. */
  #merge(): void {
    const head = --this.#heads
    if (head < this.#round) this.#round /= 2
    let chain = this.#head(head)
    while (chain !== 0) {
      const next = this.next(chain)
      this.#prepend(chain)
      chain = next
    }
    // One part more than needed is kept: at a border it would come and go.
    if ((head & (partSize - 1)) === 0) this.#parts.splice((head >>> partBits) + 1)
  }

  #prepend(block: number): void {
    const head = this.#headOf(this.#store.get(block + this.#hashWord))
    this.#store.set(block + this.#nextWord, this.#head(head))
    this.#setHead(head, block)
  }
}

const noHeads = new Uint32Array(0)

/** Spreads numbers over all heads, but leaves those of a row apart, and eight of it together. */
function spreadOut(number: number, rowBits: number): number {
  let high = Math.imul(number >>> rowBits, 0x9e3779b1)
  high ^= high >>> 15
  high = Math.imul(high, 0x85ebca6b)
  high ^= high >>> 13
  return ((high << 3) ^ (number & ((1 << rowBits) - 1))) >>> 0
}
