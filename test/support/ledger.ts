import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** What is written down: each by the thread that it happens in, at the moment it happens. */
const events = ['born', 'started', 'finished', 'dying', 'closed', 'noted'] as const
export type LedgerEvent = (typeof events)[number]

export interface LedgerEntry {
  readonly event: LedgerEvent
  /** Which thread's life it was in: one that takes a dead thread's place is another life. */
  readonly life: number
  readonly task: number
  /** What else there is to say: an attempt, a way of dying. */
  readonly value: number
  /** Milliseconds on `process.hrtime`, which all threads of a process share. */
  readonly at: number
}

const environmentKey = 'test ledger'
const reservedIndex = 0
const writtenIndex = 1
const countersIndex = 2
const counterCount = 14
const wordsPerEntry = 4
const headerBytes = (countersIndex + counterCount) * Int32Array.BYTES_PER_ELEMENT
const entryBytes = wordsPerEntry * Int32Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT

/**
 * A book in shared memory that every thread of the process writes into, and that no thread's death can tear: what
 * happened to tasks and threads, told by those it happened to and not by the scheduler. Entries are in the order of
 * writing, and never change.
 */
export class Ledger {
  readonly buffer: SharedArrayBuffer
  readonly #header: Int32Array
  readonly #words: Int32Array
  readonly #times: Float64Array

  /** @param from How many entries it is to hold, or the memory of another thread's ledger. */
  constructor(from: number | SharedArrayBuffer) {
    this.buffer =
      typeof from === 'number' ? new SharedArrayBuffer(headerBytes + from * entryBytes) : from
    const capacity = (this.buffer.byteLength - headerBytes) / entryBytes
    this.#header = new Int32Array(this.buffer, 0, countersIndex + counterCount)
    this.#times = new Float64Array(this.buffer, headerBytes, capacity)
    const wordsOffset = headerBytes + this.#times.byteLength
    this.#words = new Int32Array(this.buffer, wordsOffset, capacity * wordsPerEntry)
  }

  /** One that `inherited` finds in every thread that is started from now on, whoever starts it. */
  static bequeath(capacity: number): Ledger {
    const ledger = new Ledger(capacity)
    setEnvironmentData(environmentKey, ledger.buffer)
    return ledger
  }

  static inherited(): Ledger {
    return new Ledger(getEnvironmentData(environmentKey) as SharedArrayBuffer)
  }

  write(event: LedgerEvent, life = 0, task = 0, value = 0): void {
    const at = now()
    const entry = Atomics.add(this.#header, reservedIndex, 1)
    if (entry >= this.#times.length) throw new RangeError('The ledger is full.')
    this.#times[entry] = at
    const base = entry * wordsPerEntry
    this.#words[base + 1] = life
    this.#words[base + 2] = task
    this.#words[base + 3] = value
    // The event comes last: from here on the entry can be read.
    Atomics.store(this.#words, base, events.indexOf(event) + 1)
    Atomics.add(this.#header, writtenIndex, 1)
    Atomics.notify(this.#header, writtenIndex)
  }

  /** How often it was called for this counter before, in any thread. */
  next(counter: number): number {
    if (counter >= counterCount) throw new RangeError('There is no such counter.')
    return Atomics.add(this.#header, countersIndex + counter, 1)
  }

  entries(): LedgerEntry[] {
    const entries: LedgerEntry[] = []
    for (let entry = 0; entry < this.#length(); entry++) {
      const event = this.#eventOf(entry)
      if (!event) continue
      const base = entry * wordsPerEntry
      const [life = 0, task = 0, value = 0] = this.#words.subarray(base + 1, base + wordsPerEntry)
      entries.push({ event, life, task, value, at: this.#times[entry] ?? 0 })
    }
    return entries
  }

  of(event: LedgerEvent): LedgerEntry[] {
    return this.entries().filter((entry) => entry.event === event)
  }

  /** How many entries of an event there are. */
  count(event: LedgerEvent): number {
    let count = 0
    for (let entry = 0; entry < this.#length(); entry++) if (this.#eventOf(entry) === event) count++
    return count
  }

  /** Resolves when there are so many entries of an event. */
  async until(event: LedgerEvent, count: number): Promise<void> {
    // Waiting for memory keeps no loop alive.
    const keepAlive = setInterval(() => undefined, 60_000)
    for (;;) {
      const written = Atomics.load(this.#header, writtenIndex)
      if (this.count(event) >= count) break
      await atomics.waitAsync(this.#header, writtenIndex, written).value
    }
    clearInterval(keepAlive)
  }

  #length(): number {
    return Math.min(Atomics.load(this.#header, reservedIndex), this.#times.length)
  }

  /** Undefined for a blank: a thread that was ended between reserving and writing leaves one. */
  #eventOf(entry: number): LedgerEvent | undefined {
    return events[Atomics.load(this.#words, entry * wordsPerEntry) - 1]
  }
}

/** Milliseconds on `process.hrtime`. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** `Atomics`, with what Node has and the library of ES2023 does not know. */
const atomics = Atomics as unknown as {
  waitAsync(words: Int32Array, index: number, value: number): { readonly value: unknown }
}
