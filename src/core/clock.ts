/**
 * The two readings of time that the scheduler lives by, both in milliseconds.
 *
 * Nothing in `core` reads the time: a clock is handed in. `now()` is the time line on which everything is ordered; it
 * is the same in every thread and never goes back. `wall()` says what the calendar shows; it may jump.
 */
export interface Clock {
  /** Monotonic milliseconds, fractions included, from an arbitrary origin that all threads share. */
  now(): number
  /** Milliseconds since the epoch, as `Date.now()` would give them. */
  wall(): number
}
