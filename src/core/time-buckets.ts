import { Heap } from 'heap-js'

/** What can stand in time order: a time, its place among equals, and the links that its bucket uses. */
export interface Timed<T> {
  due: number
  /** Grows with every adding; decides among equal times. */
  readonly sequence: number
  bucket: Bucket<T> | null
  previous: T | null
  next: T | null
}

/** All that is due at one time, in order of adding. */
export interface Bucket<T> {
  readonly time: number
  head: T | null
  tail: T | null
}

/**
 * Entries in order of time and, among equals, of adding.
 *
 *     heap of distinct times      10:00 ── 10:05 ── 11:30         one heap operation per time, not per entry
 *                                   │        │        │
 *     buckets, doubly linked      a ⇄ b      c      d ⇄ e ⇄ f     entering at the end and leaving are O(1)
 *
 * heap-js has no cheap removal from the middle (its `remove()` walks the heap), so a bucket that empties stays in the
 * heap, without entries, until it reaches the top or until empty buckets outnumber the full ones: then the heap is
 * built anew from those. That bounds it at twice the live times and costs O(1) per removal in the long run. It is the
 * one place that is not constant.
 *
 * insert O(log t) for a new time and O(1) for a known one, remove O(1) amortised, first O(1) amortised; t distinct times.
 */
export class TimeBuckets<T extends Timed<T>> {
  readonly #heap = new Heap<Bucket<T>>((a, b) => a.time - b.time)
  readonly #buckets = new Map<number, Bucket<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** How many buckets it keeps, empty ones included: for the test that nothing is left behind. */
  get bucketCount(): number {
    return this.#heap.size()
  }

  insert(entry: T): void {
    let bucket = this.#buckets.get(entry.due)
    if (!bucket) {
      bucket = { time: entry.due, head: null, tail: null }
      this.#buckets.set(entry.due, bucket)
      this.#heap.add(bucket)
    }
    // Nearly always the end: only an entry that a clock jump moves here can be older than one that is here.
    let before = bucket.tail
    while (before && before.sequence > entry.sequence) before = before.previous
    const after = before ? before.next : bucket.head
    entry.bucket = bucket
    entry.previous = before
    entry.next = after
    if (before) before.next = entry
    else bucket.head = entry
    if (after) after.previous = entry
    else bucket.tail = entry
    this.#size++
  }

  remove(entry: T): void {
    const { bucket, previous, next } = entry
    if (!bucket) return
    if (previous) previous.next = next
    else bucket.head = next
    if (next) next.previous = previous
    else bucket.tail = previous
    entry.bucket = entry.previous = entry.next = null
    this.#size--
    if (bucket.head) return
    this.#buckets.delete(bucket.time)
    if (this.#heap.size() > 2 * this.#buckets.size) this.#heap.init([...this.#buckets.values()])
  }

  first(): T | null {
    for (let bucket = this.#heap.peek(); bucket; bucket = this.#heap.peek()) {
      if (bucket.head) return bucket.head
      this.#heap.pop()
    }
    return null
  }

  /** All entries, in no particular order. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (const bucket of this.#buckets.values()) {
      for (let entry = bucket.head; entry; entry = entry.next) yield entry
    }
  }
}
