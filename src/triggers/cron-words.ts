import type { CronItems } from './cron-calendar.ts'
import type { CronItem } from './cron-field.ts'

const monthWords =
  'January February March April May June July August September October November December'.split(' ')
const weekdayWords = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')
const ordinals = ['1st', '2nd', '3rd', '4th', '5th']
/** More times of the day than this are said by their fields. */
const mostTimes = 6

/** What the fields of a cron trigger mean, in plain words, without a full stop. */
export function explainCron(items: CronItems, either: boolean): string {
  const times = timesOfDay(items)
  const dates = datesOf(items, either)
  const isEveryDay = times !== null && !items.day && !items.dayOfWeek
  const words = [
    times === null ? recurring(items) : `at ${listed(times)}`,
    ...(isEveryDay ? ['every day'] : []),
    ...dates,
  ].join(' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** The times of a day, when there are few of them; null when its fields are better spoken of one by one. */
function timesOfDay({ hour = [], minute = [], second = [] }: CronItems): string[] | null {
  const [hours, minutes, seconds] = [hour, minute, second].map(singles)
  if (!hours || !minutes || !seconds) return null
  if (hours.length * minutes.length * seconds.length > mostTimes) return null
  return hours.flatMap((h) =>
    minutes.flatMap((m) =>
      seconds.map((s) =>
        [h, m, ...(isOnly(second, 0) ? [] : [s])].map((part) => twoDigits(part)).join(':'),
      ),
    ),
  )
}

/** What comes round within the day, from the finest field up. */
function recurring({ hour = [], minute = [], second = [] }: CronItems): string {
  const hours = isAll(hour) ? '' : ` ${hourSpan(hour)}`
  if (!isOnly(second, 0)) {
    const lead = every(second, 'second', 60) ?? `at ${numbered('second', second)}`
    if (isAll(minute)) {
      const each = lead.startsWith('every') ? '' : ' of every minute'
      return `${lead}${each}${hours}`
    }
    const of = every(minute, 'minute', 60) ?? `${numbered('minute', minute)} of every hour`
    return `${lead} of ${nth(of)}${hours}`
  }
  const minutes = every(minute, 'minute', 60)
  if (minutes !== null) return `${minutes}${hours}`
  if (isOnly(minute, 0)) {
    const lead = every(hour, 'hour', 24)
    if (lead !== null) return lead
    const span = contiguous(hour)
    if (span) return `every hour from ${twoDigits(span[0])}:00 to ${twoDigits(span[1])}:00`
  }
  const lead = `at ${numbered('minute', minute)}`
  const hourly = every(hour, 'hour', 24)
  return hourly === null ? `${lead} of every hour${hours}` : `${lead} of ${nth(hourly)}`
}

/** The dates, from the day up to the year; empty for all of them. */
function datesOf({ day, dayOfWeek, week, month, year }: CronItems, either: boolean): string[] {
  const words: string[] = []
  if (day) words.push(`on ${positions(day)} of the month`)
  if (dayOfWeek) {
    const isOfMonth = dayOfWeek.some(({ kind }) => kind !== 'range' && kind !== 'every')
    const days = `${positions(dayOfWeek, (value) => weekdayWords[value % 7] ?? '')}${isOfMonth ? ' of the month' : ''}`
    const ending = month || week || year ? ',' : ''
    words.push(!day ? `on ${days}` : `${either ? 'or on' : 'if that is'} ${days}${ending}`)
  }
  if (week) words.push(`in ${numbered('week', week)} of the year`)
  if (month) words.push(`in ${listed(wordsOf(month, (value) => monthWords[value - 1] ?? ''))}`)
  if (year) words.push(`in ${stepped(year) ?? listed(wordsOf(year, String))}`)
  return words
}

/** Days of the month, or of the week when there are names for them, and places of weekdays in the month. */
function positions(items: readonly CronItem[], name?: (value: number) => string): string {
  const plain = items.filter(({ kind }) => kind === 'range' || kind === 'every')
  const special = items.flatMap((item) => {
    switch (item.kind) {
      case 'nth':
        return [`the ${ordinals[item.nth - 1]} ${weekdayWords[item.weekday]}`]
      case 'lastWeekday':
        return [`the last ${weekdayWords[item.weekday]}`]
      case 'lastDay':
        return ['the last day']
      case 'nearest':
        return [
          item.day === 0
            ? 'the last day from Monday to Friday'
            : `the day from Monday to Friday nearest to day ${item.day}`,
        ]
      default:
        return []
    }
  })
  if (plain.length === 0) return listed(special)
  const days = name ? wordsOf(plain, name) : [numbered('day', plain)]
  return listed([...days, ...special])
}

/** `every 5 minutes`, where that is what it comes down to; null where it is not. */
function every(items: readonly CronItem[], unit: string, cycle: number): string | null {
  const [item, ...others] = items
  if (item?.kind !== 'every' || others.length > 0 || cycle % item.step !== 0) return null
  return item.step === 1 ? `every ${unit}` : `every ${item.step} ${unit}s`
}

/** `every 5 minutes` as one speaks of each of them: `every 5th minute`. */
function nth(words: string): string {
  return words.replace(
    /^every (\d+) (\w+)s$/,
    (_, step: string, unit: string) => `every ${ordinal(Number(step))} ${unit}`,
  )
}

function hourSpan(items: readonly CronItem[]): string {
  const span = contiguous(items)
  if (span) return `from ${twoDigits(span[0])}:00 to ${twoDigits(span[1])}:59`
  return every(items, 'hour', 24) === null
    ? `in ${numbered('hour', items)}`
    : `in ${nth(every(items, 'hour', 24) ?? '')}`
}

/** The first and last value, when all between them belong to it. */
function contiguous(items: readonly CronItem[]): readonly [number, number] | null {
  const [item, ...others] = items
  return item?.kind === 'range' && item.step === 1 && others.length === 0
    ? [item.from, item.to]
    : null
}

/** Years in steps: too many to list them. */
function stepped(items: readonly CronItem[]): string | null {
  const [item, ...others] = items
  if (others.length > 0 || (item?.kind !== 'every' && item?.kind !== 'range')) return null
  if (item.step === 1) return null
  return `every ${ordinal(item.step)} year from ${item.from} to ${item.to}`
}

function numbered(unit: string, items: readonly CronItem[]): string {
  const words = wordsOf(items, String)
  const isOne = words.length === 1 && /^\d+$/.test(words[0] ?? '')
  return `${unit}${isOne ? '' : 's'} ${listed(words)}`
}

/** Single values, ranges as `a to b`, and what goes in steps value by value, each once. */
function wordsOf(items: readonly CronItem[], name: (value: number) => string): string[] {
  const words = items.flatMap((item) => {
    if (item.kind !== 'range' && item.kind !== 'every') return []
    if (item.from === item.to) return [name(item.from)]
    if (item.step === 1) return [`${name(item.from)} to ${name(item.to)}`]
    const count = Math.floor((item.to - item.from) / item.step) + 1
    return Array.from({ length: count }, (_, index) => name(item.from + index * item.step))
  })
  return [...new Set(words)]
}

/** The values in order, when there are only single ones; undefined when not. */
function singles(items: readonly CronItem[]): number[] | undefined {
  const values = items.flatMap((item) =>
    item.kind === 'range' && item.from === item.to ? [item.from] : [],
  )
  return values.length === items.length ? [...new Set(values)].toSorted((a, b) => a - b) : undefined
}

function isAll(items: readonly CronItem[]): boolean {
  return items.some((item) => item.kind === 'every' && item.step === 1)
}

function isOnly(items: readonly CronItem[], value: number): boolean {
  return items.every((item) => item.kind === 'range' && item.from === value && item.to === value)
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}

function ordinal(value: number): string {
  const ones = value % 10
  const isTeen = Math.floor(value / 10) % 10 === 1
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][ones] ?? 'th')
  return `${value}${ending}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
