import { Heap } from 'heap-js'

/** Something that is given up when its time has come. */
export class Deadline {
  readonly at: number
  /** Grows with every setting; decides among equal times. */
  readonly sequence: number
  /** Called once, when the time has come; null when it no longer matters. */
  expire: (() => void) | null

  constructor(at: number, sequence: number, expire: () => void) {
    this.at = at
    this.sequence = sequence
    this.expire = expire
  }
}

/**
 * The deadlines of everyone who waits, on the same clock as everything else.
 *
 * Most waits end long before their deadline, so a settled one is only marked, and dropped when it reaches the top or
 * when marked ones outnumber the others: setting and clearing are O(log n) and O(1) amortised.
 */
export class Deadlines {
  readonly #heap = new Heap<Deadline>((a, b) => a.at - b.at || a.sequence - b.sequence)
  #live = 0
  #sequence = 0

  get size(): number {
    return this.#live
  }

  /** A deadline of Infinity is never set: it gives null. */
  set(at: number, expire: () => void): Deadline | null {
    if (at === Infinity) return null
    const deadline = new Deadline(at, ++this.#sequence, expire)
    this.#heap.add(deadline)
    this.#live++
    return deadline
  }

  clear(deadline: Deadline | null): void {
    if (!deadline?.expire) return
    deadline.expire = null
    this.#live--
    if (this.#heap.size() > 2 * this.#live) {
      this.#heap.init(this.#heap.toArray().filter(({ expire }) => expire !== null))
    }
  }

  next(): number {
    return this.#first()?.at ?? Infinity
  }

  /** Lets everything expire whose time has come, in order of time and, among equals, of setting. */
  expire(now: number): void {
    for (let first = this.#first(); first && first.at <= now; first = this.#first()) {
      const { expire } = first
      this.clear(first)
      expire?.()
    }
  }

  #first(): Deadline | undefined {
    for (let first = this.#heap.peek(); first; first = this.#heap.peek()) {
      if (first.expire) return first
      this.#heap.pop()
    }
    return undefined
  }
}
