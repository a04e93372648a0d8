import { ComputedTrigger } from '../triggers/trigger.ts'

type Form = Readonly<Record<string, unknown>>

/** Deeper than any trigger that is accepted. */
const deepest = 20

/**
 * A trigger as somebody wrote it, whose options name the time zone of the scheduler where they named none. A trigger that
 * is made already, or its JSON, has its own. What is malformed stays so, to be refused where triggers are read.
 */
export function zonedTrigger(trigger: unknown, timezone: string, depth = 0): unknown {
  if (!isForm(trigger) || trigger instanceof ComputedTrigger || 'type' in trigger) return trigger
  const { cron, date, interval, calendarInterval, and, or } = trigger
  const zone = (options: unknown): unknown =>
    isForm(options) && options['timezone'] === undefined ? { ...options, timezone } : options
  const each = (triggers: unknown): unknown =>
    Array.isArray(triggers) && depth < deepest
      ? triggers.map((one) => zonedTrigger(one, timezone, depth + 1))
      : triggers
  if (typeof cron === 'string' || date !== undefined) return zone(trigger)
  if (cron !== undefined) return { ...trigger, cron: zone(cron) }
  if (interval !== undefined) return { ...trigger, interval: zone(interval) }
  if (calendarInterval !== undefined) {
    return { ...trigger, calendarInterval: zone(calendarInterval) }
  }
  if (and !== undefined) return { ...trigger, and: each(and) }
  if (or !== undefined) return { ...trigger, or: each(or) }
  return trigger
}

function isForm(value: unknown): value is Form {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
