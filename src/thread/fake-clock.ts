import type { Clock } from '../core/clock.ts'
import { durationMs, timeoutMs, type Duration } from '../core/duration.ts'

/** Something that looks at the clock when it is told to: a scheduler. */
export interface Ticking {
  /** Resolves when everything that is due by the clock's present time has been dealt with. */
  tick(): Promise<void>
}

const nowIndex = 0
const wallOffsetIndex = 1

/**
 * A clock for tests: its time moves only when it is told to. Everything that waits in a scheduler, waits on it.
 *
 * Its time lives in a SharedArrayBuffer, so one clock serves every thread: give it to
 * `new SchedulerThread({ clock })`. In a worker, `new FakeClock({ buffer })` is another view of it; there, attach the
 * scheduler of `connect()` before you advance it.
 *
 * @example
 * const clock = new FakeClock()
 * await using scheduler = await new SchedulerThread({ clock, queues: ['ocsp'] }).start()
 * await scheduler.addTask(new ScheduledTaskContext('ocsp', 'example.org', '1h'))
 * await clock.advance('1h')
 */
export class FakeClock implements Clock {
  readonly buffer: SharedArrayBuffer
  readonly #times: Float64Array
  readonly #ticking = new Set<Ticking>()

  /** @param options `wall`: what the calendar shows at the beginning. @default 2026-01-01T00:00:00Z */
  constructor(options: { readonly wall?: Date; readonly buffer?: SharedArrayBuffer } = {}) {
    this.buffer = options.buffer ?? new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)
    this.#times = new Float64Array(this.buffer)
    if (!options.buffer) {
      // Not zero, so that a time taken for a duration, or the reverse, shows.
      this.#times[nowIndex] = 1_000_000
      this.#times[wallOffsetIndex] = (options.wall?.getTime() ?? Date.UTC(2026, 0, 1)) - 1_000_000
    }
  }

  now(): number {
    return this.#times[nowIndex] ?? 0
  }

  wall(): number {
    return this.now() + (this.#times[wallOffsetIndex] ?? 0)
  }

  /** Lets time pass. Resolves when every attached scheduler has dealt with what became due. */
  async advance(duration: Duration): Promise<void> {
    this.#times[nowIndex] = this.now() + timeoutMs(duration, 'duration')
    await this.#tickAll()
  }

  /** Sets the clock on the wall forward, or back for a negative duration, while no time passes. */
  async jump(duration: Duration): Promise<void> {
    this.#times[wallOffsetIndex] = this.wall() + durationMs(duration) - this.now()
    await this.#tickAll()
  }

  /** Has a scheduler tick whenever this clock moves. `SchedulerThread` and `InlineScheduler` do it themselves. */
  attach(ticking: Ticking): void {
    this.#ticking.add(ticking)
  }

  detach(ticking: Ticking): void {
    this.#ticking.delete(ticking)
  }

  async #tickAll(): Promise<void> {
    await Promise.all([...this.#ticking].map((ticking) => ticking.tick()))
  }
}
