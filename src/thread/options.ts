import { availableParallelism } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'
import { timeoutMs, type Duration } from '../core/duration.ts'
import { OptionsError, QueueError, shown } from '../core/errors.ts'
import type { QueueOptions } from '../core/task-scheduler.ts'
import { FakeClock } from './fake-clock.ts'
import { checkJobDefaults, type JobDefaultOptions, type JobDefaults } from './job-defaults.ts'
import { userLoader } from './loader-flags.ts'
import { consoleLogger, guarded, type Logger } from './logger.ts'
import type { GroupOptions } from './supervisor-protocol.ts'
import { TimeZone } from '../triggers/time-zone.ts'
import { checkTriggerModules, moduleUrl, type TriggerModules } from './trigger-modules.ts'
import { maxSizeOf, queueName } from './verb-options.ts'

/** The queues that a scheduler begins with: names, or names with their bounds. */
export type QueueList<Name extends string> =
  | readonly Name[]
  | Readonly<Partial<Record<Name, QueueOptions>>>

export interface SchedulerOptions<Name extends string = string> {
  readonly queues?: QueueList<Name>
  /** Where warnings and errors go, also those of worker threads. @default the console */
  readonly logger?: Logger
  /** A `FakeClock`, for tests. @default the real time */
  readonly clock?: FakeClock
  /** What jobs have that do not say it themselves. */
  readonly jobDefaults?: JobDefaultOptions
  /** The time zone of triggers that name none: a name of the IANA database. @default the zone of this process */
  readonly timezone?: string
  /** Modules of triggers of your own, by the names that jobs call them: `addJob({ trigger: { custom: 'tides' } })`. */
  readonly triggers?: Readonly<Record<string, URL | string>>
}

export interface SchedulerThreadOptions<
  Name extends string = string,
> extends SchedulerOptions<Name> {
  /** The name of the thread, as debuggers show it. @default 'scheduler' */
  readonly name?: string
  /** Lets the process exit while the scheduler has nothing to do for it. @default false */
  readonly unref?: boolean
  /** Of the scheduler thread's heap. What is scheduled is outside of it; millions of *queued* contexts need a larger one. */
  readonly resourceLimits?: ResourceLimits
  /** Where contexts are kept; only `'memory:'` so far. @default 'memory:' */
  readonly store?: 'memory:'
}

export interface StartWorkersOptions {
  /** @default one less than this machine runs at a time, at least 1 */
  readonly threads?: number
  /** How often each thread is replaced when it dies, failures to load the file included. @default 3 */
  readonly maxRestarts?: number
  /** Of each worker thread. */
  readonly resourceLimits?: ResourceLimits
}

export interface StopOptions {
  /** False: do not wait for what is being worked on. @default true */
  readonly wait?: boolean
  /** How long to wait for it. @default 10 */
  readonly timeout?: Duration
}

/** Options, checked, with their defaults. */
export interface CheckedOptions {
  readonly queues: Readonly<Record<string, number>>
  readonly logger: Logger
  readonly clock: FakeClock | null
  readonly jobDefaults: JobDefaults
  readonly timezone: string
  readonly triggers: TriggerModules
}

/** @throws {OptionsError | QueueError} */
export function checkOptions(options: SchedulerOptions): CheckedOptions {
  onlyKnown('an InlineScheduler', options, common)
  return checkCommon(options)
}

/** @throws {OptionsError | QueueError} */
export function checkThreadOptions(options: SchedulerThreadOptions): CheckedOptions & {
  readonly name: string
  readonly unref: boolean
  readonly resourceLimits: ResourceLimits
} {
  onlyKnown('a SchedulerThread', options, [...common, 'name', 'unref', 'resourceLimits', 'store'])
  const { name = 'scheduler', unref = false, resourceLimits = {}, store = 'memory:' } = options
  if (typeof name !== 'string') throw wrong('name', 'a string', name)
  if (typeof unref !== 'boolean') throw wrong('unref', 'true or false', unref)
  checkLimits(resourceLimits)
  if (store !== 'memory:') {
    throw new OptionsError(
      `Expected store to be 'memory:', the only one so far, got ${shown(store)}.`,
      {
        code: 'OPTION_UNSUPPORTED',
      },
    )
  }
  return { ...checkCommon(options), name, unref, resourceLimits }
}

