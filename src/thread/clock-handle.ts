import type { Clock } from '../core/clock.ts'
import { FakeClock } from './fake-clock.ts'
import { systemClock } from './system-clock.ts'

/** What one thread tells another about its clock: the memory of a fake one, or null for the real time. */
export type ClockHandle = SharedArrayBuffer | null

export function clockHandle(clock: FakeClock | null): ClockHandle {
  return clock?.buffer ?? null
}

export function openClock(handle: ClockHandle): Clock {
  return handle === null ? systemClock : new FakeClock({ buffer: handle })
}
