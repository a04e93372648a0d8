import {
  cronFieldNames,
  fieldRanges,
  isRepeating,
  listOf,
  parseField,
  type CronFieldName,
  type CronItem,
} from './cron-field.ts'
import type { CronItems } from './cron-calendar.ts'
import { parseCrontab } from './crontab-text.ts'
import { knownOptions, malformed } from './trigger-options.ts'

/** A field as it is given: a number, or an expression. */
export type CronValue = number | string

/** What the fields of a cron trigger, or its crontab line, come down to. */
export interface CronPlan {
  /** Without those that restrict nothing, but with all three of the time of day. */
  readonly items: CronItems
  /** Whether a day matches that either of its two fields means. */
  readonly either: boolean
  /** Whether hour and minute are single values or lists of them. */
  readonly isFixed: boolean
  /** What was given, tidied up. */
  readonly texts: Readonly<Partial<Record<CronFieldName | 'crontab', string>>>
}

/** The options of a cron trigger besides its fields. */
export const boundNames: readonly string[] = ['startDate', 'endDate', 'timezone', 'jitter', 'dst']
const optionNames = [...cronFieldNames, 'crontab', ...boundNames]
const dayFields: readonly CronFieldName[] = ['day', 'dayOfWeek']
const timeOfDay: readonly CronFieldName[] = ['hour', 'minute', 'second']

/**
 * Reads the options of a cron trigger.
 *
 * @throws {TriggerError} `TRIGGER_INVALID` with `details.field`
 */
export function readCron(options: unknown): {
  readonly plan: CronPlan
  readonly given: Readonly<Record<string, unknown>>
} {
  const given = knownOptions(options, optionNames, 'options')
  return { plan: given['crontab'] === undefined ? fieldsPlan(given) : crontabPlan(given), given }
}

function crontabPlan(given: Readonly<Record<string, unknown>>): CronPlan {
  const stranger = cronFieldNames.find((name) => given[name] !== undefined)
  if (stranger) throw malformed(stranger, 'a part of crontab where that is given', given[stranger])
  const { items, either, text } = parseCrontab(given['crontab'])
  return planOf(items, either, { crontab: text })
}

function fieldsPlan(given: Readonly<Record<string, unknown>>): CronPlan {
  const texts: Partial<Record<CronFieldName, string>> = {}
  const items: Partial<Record<CronFieldName, readonly CronItem[]>> = {}
  // APScheduler says null where nothing is said.
  const named = new Set(
    cronFieldNames.filter((name) => given[name] !== undefined && given[name] !== null),
  )
  const least = cronFieldNames.findLastIndex((name) => named.has(name))
  for (const [index, name] of cronFieldNames.entries()) {
    if (named.has(name)) {
      const text = textOf(name, given[name])
      items[name] = parseField(name, text)
      texts[name] = listOf(text).join(',').replaceAll(/\s+/g, ' ')
    } else {
      items[name] = [defaultItem(name, least < 0 || index < least)]
    }
  }
  return planOf(items, false, texts)
}

function defaultItem(name: CronFieldName, isAbove: boolean): CronItem {
  const { min, max } = fieldRanges[name]
  return isAbove || name === 'week' || name === 'dayOfWeek'
    ? { kind: 'every', from: min, to: max, step: 1 }
    : { kind: 'range', from: min, to: min, step: 1 }
}

function textOf(name: CronFieldName, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw malformed(name, 'a number or a text', value)
}

function planOf(items: CronItems, either: boolean, texts: CronPlan['texts']): CronPlan {
  // Where either field of days will do and one of them means every day, the other does not matter.
  const isEveryDay = either && dayFields.some((name) => isUnrestricted(items[name] ?? []))
  const restricting = Object.entries(items).filter(
    ([name, list]) =>
      timeOfDay.some((field) => field === name) ||
      (!isUnrestricted(list) && !(isEveryDay && dayFields.some((field) => field === name))),
  )
  return {
    items: Object.fromEntries(restricting),
    either: either && !isEveryDay,
    isFixed: !isRepeating(items.hour ?? []) && !isRepeating(items.minute ?? []),
    texts,
  }
}

/** Whether a field means all that there is. */
function isUnrestricted(items: readonly CronItem[]): boolean {
  return items.some((item) => item.kind === 'every' && item.step === 1)
}
