import { hrtime } from 'node:process'
import type { Clock } from '../core/clock.ts'

/**
 * The real time; only `triggers/present.ts` reads it, too.
 *
 * `process.hrtime` has one origin for all threads of a process, where `performance.now()` has one for each.
 */
export const systemClock: Clock = {
  // The one with a bigint takes twice as long, and so does finding the global object that it is on.
  now: () => {
    const [seconds, nanoseconds] = hrtime()
    return seconds * 1e3 + nanoseconds / 1e6
  },
  wall: () => Date.now(),
}
