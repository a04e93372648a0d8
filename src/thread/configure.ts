import { OptionsError, shown } from '../core/errors.ts'
import { nearestName } from '../core/nearest-name.ts'
import { TimeZone } from '../triggers/time-zone.ts'
import { checkJobDefaults, type JobDefaults } from './job-defaults.ts'
import { checkThreadOptions, type SchedulerThreadOptions } from './options.ts'
import { countFrom, flagFrom, graceFrom, namesFrom, numberFrom, textFrom } from './setting-texts.ts'

/** Reads the text of one setting; `key` is for its messages. */
type Reader = (text: string, key: string) => unknown

const limits = [
  'maxOldGenerationSizeMb',
  'maxYoungGenerationSizeMb',
  'codeRangeSizeMb',
  'stackSizeMb',
]

/** Every setting but those with a name in them, and how its text is read. */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['name', textFrom],
  ['unref', flagFrom],
  ['store', textFrom],
  ['timezone', zoneFrom],
  ['queues', namesFrom],
  ['jobDefaults.misfireGraceTime', graceFrom],
  ['jobDefaults.coalesce', flagFrom],
  ['jobDefaults.maxInstances', (text, key) => countFrom(text, key, 1)],
  ...limits.map((limit): [string, Reader] => [`resourceLimits.${limit}`, numberFrom]),
])

/** What no text can say. */
const objects: ReadonlySet<string> = new Set(['logger', 'clock'])
const later: ReadonlySet<string> = new Set(['stores', 'jobstores', 'jobstore', 'executors'])

/** A setting's place among the options, and the name in its middle, if it has one. */
interface Place {
  readonly path: readonly string[]
  readonly read: Reader
}

/**
 * Options for `new SchedulerThread(...)` from a flat object whose values are texts, as an ini file or the environment has
 * them. Keys that do not begin with `prefix` are ignored, dots lead into objects, and names may be in `snake_case`.
 *
 * Texts are read as what their option takes: `true yes on y t 1` and `false no off n f 0` in any case, numbers,
 * durations (`10`, `'10s'`; `none` for no grace), and names of queues with commas or blanks between them.
 *
 * @param prefix `''` or null: every key is a setting. @default 'scheduler.'
 * @throws {OptionsError | DurationError | QueueError | TriggerError} for a setting that is unknown, given twice, or not what it should be.
 * @example
 * const scheduler = new SchedulerThread({
 *   ...configure({
 *     'scheduler.queues': 'ocsp, proxy-add',
 *     'scheduler.queues.ocsp.maxSize': '100',
 *     'scheduler.jobDefaults.coalesce': 'no',
 *     'scheduler.timezone': 'Europe/Berlin',
 *   }),
 *   logger,
 * })
 * Source: APScheduler's `configure(gconfig, prefix)`; a class or object is not named by a text here.
 */
export function configure<Name extends string = string>(
  settings: Readonly<Record<string, unknown>>,
  prefix: string | null = 'scheduler.',
): SchedulerThreadOptions<Name> {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new OptionsError(`Expected settings to be an object, got ${shown(settings)}.`)
  }
  if (prefix !== null && typeof prefix !== 'string') {
    throw new OptionsError(
      `Expected prefix to be a text such as 'scheduler.', or null, got ${shown(prefix)}.`,
    )
  }
  const options: Tree = new Map()
  const keys = new Map<string, string>()
  for (const [key, value] of Object.entries(settings)) {
    if (!key.startsWith(prefix ?? '') || value === undefined) continue
    const { path, read } = placeOf(key, key.slice((prefix ?? '').length))
    const place = JSON.stringify(path)
    const earlier = keys.get(place)
    if (earlier !== undefined) {
      throw new OptionsError(
        `Expected a setting once, got both ${shown(earlier)} and ${shown(key)}.`,
      )
    }
    keys.set(place, key)
    put(options, path, read(textOfValue(value, key), key))
  }
  const plain = plainOptions(options) as SchedulerThreadOptions<Name>
  checkThreadOptions(plain)
  return plain
}

/** What `scheduler.configure` changes. */
export interface Reconfiguration {
  readonly queues: Readonly<Record<string, number>>
  readonly defaults: Partial<JobDefaults>
}

const changeable: ReadonlySet<string> = new Set(['queues', 'jobDefaults'])

