import assert from 'node:assert/strict'
import { CronTrigger } from '../../src/triggers/cron.ts'
import { firesOf, isSame, shownOutcome } from './cron-vectors.ts'
import type { VectorCase } from './vector-files.ts'

type Fires = readonly (readonly [utc: string, local: string])[] | null

interface CrontabCase extends VectorCase {
  readonly expr: string
  readonly tz: string
  /** Exclusive. */
  readonly start: string
  readonly count: number
  readonly kind: 'fires' | 'never' | 'invalid'
  readonly fires?: Fires
  /** Other answers than that of the two who agree. */
  readonly differs?: Readonly<Record<string, Fires>>
}

/** Crontab lines: what two libraries or more agree on must come out, or where a third says otherwise, one of both. */
export async function runCrontabCase(vector: VectorCase): Promise<void> {
  const one = vector as CrontabCase
  const outcome = firesOf(
    () => CronTrigger.fromCrontab(one.expr, { timezone: one.tz }),
    Date.parse(one.start) + 1,
    one.count,
  )
  const answers =
    one.kind === 'invalid'
      ? [{ error: true }]
      : [one.fires ?? null, ...Object.values(one.differs ?? {})].map((fires) => ({ fires }))
  assert.ok(
    answers.some((answer) => isSame(outcome, answer)),
    `Expected ${one.expr} to be ${JSON.stringify(answers)}, got ${JSON.stringify(shownOutcome(outcome))}`,
  )
}
