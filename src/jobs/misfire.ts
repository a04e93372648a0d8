import type { ComputedTrigger } from '../triggers/trigger.ts'

/** After so many steps the last due time is searched for: a second job may have ten years to catch up with. */
const mostSteps = 32

/** The last due time of a trigger, and the first that is not due. */
export interface Due {
  readonly last: number
  readonly next: number | null
}

/**
 * Of a trigger's times from `first` on, the last that is not after `now`, and the one after that.
 *
 * A few are walked through. More are searched for, backwards from `now` in growing steps and then by halving, which
 * takes some fifty questions however many there are:
 *
 *     first ................. low ............ high ............ now      none of its times is from high to now
 */
export function dueUntil(trigger: ComputedTrigger, first: number, now: number): Due {
  let last = first
  for (let steps = 0; ; steps++) {
    const next = trigger.nextFireMs(last, now)
    if (next === null || next > now) return { last, next }
    last = steps === mostSteps ? lastFrom(trigger, next, now) : next
  }
}

/** The last of a trigger's times that is not after `now`, from one of them on. */
function lastFrom(trigger: ComputedTrigger, known: number, now: number): number {
  const isDue = (from: number): number | null => {
    const found = trigger.firstFrom(from)
    return found !== null && found <= now ? found : null
  }
  let low = known
  let high = now + 1
  for (let back = 1000; ; back *= 2) {
    const from = now - back
    if (from <= known) break
    const found = isDue(from)
    if (found !== null) {
      low = found
      break
    }
    high = from
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const found = middle > low ? isDue(middle) : null
    if (found === null) high = middle
    else low = found
  }
  return low
}

/** Whether a run that begins now begins too late. Equal to the grace is in time. */
export function isMissed(plannedMs: number, graceMs: number | null, now: number): boolean {
  return graceMs !== null && now - plannedMs > graceMs
}
