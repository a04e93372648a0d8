import type { Clock } from '../core/clock.ts'
import type { Doorbell } from './doorbell.ts'

/** The longest that `Atomics.wait` is asked to wait; waking once in 24 days costs nothing. */
const longestSleepMs = 2 ** 31 - 1
/** So many sleeps of a hundred may end later than the learned delay: the others' rest is waited for awake. */
const lateShare = 0.2
/** How far one sleep moves what was learned. */
const stepMs = 0.004
/** Beyond it a machine is not slow to wake but busy, and nothing is to be learned. */
const mostLeadMs = 0.25
/** Being awake without need may take up so much of the time, and so much at once. */
const awakeShare = 0.08
const mostAwakeMs = 1

/**
 * Sleeps that end on time, on machines that wake a thread a tenth of a millisecond after its time.
 *
 *     asked for          |———————— sleep ————————|·· delay ··|        awake after the due time
 *     with what it learned  |————— sleep —————|·· delay ··|~|         awake before; the rest is waited for awake
 *
 * The system rounds a timer up (50 µs of slack on Linux) and needs a while to wake an idle processor. Both are much the
 * same each time, so they are learned from the sleeps themselves. What is waited for awake is some ten microseconds,
 * and bounded: a scheduler with very much to do sleeps as it would without.
 */
export class PunctualSleep {
  readonly #bell: Pick<Doorbell, 'count' | 'sleep'>
  readonly #clock: Clock
  #leadMs = 0
  #mayBeAwakeMs = mostAwakeMs
  #lastNow: number

  constructor(bell: Pick<Doorbell, 'count' | 'sleep'>, clock: Clock) {
    this.#bell = bell
    this.#clock = clock
    this.#lastNow = clock.now()
  }

  /**
   * Blocks until the time, or until the bell was rung since `count`; true when the time has come. Awake before it, calls
   * `prepare`.
   */
  until(time: number, count: number, prepare: () => void): boolean {
    if (time === Infinity) {
      this.#bell.sleep(count, Infinity)
      return false
    }
    const start = this.#clock.now()
    this.#mayBeAwakeMs = Math.min(
      mostAwakeMs,
      this.#mayBeAwakeMs + awakeShare * (start - this.#lastNow),
    )
    this.#lastNow = start
    const leadMs = this.#mayBeAwakeMs > mostLeadMs ? this.#leadMs : 0
    const askedMs = Math.min(time - start - leadMs, longestSleepMs)
    let now = start
    if (askedMs > 0) {
      this.#bell.sleep(count, askedMs)
      now = this.#clock.now()
      if (this.#bell.count() !== count) return now >= time
      this.#learn(now - start - askedMs)
    }
    if (leadMs === 0 || now >= time || time - now > mostLeadMs) return now >= time
    const awakeSince = now
    prepare()
    while (now < time && this.#bell.count() === count) now = this.#clock.now()
    this.#mayBeAwakeMs -= now - awakeSince
    return now >= time
  }

  /** A sleep ended so much later than it was asked to. */
  #learn(lateMs: number): void {
    if (lateMs > this.#leadMs) this.#leadMs += stepMs * (1 - lateShare)
    else this.#leadMs -= stepMs * lateShare
    this.#leadMs = Math.min(mostLeadMs, Math.max(0, this.#leadMs))
  }
}
