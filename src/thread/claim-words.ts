/** What a word says of the context it stands for. */
const free = 0
const offered = 1
const started = 2
const done = 3

const stateBits = 2
const slotBits = 11
const slotCount = 1 << slotBits
const slotMask = slotCount - 1
/** What is left of 31 bits counts how often a slot was used: nobody takes a context for the one before it. */
const useMask = (1 << (31 - stateBits - slotBits)) - 1

/** The memory begins with the words of a `Doorbell`. */
const bellWords = 4
const watchedIndex = bellWords
const moreWaitsIndex = bellWords + 1
const wordsOffset = (bellWords + 4) * Int32Array.BYTES_PER_ELEMENT
const wordsBytes = slotCount * Int32Array.BYTES_PER_ELEMENT
const timesOffset = wordsOffset + 2 * wordsBytes
const memoryBytes = timesOffset + slotCount * Float64Array.BYTES_PER_ELEMENT

/**
 * The memory of a connection: its doorbell, and how far its client is with each context that was handed ahead.
 *
 *     scheduler thread        client
 *     offered ─────────────▶ started ──▶ done ─▶ free      by compare-and-swap, so that exactly one of the two has it
 *        └──▶ free (taken back)
 *
 * A ticket is a slot and how often it was used. What is done is published here at once: that a thread dies undoes nothing.
 */
export class ClaimWords {
  readonly #header: Int32Array
  readonly #words: Int32Array
  /** How many messages the client had posted when it was done with that. */
  readonly #posted: Int32Array
  readonly #startedAt: Float64Array

  constructor(buffer: SharedArrayBuffer) {
    this.#header = new Int32Array(buffer, 0, bellWords + 4)
    this.#words = new Int32Array(buffer, wordsOffset, slotCount)
    this.#posted = new Int32Array(buffer, wordsOffset + wordsBytes, slotCount)
    this.#startedAt = new Float64Array(buffer, timesOffset, slotCount)
  }

  /** Memory for a connection, whose first words are its doorbell's. */
  static newMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(memoryBytes)
  }

  /** The first ticket of every slot. */
  static firstTickets(): number[] {
    return Array.from({ length: slotCount }, (_, slot) => slot)
  }

  /** The ticket by which the same slot is used the next time. */
  static nextTicket(ticket: number): number {
    const uses = ((ticket >> slotBits) + 1) & useMask
    return (uses << slotBits) | (ticket & slotMask)
  }

  // ---- the scheduler thread's side

  /** The message that tells of it orders this before everything that the client does. */
  offer(ticket: number): void {
    this.#words[ticket & slotMask] = wordOf(ticket, offered)
  }

  takeBack(ticket: number): boolean {
    return this.#swap(ticket, offered, free)
  }

  progress(ticket: number): 'offered' | 'started' | 'done' {
    const word = Atomics.load(this.#words, ticket & slotMask)
    if (word === wordOf(ticket, offered)) return 'offered'
    return word === wordOf(ticket, done) ? 'done' : 'started'
  }

  startedAt(ticket: number): number {
    return this.#startedAt[ticket & slotMask] ?? 0
  }

  postedBeforeDone(ticket: number): number {
    return this.#posted[ticket & slotMask] ?? 0
  }

  /** One that was started: of the client's finishing it nothing comes any more. */
  clear(ticket: number): void {
    this.#words[ticket & slotMask] = free
  }

  /** Whether the scheduler thread looks at this memory every now and then; else it wants to be rung. */
  set watched(on: boolean) {
    Atomics.store(this.#header, watchedIndex, on ? 1 : 0)
  }

  /** Whether the scheduler thread has more than what it offered, and wants to be rung for it. */
  set moreWaits(on: boolean) {
    Atomics.store(this.#header, moreWaitsIndex, on ? 1 : 0)
  }

  // ---- the client's side

  get moreWaits(): boolean {
    return Atomics.load(this.#header, moreWaitsIndex) === 1
  }

  get watched(): boolean {
    return Atomics.load(this.#header, watchedIndex) === 1
  }

  /** Whether it is still to be had. */
  isOffered(ticket: number): boolean {
    return Atomics.load(this.#words, ticket & slotMask) === wordOf(ticket, offered)
  }

  /** Makes it this thread's; false when it was taken back. */
  start(ticket: number, at: number): boolean {
    // Of a later context in its place, nothing may change. That one this thread has started itself, so it sees it without
    // an atomic look; whether it still has this one, the exchange decides.
    if (this.#words[ticket & slotMask] !== wordOf(ticket, offered)) return false
    // Before the word: whoever sees that it was started finds out when.
    this.#startedAt[ticket & slotMask] = at
    return this.#swap(ticket, offered, started)
  }

  /** Publishes that it is done, after everything that was posted; false when it is not this thread's any more. */
  finish(ticket: number, posted: number): boolean {
    const slot = ticket & slotMask
    // As in `start`.
    if (this.#words[slot] !== wordOf(ticket, started)) return false
    this.#posted[slot] = posted
    return this.#swap(ticket, started, done)
  }

  #swap(ticket: number, from: number, to: number): boolean {
    const before = wordOf(ticket, from)
    const slot = ticket & slotMask
    return Atomics.compareExchange(this.#words, slot, before, wordOf(ticket, to)) === before
  }
}

function wordOf(ticket: number, state: number): number {
  return (ticket << stateBits) | state
}
