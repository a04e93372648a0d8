import { placeOf as blockPlace, type BlockOwner, type BlockStore } from './block-store.ts'

/** How many are looked for at once. */
const mostTogether = 64
/** Counts in a row that are known together. */
const rowBits = 5
const rowSize = 2 ** rowBits
const inRow = rowSize - 1
/** Rows in a row that are known together. */
const branchBits = 4
const branchSize = 2 ** branchBits

/** How many of its rows have any count is the first word of a branch's block; two words of each follow. */
const usesWord = 0
const firstWord = 1
const whereWord = 0
const usedWord = 1
const entryWords = 2
const branchWords = firstWord + entryWords * branchSize

/** Numbers of blocks are even: this says that the row has a leaf that tells them, and where that is. */
const leafMark = 1

/** So many branches are found without asking the Map, each at a place of its own among those in a row. */
const nearBranches = 4096

/**
 * Finds blocks by where their ids come from and a count. Counts are mostly given out in a row, and what is added in a
 * row mostly gets blocks in a row: then it is enough to know where these begin. What is cancelled in any other order is
 * found with a look at little memory.
 *
 *     (origin 3, counts 512 to 1023)  ─▶  branch  [ row | row | row | ... ]
 *
 *     row     blocks in a row     where that of its first count is, or would be; a bit for each count that has one
 *             others              leaf [ a | - | b | c | ... ]; the same bits
 */
export class CountIndex {
  readonly #store: BlockStore
  readonly #leafOwner: BlockOwner
  readonly #branchOwner: BlockOwner
  /** How far the numbers of blocks in a row are apart; all are even. */
  readonly #step: number
  /** By the key of their counts. */
  readonly #branches = new Map<number, number>()
  readonly #nearKeys = new Int32Array(nearBranches)
  /** 0: the Map is to be asked. */
  readonly #near = new Uint32Array(nearBranches)
  #size = 0
  readonly #entries = new Uint32Array(mostTogether)
  readonly #cells = new Uint32Array(mostTogether)
  /** What was seen last. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0

  /** `step` is how many words there are from one block to the next of those that it is to find: their numbers are even. */
  constructor(store: BlockStore, step: number) {
    this.#store = store
    this.#step = step
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
    const used = this.#store.get(entry + usedWord)
    if (((used >>> (count & inRow)) & 1) === 0) return 0
    return this.#blockOf(this.#store.get(entry + whereWord), count)
  }

  /** Adds a count that has no block. */
  add(origin: number, count: number, block: number): void {
    this.#addTo(this.#entryOf(origin, count) || this.#addBranch(origin, count), count, block)
  }

  /** The same of several of one origin, from a place on: those that are in a row are quicker. */
  addAll(
    origin: number,
    counts: Uint32Array,
    from: number,
    blocks: Uint32Array,
    length: number,
  ): void {
    let entry = 0
    let row = -1
    for (let at = 0; at < length; at++) {
      const count = counts[from + at] ?? 0
      if (count >>> rowBits !== row) {
        row = count >>> rowBits
        entry = this.#entryOf(origin, count) || this.#addBranch(origin, count)
      }
      this.#addTo(entry, count, blocks[at] ?? 0)
    }
  }

