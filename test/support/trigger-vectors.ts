import assert from 'node:assert/strict'
import {
  CalendarIntervalTrigger,
  DateTrigger,
  IntervalTrigger,
  TriggerError,
  type ComputedTrigger,
} from '../../src/index.ts'
import type { VectorCase } from './vector-files.ts'

/** A list of UTC instants, each with the local time; null when it never fires. */
type Fires = readonly (readonly [string, string])[] | null

/** What the formats of date, interval and calendar-interval vectors have in common. */
interface FiresCase extends VectorCase {
  readonly tz: string
  readonly count?: number
  readonly now?: string
  readonly previous?: string
  readonly error?: true
  readonly disputed: boolean
  readonly fires?: Fires
  readonly answers?: readonly { readonly by: readonly string[]; readonly fires: Fires }[]
}

interface DateCase extends FiresCase {
  readonly run_date: string
}

interface SpanCase extends FiresCase {
  readonly spec: Readonly<Record<string, number>>
  readonly start_date?: string
  readonly end_date?: string
  readonly created?: string
}

export async function runDateVector(vector: VectorCase): Promise<void> {
  const one = vector as DateCase
  judge({ ...one, count: 1 }, () => new DateTrigger(one.run_date, { timezone: one.tz }))
}

export async function runIntervalVector(vector: VectorCase): Promise<void> {
  const one = vector as SpanCase
  judge(one, () => {
    const trigger = new IntervalTrigger(optionsOf(one))
    return one.created === undefined ? trigger : trigger.anchored(Date.parse(one.created))
  })
}

/** Their lists begin at the start date, whatever the clock shows. */
export async function runCalendarIntervalVector(vector: VectorCase): Promise<void> {
  const one = vector as SpanCase
  judge({ ...one, now: '1900-01-01T00:00:00Z' }, () => new CalendarIntervalTrigger(optionsOf(one)))
}

function optionsOf({ spec, tz, start_date, end_date }: SpanCase): Record<string, string | number> {
  return {
    ...spec,
    timezone: tz,
    ...(start_date === undefined ? {} : { startDate: start_date }),
    ...(end_date === undefined ? {} : { endDate: end_date }),
  }
}

/** Disputed is what the implementations do not agree on: ours has to be one of their answers. */
function judge(one: FiresCase, make: () => ComputedTrigger): void {
  if (one.error) {
    assert.throws(make, TriggerError)
    return
  }
  const fires = firesOf(make(), one)
  if (one.disputed) {
    const answers = (one.answers ?? []).map((answer) => instantsOf(answer.fires))
    assert.ok(
      answers.some((answer) => String(answer) === String(fires)),
      `Expected one of ${answers.map((answer) => `[${answer.join()}]`).join(' ')}, got ${fires.join()}`,
    )
    return
  }
  assert.deepEqual(fires, instantsOf(one.fires ?? null))
}

/** Its times, as the job layer asks for them, up to the count, or one null where there are no more. */
function firesOf(trigger: ComputedTrigger, { now, previous, count = 1 }: FiresCase): string[] {
  const present = new Date(now ?? Number.NaN)
  const fires: string[] = []
  let next = trigger.nextFireTime(previous === undefined ? null : new Date(previous), present)
  while (next !== null && fires.length < count) {
    fires.push(next.toISOString())
    next = trigger.nextFireTime(next, present)
  }
  return fires
}

function instantsOf(fires: Fires): string[] {
  return (fires ?? []).map(([utc]) => new Date(utc).toISOString())
}
