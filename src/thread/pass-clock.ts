import type { Clock } from '../core/clock.ts'

/** The calendar is exact to so much. */
const wholeMs = 1

/**
 * A clock that is read once for each message and pass, and shows the same until the next: the core looks at it several
 * times for every context, and reading the time costs more than the rest of such a look. What it shows is never ahead,
 * so nothing is early by it.
 */
export class PassClock implements Clock {
  readonly #clock: Clock
  #now = 0
  #wall = 0
  #offset = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
    this.read()
  }

  /** Both are read together: what the calendar shows more than the clock is right at any time. */
  read(): void {
    this.#wall = this.#clock.wall()
    this.#now = this.#clock.now()
    const offset = this.#wall - this.#now
    if (offset > this.#offset || offset < this.#offset - wholeMs) this.#offset = offset
  }

  /**
   * What the calendar shows more than the clock, for times that are told. It shows whole milliseconds, so a reading comes
   * out up to one too small: the largest is kept until the calendar is set back, so that no time is told before an earlier
   * one.
   */
  get offset(): number {
    return this.#offset
  }

  /** The same as it is now, for what is planned by it. */
  get presentOffset(): number {
    return this.#wall - this.#now
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#wall
  }
}
