import { OptionsError, shown, TriggerError } from '../core/errors.ts'
import type { TriggerJson } from '../triggers/trigger.ts'
import { triggerFrom, triggerFromJson, type TriggerLike } from '../triggers/trigger-codec.ts'
import { CustomTrigger } from './custom-trigger.ts'
import type { JobTrigger } from './job-entry.ts'
import { zonedTrigger } from './zoned-trigger.ts'

/** A trigger of the application's own, by its name; whatever else there is, its module is given. */
export interface CustomTriggerForm {
  readonly custom: string
  readonly [option: string]: unknown
}

/** What a job may be given as its trigger. */
export type JobTriggerLike = TriggerLike | CustomTrigger | CustomTriggerForm

/** APScheduler's short names of triggers, whose options stand among those of the job. */
export type TriggerAlias = 'date' | 'interval' | 'cron' | 'calendarInterval'

const aliases: readonly string[] = ['date', 'interval', 'cron', 'calendarInterval']

export function isAlias(value: unknown): value is TriggerAlias {
  return typeof value === 'string' && aliases.includes(value)
}

/** The trigger that somebody means, in this time zone where none is named. @throws {TriggerError} */
export function jobTriggerFrom(value: unknown, timezone: string): JobTrigger {
  if (value instanceof CustomTrigger) return value
  if (typeof value === 'string') {
    throw new TriggerError(
      `Expected a trigger or one of the names ${aliases.join(', ')}, got ${shown(value)}: write { cron: '*/5 * * * *' } for a crontab.`,
      { details: { field: 'trigger' } },
    )
  }
  if (typeof value === 'object' && value !== null && 'custom' in value) {
    const { custom, ...options } = value
    return new CustomTrigger(custom as string, options)
  }
  return triggerFrom(zonedTrigger(value, timezone))
}

/** The trigger of a short name and its options. @throws {TriggerError} */
export function aliasedTrigger(
  alias: TriggerAlias,
  options: Readonly<Record<string, unknown>>,
  timezone: string,
): JobTrigger {
  if (alias !== 'date') return triggerFrom(zonedTrigger({ [alias]: options }, timezone))
  const { runDate, ...beside } = options
  if (runDate === undefined) {
    throw new OptionsError("Expected runDate beside trigger: 'date', got none.")
  }
  return triggerFrom(zonedTrigger({ date: runDate, ...beside }, timezone))
}

/** The opposite of `toJSON`, of custom triggers too. @throws {TriggerError} */
export function jobTriggerFromJson(json: TriggerJson): JobTrigger {
  return json.type === 'custom' ? CustomTrigger.fromJSON(json) : triggerFromJson(json)
}
