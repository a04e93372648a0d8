import type { CronBounds } from '../triggers/cron.ts'

const boundNames: ReadonlySet<string> = new Set([
  'timezone',
  'startDate',
  'endDate',
  'jitter',
  'dst',
])

/** What of some options is the trigger's, and what is the job's. */
export function cronBounds(options: object): {
  readonly bounds: CronBounds
  readonly extras: object
} {
  const isBound = ([name]: [string, unknown]): boolean => boundNames.has(name)
  const entries = Object.entries(options)
  return {
    bounds: Object.fromEntries(entries.filter(isBound)),
    extras: Object.fromEntries(entries.filter((entry) => !isBound(entry))),
  }
}
