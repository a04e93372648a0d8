import { shown, TriggerError } from '../core/errors.ts'

/** The fields of a cron trigger, from the most significant to the least, as APScheduler orders them. */
export const cronFieldNames = [
  'year',
  'month',
  'day',
  'week',
  'dayOfWeek',
  'hour',
  'minute',
  'second',
] as const

export type CronFieldName = (typeof cronFieldNames)[number]

/** One item of a field's list. */
export type CronItem =
  // All there are, or every nth of them.
  | { readonly kind: 'every'; readonly from: number; readonly to: number; readonly step: number }
  // Weekdays may go beyond 6, where 7 is Monday again.
  | { readonly kind: 'range'; readonly from: number; readonly to: number; readonly step: number }
  // The first to fifth of a weekday in the month.
  | { readonly kind: 'nth'; readonly nth: number; readonly weekday: number }
  | { readonly kind: 'lastWeekday'; readonly weekday: number }
  | { readonly kind: 'lastDay' }
  // The day from Monday to Friday that is nearest to a day of the month, and in that month; 0 is its last day.
  | { readonly kind: 'nearest'; readonly day: number }

/** What a field may be. */
export interface FieldRange {
  readonly min: number
  readonly max: number
  /** The names of the first values, in order. */
  readonly names?: readonly string[]
}

export const monthNames: readonly string[] =
  'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
export const weekdayNames: readonly string[] = 'mon tue wed thu fri sat sun'.split(' ')

export const fieldRanges: Readonly<Record<CronFieldName, FieldRange>> = {
  year: { min: 1970, max: 9999 },
  month: { min: 1, max: 12, names: monthNames },
  day: { min: 1, max: 31 },
  week: { min: 1, max: 53 },
  dayOfWeek: { min: 0, max: 6, names: weekdayNames },
  hour: { min: 0, max: 23 },
  minute: { min: 0, max: 59 },
  second: { min: 0, max: 59 },
}

/** No sensible expression is longer; it keeps hostile texts cheap. */
const longestText = 1000
const nthNames: readonly string[] = ['1st', '2nd', '3rd', '4th', '5th']

/**
 * Reads the expression of a field, in the grammar of APScheduler, which is regular and here read as it is documented:
 * what its own parser takes because nothing anchors it, such as `lastly`, is refused, and a step after names counts.
 *
 * @see APScheduler 3.0: the expressions of `CronTrigger`; 3.5: names of months, blanks after commas.
 * @throws {TriggerError} `TRIGGER_INVALID` with `details.field`.
 */
export function parseField(name: CronFieldName, text: string): readonly CronItem[] {
  if (text.length > longestText) throw malformed(name, text)
  return listOf(text).map((item) => {
    const position = name === 'day' ? parsePosition(item) : null
    const read = position ?? parseRange(name, item, fieldRanges[name])
    if (read === null) throw malformed(name, item)
    return read
  })
}

/** The items of a list, in lower case and without blanks around them. */
export function listOf(text: string): string[] {
  return text.split(',').map((item) => item.trim().toLowerCase())
}

/** `last`, `last fri` and `2nd fri`. */
function parsePosition(item: string): CronItem | null {
  const [which = '', weekdayName, ...rest] = item.split(/\s+/)
  if (rest.length > 0) return null
  if (weekdayName === undefined) return which === 'last' ? { kind: 'lastDay' } : null
  const weekday = weekdayNames.indexOf(weekdayName)
  if (weekday < 0) return null
  if (which === 'last') return { kind: 'lastWeekday', weekday }
  const nth = nthNames.indexOf(which) + 1
  return nth > 0 ? { kind: 'nth', nth, weekday } : null
}

/**
 * `*`, `a`, `a-b`, each with a step or without, of numbers or names; null when it is none of them.
 *
 * @param anyStep whether a step may be greater than its range, which is then its first value
 * @throws {TriggerError} when it is one, but cannot be.
 */
export function parseRange(
  name: CronFieldName,
  item: string,
  { min, max, names = [] }: FieldRange,
  anyStep = false,
): CronItem | null {
  const [, first = '', last, stepText] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? []
  const step = stepText === undefined ? 1 : Number(stepText)
  if (first === '*') {
    if (last !== undefined) return null
    checkStep(name, item, step, anyStep ? max - min + 1 : max - min)
    return { kind: 'every', from: min, to: max, step }
  }
  const from = valueOf(first, min, names)
  const end = last === undefined ? null : valueOf(last, min, names)
  if (from === null || (last !== undefined && end === null)) return null
  const to = end ?? (stepText === undefined ? from : max)
  for (const value of [from, to]) {
    if (value < min || value > max) throw outOfRange(name, item, min, max)
  }
  if (from > to) {
    throw invalid(
      name,
      `Expected a range of ${name} to go upwards, got ${shown(item)}: write it as two, with a comma.`,
    )
  }
  // A range of one value is that value, whatever its step.
  if (from === to && stepText !== undefined && step > 0) return { kind: 'range', from, to, step: 1 }
  checkStep(name, item, step, anyStep ? max - min + 1 : Math.max(1, to - from))
  return { kind: 'range', from, to, step }
}

function valueOf(text: string, min: number, names: readonly string[]): number | null {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  const index = names.indexOf(text)
  return index < 0 ? null : index + min
}

function checkStep(name: CronFieldName, item: string, step: number, most: number): void {
  if (step >= 1 && step <= most) return
  throw invalid(name, `Expected the step in ${shown(item)} of ${name} to be from 1 to ${most}.`)
}

/** Whether it comes round by itself: what a change of the clock neither loses nor doubles. */
export function isRepeating(items: readonly CronItem[]): boolean {
  return items.some(
    (item) => item.kind === 'every' || (item.kind === 'range' && item.from !== item.to),
  )
}

export function invalid(name: string, message: string): TriggerError {
  return new TriggerError(message, { details: { field: name } })
}

function outOfRange(name: CronFieldName, item: string, min: number, max: number): TriggerError {
  return invalid(name, `Expected ${name} to be from ${min} to ${max}, got ${shown(item)}.`)
}

/** The error for what is no expression, with the forms that this field has besides the common ones. */
export function malformed(
  name: CronFieldName,
  item: string,
  { min, max, names }: FieldRange = fieldRanges[name],
  special: readonly string[] = name === 'day' ? ["'last'", "'2nd fri'", "'last fri'"] : [],
): TriggerError {
  const forms = ["'*'", "'*/n'", "'a'", "'a-b'", "'a-b/n'", ...special]
  const values = `numbers from ${min} to ${max}${names ? ` or names such as '${names[0]}'` : ''}`
  return invalid(
    name,
    `Expected ${name} to be a list of ${forms.join(', ')} with ${values}, got ${shown(item)}.`,
  )
}
