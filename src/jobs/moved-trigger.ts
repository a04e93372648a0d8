import { DateTrigger } from '../triggers/date.ts'
import { IntervalTrigger } from '../triggers/interval.ts'
import { triggerFromJson } from '../triggers/trigger-codec.ts'
import type { ComputedTrigger } from '../triggers/trigger.ts'

/**
 * A trigger whose next run is at a time that somebody else said: an interval is counted from there, and a date is that
 * date. What follows the calendar goes on as it did. (APScheduler 3.0 does it so.)
 */
export function movedTo(trigger: ComputedTrigger, firstMs: number): ComputedTrigger {
  const at = new Date(firstMs).toISOString()
  if (trigger instanceof IntervalTrigger)
    return triggerFromJson({ ...trigger.toJSON(), startDate: at })
  if (trigger instanceof DateTrigger) return triggerFromJson({ ...trigger.toJSON(), runDate: at })
  return trigger
}
