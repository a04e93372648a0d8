import assert from 'node:assert/strict'
import { TriggerError } from '../../src/core/errors.ts'
import { CronTrigger, type CronTriggerOptions } from '../../src/triggers/cron.ts'
import type { VectorCase } from './vector-files.ts'

/** Fire times as an instant and as the wall clock shows it; null when there is none at all. */
type Fires = readonly (readonly [utc: string, local: string])[] | null

interface Answer {
  readonly by: readonly string[]
  readonly fires?: Fires
  readonly error?: boolean
}

interface CronCase extends VectorCase {
  readonly spec: Readonly<Record<string, string | number>>
  readonly tz: string
  readonly start: string
  readonly start_date?: string
  readonly end_date?: string
  readonly count: number
  readonly disputed: boolean
  readonly fires?: Fires
  readonly error?: boolean
  readonly answers?: readonly Answer[]
}

/** What a trigger answered: its times, or that it was refused as malformed. */
export type Outcome = { readonly fires: readonly number[] } | { readonly error: true }

/** The matcher of the vectors' authors that knows no rule but the wall clock's. */
const literal = 'wallclock'

/**
 * APScheduler's fields: what nobody disputes must come out, and of what is disputed one of the answers; by the literal rule,
 * the answer of the literal matcher.
 */
export async function runCronCase(vector: VectorCase): Promise<void> {
  const one = vector as CronCase
  const outcome = outcomeOf(one)
  const answers = one.answers ?? [one]
  assert.ok(
    answers.some((answer) => isSame(outcome, answer)),
    `Expected one of ${JSON.stringify(answers)}, got ${JSON.stringify(shownOutcome(outcome))}`,
  )
  const byLiteral = one.answers?.find(({ by }) => by.includes(literal))
  if (byLiteral) {
    const literally = outcomeOf(one, { dst: 'wallclock' })
    assert.ok(
      isSame(literally, byLiteral),
      `By the literal rule, expected ${JSON.stringify(byLiteral)}, got ${JSON.stringify(shownOutcome(literally))}`,
    )
  }
}

function outcomeOf(one: CronCase, more: CronTriggerOptions = {}): Outcome {
  const options: CronTriggerOptions = {
    ...Object.fromEntries(
      Object.entries(one.spec).map(([name, value]) => [
        name === 'day_of_week' ? 'dayOfWeek' : name,
        value,
      ]),
    ),
    timezone: one.tz,
    ...(one.start_date === undefined ? {} : { startDate: one.start_date }),
    ...(one.end_date === undefined ? {} : { endDate: one.end_date }),
    ...more,
  }
  return firesOf(() => new CronTrigger(options), Date.parse(one.start), one.count)
}

/** So many times from an instant on. To refuse what never fires is to say that it does not. */
export function firesOf(make: () => CronTrigger, from: number, count: number): Outcome {
  const fires: number[] = []
  try {
    const trigger = make()
    let next = trigger.nextFireMs(null, from)
    while (next !== null && fires.length < count) {
      fires.push(next)
      next = trigger.nextFireMs(next, next)
    }
  } catch (error) {
    if (!(error instanceof TriggerError)) throw error
    if (error.code === 'TRIGGER_INVALID') return { error: true }
  }
  return { fires }
}

/** Whether times are those of a vector, of which the local ones must be right as well. */
export function isSame(
  outcome: Outcome,
  { fires = null, error = false }: { readonly fires?: Fires; readonly error?: boolean },
): boolean {
  if ('error' in outcome) return error
  const expected = fires ?? []
  return (
    !error &&
    expected.length === outcome.fires.length &&
    expected.every(
      ([utc, local], index) =>
        Date.parse(utc) === outcome.fires[index] && Date.parse(local) === outcome.fires[index],
    )
  )
}

export function shownOutcome(outcome: Outcome): unknown {
  return 'error' in outcome ? outcome : outcome.fires.map((ms) => new Date(ms).toISOString())
}
