import type { Clock } from '../core/clock.ts'

/**
 * The real time; the only file that reads it.
 *
 * `process.hrtime` has one origin for all threads of a process, where `performance.now()` has one for each.
 */
export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => Date.now(),
}
