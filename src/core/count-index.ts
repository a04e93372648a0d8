import { placeOf as blockPlace, type BlockOwner, type BlockStore } from './block-store.ts'
import { HashIndex } from './hash-index.ts'

/** How many are looked for at once. */
const mostTogether = 64
/** Counts in a row that stand together: with what is known of them they fill a line of the cache. */
const leafSize = 12

/** The words of a leaf's block; what its counts stand for follows. */
const hashWord = 0
const linkWord = 1
/** Where the counts come from, and how many of them there are. */
const originWord = 2
const usesWord = 3
const firstWord = 4

/**
 * Finds blocks by where their ids come from and a count. Counts are mostly given out in a row, and what was added in a
 * row often goes in a row: a leaf stands for twelve of them, and the one that was used last is known.
 *
 *     (origin 3, counts 24 to 35)  ─▶  [ a | b | - | c | ... ]
 */
export class CountIndex {
  readonly #store: BlockStore
  readonly #owner: BlockOwner
  readonly #index: HashIndex
  #lastHash = 0
  #lastOrigin = 0
  /** 0: none. */
  #lastLeaf = 0
  #size = 0
  readonly #leaves = new Uint32Array(mostTogether)

  constructor(store: BlockStore) {
    this.#store = store
    this.#owner = store.addOwner('counts')
    this.#index = new HashIndex(store, hashWord, linkWord, 0.5)
  }

  get size(): number {
    return this.#size
  }

  /** The block of a count; 0 if there is none. */
  get(origin: number, count: number): number {
    const leaf = this.#leafOf(origin, count)
    return leaf === 0 ? 0 : this.#store.get(leaf + placeOf(count))
  }

  /** Looks at where a count is that is to be removed before long; what it gives means nothing. */
  look(origin: number, count: number): number {
    return this.#find(origin, hashOf(origin, count))
  }

  /** The same of several together, and only where each probably is; origins without counts are none of its. */
  lookAll(origins: Uint8Array, counts: Uint32Array, length: number): number {
    const index = this.#index
    const leaves = this.#leaves
    for (let at = 0; at < length; at++) {
      leaves[at] = index.first(hashOf(origins[at] ?? 0, counts[at] ?? 0))
    }
    return this.#store.lookAll(leaves, length)
  }

  /** As `take`, of one that was the `at`-th when `lookAll` was called; nothing was added since. */
  takeSeen(at: number, origin: number, count: number): number {
    const leaf = this.#leaves[at] ?? 0
    if (leaf === 0) return 0
    const words = this.#store.wordsAt(leaf)
    const start = blockPlace(leaf)
    // Who was the last of a leaf leaves a 0 in it, also when its block was given back.
    const isIts = words[start + hashWord] === hashOf(origin, count) && words[start + originWord] === origin
    return isIts ? this.#takeFrom(leaf, count) : this.take(origin, count)
  }

  /** Adds a count that has no block. */
  add(origin: number, count: number, block: number): void {
    const store = this.#store
    const leaf = this.#leafOf(origin, count) || this.#addLeaf(origin, count)
    const words = store.wordsAt(leaf)
    const start = blockPlace(leaf)
    words[start + placeOf(count)] = block
    words[start + usesWord] = (words[start + usesWord] ?? 0) + 1
    this.#size++
  }

  /** Removes a count that has one. */
  remove(origin: number, count: number): void {
    if (this.take(origin, count) === 0) throw new RangeError(`Count ${count} is not in the index.`)
  }

  /** Removes a count, if it has a block, and gives that; 0 if it has none. */
  take(origin: number, count: number): number {
    const leaf = this.#leafOf(origin, count)
    if (leaf === 0) return 0
    return this.#takeFrom(leaf, count)
  }

  #takeFrom(leaf: number, count: number): number {
    const words = this.#store.wordsAt(leaf)
    const start = blockPlace(leaf)
    const at = start + placeOf(count)
    const block = words[at] ?? 0
    if (block === 0) return 0
    this.#size--
    words[at] = 0
    const uses = (words[start + usesWord] ?? 0) - 1
    words[start + usesWord] = uses
    if (uses > 0) return block
    this.#index.remove(leaf)
    this.#store.free(leaf)
    this.#lastLeaf = 0
    return block
  }

  #leafOf(origin: number, count: number): number {
    const hash = hashOf(origin, count)
    if (hash === this.#lastHash && origin === this.#lastOrigin && this.#lastLeaf !== 0) {
      return this.#lastLeaf
    }
    const leaf = this.#find(origin, hash)
    if (leaf !== 0) this.#remember(hash, origin, leaf)
    return leaf
  }

  #find(origin: number, hash: number): number {
    const store = this.#store
    let leaf = this.#index.first(hash)
    while (leaf !== 0) {
      if (store.get(leaf + hashWord) === hash && store.get(leaf + originWord) === origin) break
      leaf = this.#index.next(leaf)
    }
    return leaf
  }

  #addLeaf(origin: number, count: number): number {
    const store = this.#store
    const leaf = store.take(this.#owner, firstWord + leafSize)
    const hash = hashOf(origin, count)
    store.set(leaf + hashWord, hash)
    store.set(leaf + originWord, origin)
    store.set(leaf + usesWord, 0)
    for (let place = firstWord; place < firstWord + leafSize; place++) store.set(leaf + place, 0)
    this.#index.add(leaf)
    this.#remember(hash, origin, leaf)
    return leaf
  }

  #remember(hash: number, origin: number, leaf: number): void {
    this.#lastHash = hash
    this.#lastOrigin = origin
    this.#lastLeaf = leaf
  }
}

function placeOf(count: number): number {
  return firstWord + (count % leafSize)
}

/** The leaves of two origins are apart; with the origin it says which counts they are. */
function hashOf(origin: number, count: number): number {
  return (((count / leafSize) >>> 0) + Math.imul(origin, 0x9e3779b1)) >>> 0
}
