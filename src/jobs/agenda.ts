import { Heap } from 'heap-js'

/** Something that is to happen at a time, unless it is called off. */
export interface Appointment<Item> {
  readonly item: Item
  readonly at: number
  /** Decides among equal times. */
  readonly id: string
  off: boolean
}

/**
 * Things by time and, among equals, by id.
 *
 * heap-js has no cheap removal from the middle: what is called off is only marked, and dropped when it reaches the top
 * or when marked ones outnumber the others. So adding is O(log n), calling off O(1) amortised.
 */
export class Agenda<Item> {
  readonly #heap = new Heap<Appointment<Item>>((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  #live = 0

  get size(): number {
    return this.#live
  }

  add(item: Item, at: number, id: string): Appointment<Item> {
    const appointment = { item, at, id, off: false }
    this.#heap.add(appointment)
    this.#live++
    return appointment
  }

  callOff(appointment: Appointment<Item> | null): void {
    if (appointment === null || appointment.off) return
    appointment.off = true
    this.#live--
    if (this.#heap.size() > 2 * this.#live + 64) {
      this.#heap.init(this.#heap.toArray().filter(({ off }) => !off))
    }
  }

  /** The first time; Infinity when there is none. */
  next(): number {
    return this.#first()?.at ?? Infinity
  }

  /** Takes the first off, if its time has come. */
  take(now: number): Item | null {
    const first = this.#first()
    if (!first || first.at > now) return null
    this.#heap.pop()
    first.off = true
    this.#live--
    return first.item
  }

  #first(): Appointment<Item> | undefined {
    for (let first = this.#heap.peek(); first; first = this.#heap.peek()) {
      if (!first.off) return first
      this.#heap.pop()
    }
    return undefined
  }
}