/** @throws {OptionsError} */
export function checkStartWorkers(file: unknown, options: StartWorkersOptions): GroupOptions {
  onlyKnown('startWorkers', options, ['threads', 'maxRestarts', 'resourceLimits'], notYet)
  const {
    threads = Math.max(1, availableParallelism() - 1),
    maxRestarts = 3,
    resourceLimits,
  } = options
  if (!Number.isInteger(threads) || threads < 1)
    throw wrong('threads', 'a whole number from 1', threads)
  if (!Number.isInteger(maxRestarts) || maxRestarts < 0) {
    throw wrong('maxRestarts', 'a whole number from 0', maxRestarts)
  }
  if (resourceLimits !== undefined) checkLimits(resourceLimits)
  return {
    file: moduleUrl('file', file),
    threads,
    maxRestarts,
    resourceLimits: resourceLimits ?? null,
    ...userLoader(),
  }
}

/** How long `stop` waits, in milliseconds. @throws {DurationError | OptionsError} */
export function stopWaitMs(options: StopOptions): number {
  onlyKnown('stop', options, ['wait', 'timeout'])
  const { wait = true, timeout = 10 } = options
  if (typeof wait !== 'boolean') throw wrong('wait', 'true or false', wait)
  const ms = Math.min(timeoutMs(timeout), longestStopMs)
  return wait ? ms : 0
}

/** Some 24 days: timers take no longer wait. */
const longestStopMs = 2 ** 31 - 1 - 60_000

const common = ['queues', 'logger', 'clock', 'jobDefaults', 'timezone', 'triggers']
const notYet = ['queues', 'concurrency', 'retry', 'timeout', 'killGrace', 'pool', 'progress']

function checkCommon(options: SchedulerOptions): CheckedOptions {
  const { queues = [], logger = consoleLogger, clock } = options
  if (clock !== undefined && !(clock instanceof FakeClock))
    throw wrong('clock', 'a FakeClock', clock)
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    if (typeof logger[level] !== 'function')
      throw wrong(`logger.${level}`, 'a function', logger[level])
  }
  return {
    queues: queuesOf(queues),
    logger: guarded(logger),
    clock: clock ?? null,
    jobDefaults: checkJobDefaults(options.jobDefaults),
    timezone: TimeZone.of(options.timezone).name,
    triggers: checkTriggerModules(options.triggers),
  }
}

function queuesOf(queues: unknown): Readonly<Record<string, number>> {
  if (typeof queues !== 'object' || queues === null) {
    throw new QueueError(
      `Expected queues to be a list of names such as ['ocsp'], or { ocsp: { maxSize: 100 } }, got ${shown(queues)}.`,
      { code: 'QUEUE_NAME_INVALID' },
    )
  }
  const bounds = new Map<string, number>()
  const entries: [unknown, unknown][] = Array.isArray(queues)
    ? queues.map((name: unknown) => [name, {}])
    : Object.entries(queues)
  for (const [given, options] of entries) {
    const name = queueName(given)
    if (bounds.has(name)) {
      const details = { taskName: name }
      throw new QueueError(`Queue '${name}' is listed twice.`, { code: 'QUEUE_EXISTS', details })
    }
    bounds.set(name, maxSizeOf(options, name))
  }
  return Object.fromEntries(bounds)
}

function checkLimits(limits: unknown): void {
  if (typeof limits !== 'object' || limits === null)
    throw wrong('resourceLimits', 'an object', limits)
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== 'number') throw wrong(`resourceLimits.${name}`, 'a number', value)
  }
}

/** A misspelt option that is ignored is a fault found late. */
function onlyKnown(
  what: string,
  options: unknown,
  known: readonly string[],
  later: readonly string[] = [],
): void {
  if (typeof options !== 'object' || options === null)
    throw wrong(`options of ${what}`, 'an object', options)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    if (later.includes(name)) {
      throw new OptionsError(`The option ${name} of ${what} is not supported yet.`, {
        code: 'OPTION_UNSUPPORTED',
      })
    }
    throw new OptionsError(
      `Expected options of ${what} to be among ${known.join(', ')}, got ${shown(name)}.`,
    )
  }
}

function wrong(name: string, expected: string, got: unknown): OptionsError {
  return new OptionsError(`Expected ${name} to be ${expected}, got ${shown(got)}.`)
}
