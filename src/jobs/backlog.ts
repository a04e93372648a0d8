import type { ComputedTrigger } from '../triggers/trigger.ts'
import { dueUntil } from './misfire.ts'

/** The planned times of one instance of a job: mostly one, and several where due runs are not made one. */
export interface Backlog {
  /** The first; null when none is left. */
  readonly next: number | null
  /** Goes on to the one after it. */
  advance(): void
  /** Leaves out all up to a time, and says which was the last of those. */
  skipTo(until: number): number | null
}

/** Times that are known. */
export class ListedTimes implements Backlog {
  readonly #times: readonly number[]
  #at = 0

  constructor(times: readonly number[]) {
    this.#times = times
  }

  get next(): number | null {
    return this.#times[this.#at] ?? null
  }

  advance(): void {
    this.#at++
  }

  skipTo(until: number): number | null {
    let skipped: number | null = null
    for (let { next } = this; next !== null && next <= until; { next } = this) {
      skipped = next
      this.advance()
    }
    return skipped
  }
}

/** A trigger's times from one to another, computed one by one: ten years of them take no more memory than two. */
export class TriggeredTimes implements Backlog {
  readonly #trigger: ComputedTrigger
  readonly #last: number
  #next: number | null

  constructor(trigger: ComputedTrigger, first: number, last: number) {
    this.#trigger = trigger
    this.#next = first
    this.#last = last
  }

  get next(): number | null {
    return this.#next
  }

  advance(): void {
    if (this.#next !== null) this.#next = this.#after(this.#next)
  }

  skipTo(until: number): number | null {
    if (this.#next === null || this.#next > until) return null
    const { last } = dueUntil(this.#trigger, this.#next, Math.min(until, this.#last))
    this.#next = this.#after(last)
    return last
  }

  #after(planned: number): number | null {
    const next = this.#trigger.nextFireMs(planned, planned)
    return next !== null && next <= this.#last ? next : null
  }
}