  #addTo(entry: number, count: number, block: number): void {
    const words = this.#store.wordsAt(entry)
    const place = blockPlace(entry)
    const used = words[place + usedWord] ?? 0
    const where = words[place + whereWord] ?? 0
    if (used === 0) {
      words[place + whereWord] = block - this.#step * (count & inRow)
      this.#countUse(entry, count, 1)
    } else if ((where & leafMark) !== 0 || this.#inRow(where, count) !== block) {
      this.#addToLeaf(entry, count, block)
      return
    }
    words[place + usedWord] = used | (1 << (count & inRow))
    this.#size++
  }

  /** Removes a count that has one. */
  remove(origin: number, count: number): void {
    if (this.take(origin, count) === 0) throw new RangeError(`Count ${count} is not in the index.`)
  }

  /** Removes a count, if it has a block, and gives that; 0 if it has none. */
  take(origin: number, count: number): number {
    const entry = this.#entryOf(origin, count)
    return entry === 0 ? 0 : this.#takeFrom(entry, origin, count)
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
      entries[at] = this.#entryOf(origins[at] ?? 0, counts[at] ?? 0)
    }
    let seen = store.lookAll(entries, length)
    let leaves = 0
    for (let at = 0; at < length; at++) {
      const entry = entries[at] ?? 0
      const where = entry === 0 ? 0 : store.get(entry + whereWord)
      if ((where & leafMark) !== 0) cells[leaves++] = cellOf(where, counts[at] ?? 0)
    }
    seen ^= store.lookAll(cells, leaves)
    this.seen = seen
    for (let at = 0; at < length; at++) {
      const entry = entries[at] ?? 0
      // One that was emptied by one before is still so, also when its branch was given back.
      blocks[at] = entry === 0 ? 0 : this.#takeFrom(entry, origins[at] ?? 0, counts[at] ?? 0)
    }
  }

  #takeFrom(entry: number, origin: number, count: number): number {
    const words = this.#store.wordsAt(entry)
    const place = blockPlace(entry)
    const used = words[place + usedWord] ?? 0
    const bit = 1 << (count & inRow)
    if ((used & bit) === 0) return 0
    this.#size--
    const where = words[place + whereWord] ?? 0
    const block = this.#blockOf(where, count)
    const left = used & ~bit
    words[place + usedWord] = left
    if (left === 0) this.#empty(entry, where, origin, count)
    return block
  }

  /** The block of a count that has one, by what its row says. */
  #blockOf(where: number, count: number): number {
    const isInLeaf = (where & leafMark) !== 0
    return isInLeaf ? this.#store.get(cellOf(where, count)) : this.#inRow(where, count)
  }

  /** The block of a count in a row of blocks of which it is known where the first would be. */
  #inRow(where: number, count: number): number {
    return (where + this.#step * (count & inRow)) >>> 0
  }

  /** Adds a count whose block is in no row with the others of its row of counts. */
  #addToLeaf(entry: number, count: number, block: number): void {
    const store = this.#store
    let where = store.get(entry + whereWord)
    if ((where & leafMark) === 0) {
      const leaf = store.take(this.#leafOwner, rowSize)
      for (let at = 0; at < rowSize; at++) store.set(leaf + at, this.#inRow(where, at))
      where = leaf + leafMark
      store.set(entry + whereWord, where)
    }
    store.set(cellOf(where, count), block)
    store.set(entry + usedWord, store.get(entry + usedWord) | (1 << (count & inRow)))
    this.#size++
  }

  /** A row has no count any more. */
  #empty(entry: number, where: number, origin: number, count: number): void {
    const store = this.#store
    if ((where & leafMark) !== 0) store.free(where - leafMark)
    if (this.#countUse(entry, count, -1) > 0) return
    const key = keyOf(origin, count)
    this.#branches.delete(key)
    this.#near[nearOf(key)] = 0
    store.free(branchOf(entry, count))
  }

  /** One more, or one less, of a branch's rows has a count; gives how many have. */
  #countUse(entry: number, count: number, by: number): number {
    const at = branchOf(entry, count) + usesWord
    const uses = this.#store.get(at) + by
    this.#store.set(at, uses)
    return uses
  }

  /** Where a branch has the row of a count; 0 if there is no branch for it. */
  #entryOf(origin: number, count: number): number {
    const key = keyOf(origin, count)
    const near = nearOf(key)
    const branch = this.#nearKeys[near] === key ? (this.#near[near] ?? 0) : 0
    return branch === 0 ? this.#farEntryOf(key, count) : branch + entryPlace(count)
  }

  #farEntryOf(key: number, count: number): number {
    const branch = this.#branches.get(key)
    if (branch === undefined) return 0
    this.#setNear(key, branch)
    return branch + entryPlace(count)
  }

  #setNear(key: number, branch: number): void {
    this.#nearKeys[nearOf(key)] = key
    this.#near[nearOf(key)] = branch
  }

  /** Gives where its row of the count belongs. */
  #addBranch(origin: number, count: number): number {
    const store = this.#store
    const branch = store.take(this.#branchOwner, branchWords)
    const place = blockPlace(branch)
    store.wordsAt(branch).fill(0, place, place + branchWords)
    const key = keyOf(origin, count)
    this.#branches.set(key, branch)
    this.#setNear(key, branch)
    return branch + entryPlace(count)
  }
}

/** What the counts of a branch have in common: of seven bits of an origin and 32 of a count, all but the last nine. */
function keyOf(origin: number, count: number): number {
  return (origin << (32 - rowBits - branchBits)) | (count >>> (rowBits + branchBits))
}

/** The place of a branch among those that are found at once: those of several origins are apart. */
function nearOf(key: number): number {
  return (key ^ (key >>> 14)) & (nearBranches - 1)
}

/** The place in a branch of the row of a count. */
function entryPlace(count: number): number {
  return firstWord + entryWords * ((count >>> rowBits) & (branchSize - 1))
}

/** The cell of a count in the leaf of its row. */
function cellOf(where: number, count: number): number {
  return where - leafMark + (count & inRow)
}

/** The branch of an entry. */
function branchOf(entry: number, count: number): number {
  return entry - entryPlace(count)
}