/** Reads settings for a scheduler that is there already. @throws as `configure`; {OptionsError} for what is fixed by then. */
export function reconfiguration(
  settings: Readonly<Record<string, unknown>>,
  prefix: string | null | undefined,
): Reconfiguration {
  const options = configure(settings, prefix)
  const fixed = Object.keys(options).find((name) => !changeable.has(name))
  if (fixed !== undefined) {
    throw new OptionsError(
      `Expected queues and jobDefaults, got ${fixed}, which is fixed when a scheduler is made: use new SchedulerThread(configure(settings)).`,
    )
  }
  const { queues } = checkThreadOptions(options)
  const given = options.jobDefaults ?? {}
  const { misfireGraceMs, coalesce, maxInstances } = checkJobDefaults(given)
  return {
    queues,
    defaults: {
      ...('misfireGraceTime' in given && { misfireGraceMs }),
      ...('coalesce' in given && { coalesce }),
      ...('maxInstances' in given && { maxInstances }),
    },
  }
}

/** Objects by their names; names come from outside, so no object is built before all of them are known to be harmless. */
type Tree = Map<string, unknown>

function placeOf(key: string, name: string): Place {
  const [first = '', ...rest] = name.split('.')
  const top = camelCase(first)
  const last = rest.at(-1) ?? ''
  if (top === 'queues' && rest.length > 1 && camelCase(last) === 'maxSize') {
    const queue = rest.slice(0, -1).join('.')
    // The empty name is where the list of queues is kept; no queue has it.
    if (queue === '') throw refused(key, name, [top, ...rest])
    const read: Reader = (text, whole) => countFrom(text, whole, 0)
    return { path: ['queues', queue, 'maxSize'], read }
  }
  if (top === 'triggers' && rest.length > 0) {
    return { path: ['triggers', rest.join('.')], read: textFrom }
  }
  const path = [top, ...rest.map(camelCase)]
  const read = readers.get(path.join('.'))
  if (read) return { path: top === 'queues' ? ['queues', ''] : path, read }
  throw refused(key, name, path)
}

function refused(key: string, name: string, path: readonly string[]): OptionsError {
  const [top = ''] = path
  if (objects.has(top)) {
    return new OptionsError(
      `${shown(key)} cannot be said by a text: give it beside, as in new SchedulerThread({ ...configure(settings), ${top} }).`,
    )
  }
  if (later.has(top)) {
    return new OptionsError(`The setting ${shown(key)} is not supported yet.`, {
      code: 'OPTION_UNSUPPORTED',
    })
  }
  const near = nearestSetting(path)
  const prefix = key.slice(0, key.length - name.length)
  const meant =
    near === null
      ? ` Known are ${knownSettings(path).join(', ')}.`
      : ` Did you mean '${prefix}${near}'?`
  return new OptionsError(`Expected a setting that is known, got ${shown(key)}.${meant}`)
}

/** By the whole name, or, for one that stands in the wrong place, by its last part. */
function nearestSetting(path: readonly string[]): string | null {
  const known = knownSettings(path)
  const near = nearestName(path.join('.'), known)
  if (near !== null) return near
  const last = nearestName(
    path.at(-1) ?? '',
    known.map((setting) => setting.slice(setting.lastIndexOf('.') + 1)),
  )
  return known.find((setting) => last !== null && `.${setting}`.endsWith(`.${last}`)) ?? null
}

function knownSettings(path: readonly string[]): string[] {
  const queue = path.length > 2 ? path.slice(1, -1).join('.') : (path[1] ?? 'NAME')
  return [...readers.keys(), `queues.${queue}.maxSize`, 'triggers.NAME']
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    tree.set(first, value)
    return
  }
  const branch = tree.get(first)
  const below: Tree = branch instanceof Map ? branch : new Map<string, unknown>()
  tree.set(first, below)
  put(below, rest, value)
}

/** Queues that are only listed stand beside those with bounds, in the order of the list. */
function plainOptions(options: Tree): object {
  const queues = options.get('queues')
  if (queues instanceof Map) {
    const listed = (queues.get('') ?? []) as readonly string[]
    queues.delete('')
    const all = new Map<string, unknown>(listed.map((name) => [name, new Map()]))
    for (const [name, bounds] of queues) all.set(name as string, bounds)
    options.set('queues', all)
  }
  return asObject(options)
}

function asObject(tree: ReadonlyMap<unknown, unknown>): object {
  return Object.fromEntries(
    [...tree].map(([name, value]) => [name, value instanceof Map ? asObject(value) : value]),
  )
}

function textOfValue(value: unknown, key: string): string {
  if (typeof value === 'string') return value.trim()
  // Some readers of such files make numbers and booleans themselves.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new OptionsError(`Expected ${key} to be a text, got ${shown(value)}.`)
}

function zoneFrom(text: string): string {
  return TimeZone.of(text).name
}

function camelCase(name: string): string {
  return name.replaceAll(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}
