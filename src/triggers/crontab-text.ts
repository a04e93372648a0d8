import {
  fieldRanges,
  listOf,
  malformed,
  parseRange,
  weekdayNames,
  type CronFieldName,
  type CronItem,
  type FieldRange,
} from './cron-field.ts'
import type { CronItems } from './cron-calendar.ts'
import { malformed as malformedOption } from './trigger-options.ts'

/** A crontab line as fields. */
export interface CrontabFields {
  readonly items: CronItems
  /** Whether a day matches that either of its two fields means. */
  readonly either: boolean
  /** Without the blanks that mean nothing. */
  readonly text: string
}

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const fieldNames = ['second', 'minute', 'hour', 'day', 'month', 'dayOfWeek'] as const
/** What a crontab has besides what all fields have. */
const specials: Readonly<Partial<Record<CronFieldName, readonly string[]>>> = {
  day: ["'L'", "'LW'", "'15W'"],
  dayOfWeek: ["'5L'", "'5#2'"],
}
const longestText = 1000
/** Sunday is the first here, and the last as well. */
const crontabWeekdayNames = ['sun', ...weekdayNames.slice(0, 6)]
const crontabWeekdays: FieldRange = { min: 0, max: 7, names: crontabWeekdayNames }
const forms =
  "five fields (minute, hour, day, month, day of week), six with seconds before them, or a name such as '@daily'"

/**
 * Reads a crontab line into the fields of a cron trigger.
 *
 * A day matches that its own field *or* the day of week means, when neither of them is just `*` or `?` (with a step it is
 * neither, as in croner, cron-parser and croniter; in Vixie cron it is); 0 and 7 are Sunday.
 * `L` is the last day of the month, `LW` its last day from Monday to Friday, `15W` the one nearest to the 15th, `5L` the
 * last Friday, `5#2` the second.
 *
 * @throws {TriggerError} `TRIGGER_INVALID`, with the field where it is one, else `'crontab'`.
 */
export function parseCrontab(value: unknown): CrontabFields {
  if (typeof value !== 'string' || value.length > longestText) {
    throw malformedOption('crontab', forms, value)
  }
  const text = value.trim().replaceAll(/\s+/g, ' ')
  const line = text.startsWith('@') ? macros[text.toLowerCase()] : text
  const texts = line?.split(' ') ?? []
  if (texts.length === 5) texts.unshift('0')
  if (texts.length !== 6) throw malformedOption('crontab', forms, value)
  const items: Partial<Record<CronFieldName, readonly CronItem[]>> = {}
  for (const [index, name] of fieldNames.entries()) {
    items[name] = parseCrontabField(name, texts[index] ?? '')
  }
  const either = [texts[3], texts[5]].every((field) => field !== '*' && field !== '?')
  return { items, either, text }
}

function parseCrontabField(name: (typeof fieldNames)[number], text: string): readonly CronItem[] {
  const range = name === 'dayOfWeek' ? crontabWeekdays : fieldRanges[name]
  return listOf(text).map((item) => {
    const special =
      name === 'day' ? daySpecial(item) : name === 'dayOfWeek' ? weekdaySpecial(item) : null
    const read = special ?? parseRange(name, item === '?' ? '*' : upwards(name, item), range, true)
    if (read === null) throw malformed(name, item, range, specials[name] ?? [])
    return name === 'dayOfWeek' ? fromMonday(read) : read
  })
}

/** `L`, `LW` and `15W`. */
function daySpecial(item: string): CronItem | null {
  if (item === 'l') return { kind: 'lastDay' }
  if (item === 'lw') return { kind: 'nearest', day: 0 }
  const day = Number(/^(\d{1,2})w$/.exec(item)?.[1] ?? 0)
  return day >= 1 && day <= 31 ? { kind: 'nearest', day } : null
}

/** `5L` and `5#2`, also with names. */
function weekdaySpecial(item: string): CronItem | null {
  const [, day = '', nth] = /^([0-7]|[a-z]{3})(?:l|#([1-5]))$/.exec(item) ?? []
  const named = crontabWeekdayNames.indexOf(day)
  if (named < 0 && !/\d/.test(day)) return null
  const weekday = ((named < 0 ? Number(day) : named) + 6) % 7
  return nth === undefined
    ? { kind: 'lastWeekday', weekday }
    : { kind: 'nth', nth: Number(nth), weekday }
}

/** A range of weekdays may end with Sunday, however that is written. */
function upwards(name: string, item: string): string {
  return name === 'dayOfWeek' ? item.replace(/(?<=[a-z1-9]-)(?:sun|0)(?=\/|$)/, '7') : item
}

/** Weekdays as the calendar counts them, from Monday; those after Sunday count on. */
function fromMonday(item: CronItem): CronItem {
  if (item.kind === 'every') {
    return item.step === 1 ? { ...item, to: 6 } : { ...item, from: 6, to: 12 }
  }
  return item.kind === 'range' ? { ...item, from: item.from + 6, to: item.to + 6 } : item
}
