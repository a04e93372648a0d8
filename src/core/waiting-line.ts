import type { Deadline, Deadlines } from './deadlines.ts'
import type { SchedulerError } from './errors.ts'

/** Where the outcome of a verb that may have to wait goes: exactly one of the two is called, once. */
export interface Settle<T> {
  resolve(value: T): void
  reject(error: SchedulerError): void
}

/** One who waits. */
export interface Wait {
  /** Gives the waiting up without settling it; false when it was settled already. */
  withdraw(): boolean
  /** The same, but who stood behind is only let go by calling what this gives; null when it was settled already. */
  leave(): (() => void) | null
}

/** Gives up several waits of one who is gone: none of them is let go by another's leaving. */
export function withdrawAll(waits: Iterable<Wait>): void {
  const left = [...waits].map((wait) => wait.leave())
  for (const letOthersGo of left) letOthersGo?.()
}

/** A place in a line. */
export class Place<D, T> implements Wait {
  readonly data: D
  readonly settle: Settle<T>
  line: WaitingLine<D, T> | null
  deadline: Deadline | null = null

  constructor(line: WaitingLine<D, T>, data: D, settle: Settle<T>) {
    this.line = line
    this.data = data
    this.settle = settle
  }

  withdraw(): boolean {
    const letOthersGo = this.leave()
    letOthersGo?.()
    return letOthersGo !== null
  }

  leave(): (() => void) | null {
    const { line } = this
    return line?.remove(this) ? () => line.whenLeft() : null
  }
}

/** Those who wait for the same thing, first come first served, each for as long as its deadline allows. */
export class WaitingLine<D, T> {
  /** Called when somebody gave up waiting: who stood behind may be able to go. */
  whenLeft: () => void = () => undefined
  readonly #deadlines: Deadlines
  readonly #places = new Set<Place<D, T>>()

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines
  }

  get size(): number {
    return this.#places.size
  }

  first(): Place<D, T> | null {
    for (const place of this.#places) return place
    return null
  }

  /** Waits until `at`, on the clock's time line; `expired` makes the error for then. */
  join(data: D, settle: Settle<T>, at: number, expired: () => SchedulerError): Wait {
    const place = new Place(this, data, settle)
    this.#places.add(place)
    place.deadline = this.#deadlines.set(at, () => {
      const { line } = place
      line?.remove(place)
      settle.reject(expired())
      line?.whenLeft()
    })
    return place
  }

  /** Takes a place out, without settling it; false when it had left already. */
  remove(place: Place<D, T>): boolean {
    if (!this.#places.delete(place)) return false
    this.#deadlines.clear(place.deadline)
    place.line = null
    return true
  }

  /** Moves a place to the end of another line; its deadline stays as it is. */
  move(place: Place<D, T>, to: WaitingLine<D, T>): void {
    this.#places.delete(place)
    to.#places.add(place)
    place.line = to
  }

  resolveAll(value: T): void {
    for (const place of this.#places) {
      this.remove(place)
      place.settle.resolve(value)
    }
  }

  rejectAll(error: () => SchedulerError): void {
    for (const place of this.#places) {
      this.remove(place)
      place.settle.reject(error())
    }
  }
}
