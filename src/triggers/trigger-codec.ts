/** Triggers as text can hold them, and as options say them. A trigger that goes to another thread or a store goes as JSON. */
import { shown, TriggerError } from '../core/errors.ts'
import type { Time } from '../core/duration.ts'
import {
  CalendarIntervalTrigger,
  type CalendarIntervalTriggerOptions,
} from './calendar-interval.ts'
import { AndTrigger, mostParts, OrTrigger, type CombiningTriggerOptions } from './combining.ts'
import { CronTrigger, type CronBounds, type CronTriggerOptions } from './cron.ts'
import { DateTrigger, type DateTriggerOptions } from './date.ts'
import { IntervalTrigger, type IntervalTriggerOptions } from './interval.ts'
import { ComputedTrigger, type TriggerJson } from './trigger.ts'
import { malformed } from './trigger-options.ts'

/** A trigger as an object with one key, and for `date`, a crontab line, `and` and `or` its options beside it. */
export type TriggerForm =
  | { readonly cron: CronTriggerOptions }
  | ({ readonly cron: string } & CronBounds)
  | ({ readonly date: Time } & DateTriggerOptions)
  | { readonly interval: IntervalTriggerOptions }
  | { readonly calendarInterval: CalendarIntervalTriggerOptions }
  | ({ readonly and: readonly TriggerLike[] } & CombiningTriggerOptions)
  | ({ readonly or: readonly TriggerLike[] } & CombiningTriggerOptions)

/** What is taken for a trigger: one, what `toJSON()` made of one, or its options. */
export type TriggerLike = ComputedTrigger | TriggerJson | TriggerForm

/** Deeper than any trigger: what refers to itself does not get far. */
const deepest = 20

type Options = Readonly<Record<string, unknown>>
/** Makes a trigger of unchecked options; each constructor checks its own. */
type Reader = (options: Options, depth: number) => ComputedTrigger

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['cron', (options) => new CronTrigger(options)],
  ['date', ({ runDate, ...options }) => new DateTrigger(runDate as Time, options)],
  ['interval', (options) => new IntervalTrigger(options)],
  ['calendarInterval', (options) => new CalendarIntervalTrigger(options)],
  ['and', ({ triggers, ...options }, depth) => new AndTrigger(listOf(triggers, depth), options)],
  ['or', ({ triggers, ...options }, depth) => new OrTrigger(listOf(triggers, depth), options)],
])

/** What the key of a form holds, as the options that its reader takes. */
const forms: ReadonlyMap<string, (value: unknown, beside: Options) => Options> = new Map([
  [
    'cron',
    (value: unknown, beside: Options) =>
      typeof value === 'string' ? { ...beside, crontab: value } : alone(value, beside),
  ],
  ['date', (runDate: unknown, beside: Options) => ({ ...beside, runDate })],
  ['interval', alone],
  ['calendarInterval', alone],
  ['and', (triggers: unknown, beside: Options) => ({ ...beside, triggers })],
  ['or', (triggers: unknown, beside: Options) => ({ ...beside, triggers })],
])

/** A trigger of this package as plain data. It has the same times when it is read again, also in years. */
export function triggerToJson(trigger: ComputedTrigger): TriggerJson {
  return trigger.toJSON()
}

/**
 * The trigger that plain data describes.
 *
 * @throws {TriggerError} `TRIGGER_INVALID` for what `toJSON()` of no trigger made, and for a version that is not known here
 */
export function triggerFromJson(json: unknown): ComputedTrigger {
  return read(json, 0)
}

/**
 * The trigger that somebody means: one itself, its JSON, or its options under the name of its kind, such as
 * `{ interval: { minutes: 5 } }`, `{ cron: '0 9 * * mon-fri', timezone: 'Europe/Berlin' }` or
 * `{ or: [{ date: '2026-01-05 09:00:00' }, { cron: { hour: 9 } }] }`.
 *
 * @throws {TriggerError} `TRIGGER_INVALID` for anything else
 */
export function triggerFrom(value: unknown): ComputedTrigger {
  return interpret(value, 0)
}

function interpret(value: unknown, depth: number): ComputedTrigger {
  if (value instanceof ComputedTrigger) return value
  if (!isPlain(value)) {
    throw malformed('trigger', `a trigger, its JSON, or an object with ${names(forms)}`, value)
  }
  if ('type' in value) return read(value, depth)
  const keys = Object.keys(value).filter((key) => forms.has(key))
  const [kind = ''] = keys
  const form = forms.get(kind)
  if (keys.length !== 1 || !form) {
    throw malformed('trigger', `an object with one of ${names(forms)}`, keyed(Object.keys(value)))
  }
  const { [kind]: held, ...beside } = value
  return reader(kind)(form(held, beside), depth)
}

function read(json: unknown, depth: number): ComputedTrigger {
  if (!isPlain(json)) throw malformed('trigger', 'what toJSON() of a trigger makes', json)
  const { type, version, ...options } = json
  if (version !== 1) {
    throw malformed(
      'version',
      '1, which is all that this release of scheduler-thread reads',
      version,
    )
  }
  return reader(type)(options, depth)
}

function reader(type: unknown): Reader {
  const found = typeof type === 'string' ? readers.get(type) : undefined
  if (!found) throw malformed('type', `one of ${names(readers)}`, type)
  return found
}

function listOf(triggers: unknown, depth: number): ComputedTrigger[] {
  if (!Array.isArray(triggers)) throw malformed('triggers', 'a list of triggers', triggers)
  // Before any of them is made.
  if (triggers.length > mostParts) {
    throw malformed('triggers', `a list of 1 to ${mostParts} triggers`, triggers)
  }
  if (depth >= deepest) throw malformed('triggers', `at most ${deepest} deep`, triggers)
  return triggers.map((trigger: unknown) => interpret(trigger, depth + 1))
}

function alone(value: unknown, beside: Options): Options {
  const [stranger] = Object.keys(beside)
  if (stranger !== undefined) {
    throw new TriggerError(
      `Expected the options of a trigger in one object, got ${shown(stranger)} beside it.`,
      { details: { field: stranger } },
    )
  }
  if (!isPlain(value)) throw malformed('options', 'an object', value)
  return value
}

function isPlain(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function names(map: ReadonlyMap<string, unknown>): string {
  return [...map.keys()].join(', ')
}

function keyed(keys: readonly string[]): string {
  return keys.length === 0 ? 'no keys' : keys.join(', ')
}
