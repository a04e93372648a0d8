import { runCronCase } from './cron-vectors.ts'
import { runCrontabCase } from './crontab-vectors.ts'
import { runMisfireVector } from './misfire-vectors.ts'
import { runTrace } from './scheduler-trace.ts'
import { runCalendarIntervalVector, runDateVector, runIntervalVector } from './trigger-vectors.ts'
import { formFault } from './vector-form.ts'
import { kindOf, type VectorCase, type VectorFile, type VectorKind } from './vector-files.ts'

/** Runs one case; throws where it differs. */
type Runner = (vector: VectorCase) => Promise<void>

/** What there is to run each kind with; a kind that is not here is not run yet. */
const runners: Partial<Record<VectorKind, Runner>> = {
  'scheduler-traces': runTrace,
  'cron-apscheduler': runCronCase,
  'cron-crontab': runCrontabCase,
  interval: runIntervalVector,
  date: runDateVector,
  'calendar-interval': runCalendarIntervalVector,
  misfire: runMisfireVector,
}

export interface VectorResult {
  readonly passed: number
  /** What failed, in words. */
  readonly failures: readonly string[]
  /** The kind, when there is nothing to run it with. */
  readonly notRun: VectorKind | null
}

export async function runVectorFile(file: VectorFile): Promise<VectorResult> {
  const kind = kindOf(file)
  if (!kind) {
    const failure = `${file.name}: unknown format: ${file.format.slice(0, 80)}`
    return { passed: 0, failures: [failure], notRun: null }
  }
  const run = runners[kind]
  if (!run) return { passed: 0, failures: [], notRun: kind }
  const failures: string[] = []
  for (const [index, vector] of file.cases.entries()) {
    const fault = formFault(kind, vector)
    if (fault !== null) {
      failures.push(`${file.name} ${idOf(vector) ?? `case ${index + 1}`}: ${fault}`)
      continue
    }
    try {
      await run(vector)
    } catch (error) {
      failures.push(
        `${file.name} ${vector.id}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  const passed = file.cases.length - failures.length
  if (file.cases.length === 0) failures.push(`${file.name}: no cases`)
  return { passed, failures, notRun: null }
}

function idOf(vector: unknown): string | null {
  return typeof vector === 'object' && vector !== null && 'id' in vector ? String(vector.id) : null
}
