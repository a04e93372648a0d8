import { placeOf as blockPlace, type BlockOwner, type BlockStore } from './block-store.ts'

/** How many are looked for at once. */
const mostTogether = 64
/** Counts in a row that stand together, in one line of the cache. */
const leafBits = 4
const leafSize = 2 ** leafBits
/** Leaves in a row that are known together. */
const branchBits = 5
const branchSize = 2 ** branchBits

/** How many leaves a branch has is the first word of its block; they follow. */
const usesWord = 0
const firstWord = 1

/** Numbers of leaves end in 0000: there it says how many more than one count they have. */
const moreMask = leafSize - 1

/**
 * Finds blocks by where their ids come from and a count. Counts are mostly given out in a row, and what was added in a
 * row often goes in a row; what goes in another order is found with one look at memory that is far away.
 *
 *     (origin 3, counts 512 to 1023)  ─▶  branch [ leaf | - | leaf | ... ]
 *                                                   │
 *                    counts 512 to 527   ─▶  leaf [ a | b | - | c | ... ]     numbers of blocks; 0 is none
 */
export class CountIndex {
  readonly #store: BlockStore
  readonly #leafOwner: BlockOwner
  readonly #branchOwner: BlockOwner
  /** By the key of their counts: there are few. */
  readonly #branches = new Map<number, number>()
  #lastKey = -1
  #lastBranch = 0
  #size = 0
  readonly #entries = new Uint32Array(mostTogether)
  readonly #cells = new Uint32Array(mostTogether)
  /** What was seen last. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0

  constructor(store: BlockStore) {
    this.#store = store
    this.#leafOwner = store.addOwner('counts')
    this.#branchOwner = store.addOwner('branches of counts')
  }

  get size(): number {
    return this.#size
  }

  /** The block of a count; 0 if there is none. */
  get(origin: number, count: number): number {
    const entry = this.#entryOf(origin, count)
    if (entry === 0) return 0
    const leaf = leafOf(this.#store.get(entry))
    return leaf === 0 ? 0 : this.#store.get(leaf + (count & moreMask))
  }

  /** Adds a count that has no block. */
  add(origin: number, count: number, block: number): void {
    const store = this.#store
    const entry = this.#entryOf(origin, count) || this.#addBranch(origin, count)
    const words = store.wordsAt(entry)
    const place = blockPlace(entry)
    let leaf = words[place] ?? 0
    if (leaf === 0) {
      leaf = this.#addLeaf(entry, count)
      words[place] = leaf
    } else {
      words[place] = leaf + 1
      leaf = leafOf(leaf)
    }
    store.wordsAt(leaf)[blockPlace(leaf) + (count & moreMask)] = block
    this.#size++
  }

  /** Removes a count that has one. */
  remove(origin: number, count: number): void {
    if (this.take(origin, count) === 0) throw new RangeError(`Count ${count} is not in the index.`)
  }

  /** Removes a count, if it has a block, and gives that; 0 if it has none. */
  take(origin: number, count: number): number {
    const entry = this.#entryOf(origin, count)
    const leaf = entry === 0 ? 0 : leafOf(this.#store.get(entry))
    return leaf === 0 ? 0 : this.#takeFrom(entry, leaf + (count & moreMask), origin, count)
  }

  /**
   * As `take` of each of several: their blocks go into `blocks`, 0 of those that have none; an origin may be one that has
   * no counts. Where they are is far apart, and waited for together.
   */
  takeAll(origins: Uint8Array, counts: Uint32Array, length: number, blocks: Uint32Array): void {
    const store = this.#store
    const entries = this.#entries
    const cells = this.#cells
    for (let at = 0; at < length; at++) {
      const count = counts[at] ?? 0
      const entry = this.#entryOf(origins[at] ?? 0, count)
      const leaf = entry === 0 ? 0 : leafOf(store.wordsAt(entry)[blockPlace(entry)] ?? 0)
      entries[at] = entry
      cells[at] = leaf === 0 ? 0 : leaf + (count & moreMask)
    }
    this.seen = store.lookAll(cells, length)
    for (let at = 0; at < length; at++) {
      const cell = cells[at] ?? 0
      // A cell that was emptied by one before is still 0, also when its leaf was given back.
      blocks[at] =
        cell === 0 ? 0 : this.#takeFrom(entries[at] ?? 0, cell, origins[at] ?? 0, counts[at] ?? 0)
    }
  }

  #takeFrom(entry: number, cell: number, origin: number, count: number): number {
    const words = this.#store.wordsAt(cell)
    const at = blockPlace(cell)
    const block = words[at] ?? 0
    if (block === 0) return 0
    this.#size--
    words[at] = 0
    const own = this.#store.wordsAt(entry)
    const place = blockPlace(entry)
    const leaf = own[place] ?? 0
    if ((leaf & moreMask) === 0) this.#removeLeaf(entry, leaf, origin, count)
    else own[place] = leaf - 1
    return block
  }

  /** Where a branch has the leaf of a count; 0 if there is no branch for it. */
  #entryOf(origin: number, count: number): number {
    const key = keyOf(origin, count)
    if (key !== this.#lastKey) {
      const branch = this.#branches.get(key)
      if (branch === undefined) return 0
      this.#lastKey = key
      this.#lastBranch = branch
    }
    return this.#lastBranch + entryPlace(count)
  }

  /** Gives where its leaf of the count belongs. */
  #addBranch(origin: number, count: number): number {
    const store = this.#store
    const branch = store.take(this.#branchOwner, firstWord + branchSize)
    for (let place = 0; place < firstWord + branchSize; place++) store.set(branch + place, 0)
    const key = keyOf(origin, count)
    this.#branches.set(key, branch)
    this.#lastKey = key
    this.#lastBranch = branch
    return branch + entryPlace(count)
  }

  #addLeaf(entry: number, count: number): number {
    const store = this.#store
    const leaf = store.take(this.#leafOwner, leafSize)
    const words = store.wordsAt(leaf)
    const place = blockPlace(leaf)
    words.fill(0, place, place + leafSize)
    const uses = entry - entryPlace(count) + usesWord
    store.set(uses, store.get(uses) + 1)
    return leaf
  }

  #removeLeaf(entry: number, leaf: number, origin: number, count: number): void {
    const store = this.#store
    store.set(entry, 0)
    store.free(leaf)
    const branch = entry - entryPlace(count)
    const uses = store.get(branch + usesWord) - 1
    store.set(branch + usesWord, uses)
    if (uses > 0) return
    this.#branches.delete(keyOf(origin, count))
    this.#lastKey = -1
    store.free(branch)
  }
}

/** What the counts of a branch have in common: of seven bits of an origin and 32 of a count, all but the last nine. */
function keyOf(origin: number, count: number): number {
  return (origin << (32 - leafBits - branchBits)) | (count >>> (leafBits + branchBits))
}

/** The place in a branch of the leaf of a count. */
function entryPlace(count: number): number {
  return firstWord + ((count >>> leafBits) & (branchSize - 1))
}

/** The leaf of an entry. */
function leafOf(entry: number): number {
  return (entry & ~moreMask) >>> 0
}
