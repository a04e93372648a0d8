import { percentile } from './measure.ts'
import {
  medianOf,
  NotMeasuredError,
  samplesOf,
  type GoalPart,
  type Measurements,
} from './measurements.ts'
import type { Figure } from './question.ts'

/** How a goal is stated: by one or more comparisons that must all hold. */
export interface GoalRule {
  readonly id: string
  /** The one whose measurements it needs: without that question, it is not asked for. */
  readonly question: string
  readonly what: string
  readonly parts: readonly PartRule[]
}

export interface PartRule {
  readonly what: string
  readonly bound: GoalPart['bound']
  readonly goal: number
  /** @throws {NotMeasuredError} */
  readonly ratioOf: (measurements: Measurements) => number
}

type Value = (measurements: Measurements) => number

const pools = ['piscina', 'tinypool', 'workerpool', 'poolifier']
const poolFigures = ['in256PerSecond', 'inFlight128PerSecond', 'oneAwaitedPerSecond']
const fewestLate = 10_000
const defaultHz = 10

const onTime = figure('lateness', 'SchedulerThread', 'usLate')
const inChunks = figure('throughput', 'SchedulerThread, addTasks', 'in256PerSecond')
const inCalls = figure('throughput', 'SchedulerThread, addTask', 'in256PerSecond')
const piscina = bestShape('piscina')
const bestPool: Value = (measured) => Math.max(...pools.map((pool) => bestShape(pool)(measured)))

/** What must be true, on two cores. A ratio is this package's figure divided by the other's. */
export const goalTable: readonly GoalRule[] = [
  {
    id: 'late-idle',
    question: 'lateness',
    what: 'median lateness at the worker, beside a re-armed setTimeout in the caller',
    parts: [
      atMost(1 / 5, 'idle', over(onTime, figure('lateness', 'setTimeout, re-armed', 'usLate'))),
    ],
  },
  {
    id: 'late-busy',
    question: 'lateness',
    what: 'the same while the caller is busy in chunks of 5 ms',
    parts: [
      atMost(
        1 / 20,
        'busy',
        over(
          figure('lateness', 'SchedulerThread, caller busy', 'usLate'),
          figure('lateness', 'setTimeout, re-armed, caller busy', 'usLate'),
        ),
      ),
    ],
  },
  {
    id: 'late-early',
    question: 'lateness',
    what: `tasks that began too early, of at least ${fewestLate.toLocaleString('en-US')}`,
    parts: [atMost(0, 'early', earlyTasks)],
  },
  {
    id: 'late-peers',
    question: 'lateness',
    what: "median lateness, beside APScheduler at its pool and BullMQ's delayed jobs",
    parts: [
      atMost(0.8, 'APScheduler', over(onTime, figure('lateness', 'APScheduler', 'usLate'))),
      atMost(1 / 400, "BullMQ, Redis' default hz", over(onTime, bullmqAtDefaultHz)),
    ],
  },
  {
    id: 'late-pending',
    question: 'lateness',
    what: 'median lateness with 1e6 pending, beside that with none',
    parts: [
      atMost(
        1.3,
        '1e6 pending',
        over(figure('lateness', 'SchedulerThread, 1e6 pending', 'usLate'), onTime),
      ),
    ],
  },
  {
    id: 'rate-pool',
    question: 'throughput',
    what: 'immediate no-op tasks, two workers, addTasks in chunks of 256, beside pools at their best',
    parts: [
      atLeast(10, 'piscina.run', over(inChunks, piscina)),
      atLeast(6, 'the best of four pools', over(inChunks, bestPool)),
    ],
  },
  {
    id: 'rate-each',
    question: 'throughput',
    what: 'the same, addTask for each, 256 calls in a turn, every promise awaited',
    parts: [
      atLeast(7, 'piscina.run', over(inCalls, piscina)),
      atLeast(5, 'the best of four pools', over(inCalls, bestPool)),
    ],
  },
  {
    id: 'rate-strict',
    question: 'strict',
    what: 'one task at a time per worker, beside piscina.run one at a time',
    parts: [
      atLeast(
        1.2,
        'piscina.run',
        over(
          figure('strict', 'SchedulerThread', 'perSecond'),
          figure('strict', 'piscina, one at a time', 'perSecond'),
        ),
      ),
    ],
  },
  {
    id: 'rate-sync',
    question: 'sync',
    what: 'getTaskSync loops, beside getTask loops',
    parts: [
      atLeast(
        0.9,
        'getTask',
        over(figure('sync', 'getTaskSync', 'perSecond'), figure('sync', 'getTask', 'perSecond')),
      ),
    ],
  },
  {
    id: 'rate-bullmq',
    question: 'bullmq',
    what: 'immediate tasks end to end, beside BullMQ (durable, over a network)',
    parts: [
      atLeast(
        60,
        'BullMQ',
        over(
          figure('bullmq', 'SchedulerThread', 'perSecond'),
          figure('bullmq', 'BullMQ', 'perSecond'),
        ),
      ),
    ],
  },
  {
    id: 'rate-burst',
    question: 'burst',
    what: '1e5 due at once with 1e6 pending, beside the same with none',
    parts: [
      atLeast(
        0.6,
        '1e6 pending',
        over(
          figure('burst', '1e6 pending', 'perSecond'),
          figure('burst', '0 pending', 'perSecond'),
        ),
      ),
    ],
  },
  {
    id: 'core-cancel',
    question: 'cancel',
    what: 'schedule + cancel of 1e6 over an hour, all indexes kept: how many times as fast as timers',
    parts: [
      atLeast(
        3,
        'setTimeout + clearTimeout',
        over(
          figure('cancel', 'setTimeout and clearTimeout', 'bothNsPerTask'),
          figure('cancel', 'core', 'bothNsPerTask'),
        ),
      ),
    ],
  },
  {
    id: 'core-subject',
    question: 'subject',
    what: 'microseconds of cancelBySubject per task, at 1e6 scheduled',
    parts: ['1e5 subjects of 10', 'one subject of 1e5'].map((shape) =>
      atMost(0.5, shape, (measured) => figure('subject', shape, 'nsPerTask')(measured) / 1000),
    ),
  },
  {
    id: 'core-memory',
    question: 'memory',
    what: 'bytes per scheduled task at 1e6, ids generated; and 1e7 in the heap of a worker',
    parts: [
      atMost(148, 'bytes at 1e6', figure('memory', '1e6', 'bytesPerTask')),
      atLeast(1e7, "tasks in a worker's default heap", (measured) =>
        medianOf(measured, 'memory', '1e7', 'scheduled', { least: 1 }),
      ),
    ],
  },
  {
    id: 'core-growth',
    question: 'growth',
    what: 'add + pop per task at 1e7, beside that at 1e5',
    parts: ['an hour', 'a minute'].map((span) => {
      const cost = (size: string): Value =>
        figure('growth', `${size} over ${span}`, 'addAndPopNsPerTask')
      return atMost(2.5, `over ${span}`, over(cost('1e7'), cost('1e5')))
    }),
  },
  {
    id: 'mixed',
    question: 'mixed',
    what: 'wait of short tasks when 1 in 100 takes 50 ms, beside that when none does',
    parts: [
      atMost(1.2, 'median', over(waited(0.5, '1 in 100 takes 50 ms'), waited(0.5, 'all short'))),
      atMost(
        2,
        '90th percentile',
        over(waited(0.9, '1 in 100 takes 50 ms'), waited(0.9, 'all short')),
      ),
    ],
  },
  {
    id: 'next-time',
    question: 'next-time',
    what: 'microseconds of the next time of a cron line in a time zone, median of common lines',
    parts: [atMost(20, 'CronTrigger', figure('next-time', 'CronTrigger', 'usPerNextTime'))],
  },
  {
    id: 'late-jobs',
    question: 'jobs',
    what: 'milliseconds that a task every 10 ms is late while 100,000 cron jobs are due in one minute',
    parts: [
      atMost(10, '99th percentile', (measured) =>
        medianOf(measured, 'jobs', '100,000 jobs', 'msWaited', { value: partOf(0.99), least: 1 }),
      ),
    ],
  },
  {
    id: 'idle',
    question: 'idle',
    what: 'voluntary context switches of the scheduler thread in 10 s with nothing due, the most of any pass',
    parts: [
      atMost(0, 'nothing scheduled', mostSwitches('emptySwitches')),
      atMost(0, '1,000 relative times', mostSwitches('relativeTimesSwitches')),
    ],
  },
]

function atMost(goal: number, what: string, ratioOf: Value): PartRule {
  return { what, bound: 'at most', goal, ratioOf }
}

function atLeast(goal: number, what: string, ratioOf: Value): PartRule {
  return { what, bound: 'at least', goal, ratioOf }
}

/** The median of a contender's passes. */
function figure(question: string, contender: string, name: string): Value {
  return (measured) => medianOf(measured, question, contender, name)
}

function over(ours: Value, theirs: Value): Value {
  return (measured) => ours(measured) / theirs(measured)
}

/** A pool may be used in several ways; the one that is best for it counts. */
function bestShape(pool: string): Value {
  return (measured) =>
    Math.max(...poolFigures.map((name) => medianOf(measured, 'throughput', pool, name)))
}

function waited(part: number, contender: string): Value {
  return (measured) => medianOf(measured, 'mixed', contender, 'msWaited', { value: partOf(part) })
}

/** A percentile of the samples of a pass. */
function partOf(part: number): (figures: Figure | undefined) => number {
  return (figures) => percentile(typeof figures === 'object' ? figures : [], part)
}

function mostSwitches(name: string): Value {
  return (measured) => {
    // Throws when there are too few passes.
    medianOf(measured, 'idle', 'SchedulerThread', name)
    return Math.max(...samplesOf(measured, 'idle', 'SchedulerThread', name))
  }
}

function earlyTasks(measured: Measurements): number {
  const contenders = Object.keys(measured['lateness'] ?? {}).filter((name) =>
    name.startsWith('SchedulerThread'),
  )
  const all = contenders.flatMap((name) => samplesOf(measured, 'lateness', name, 'usLate'))
  if (all.length < fewestLate) {
    throw new NotMeasuredError(`only ${all.length} of ${fewestLate} tasks were looked at`)
  }
  return all.filter((late) => late < 0).length
}

function bullmqAtDefaultHz(measured: Measurements): number {
  const hz = medianOf(measured, 'lateness', 'BullMQ', 'hz')
  if (hz !== defaultHz) throw new NotMeasuredError(`BullMQ: Redis' hz is ${hz}, not ${defaultHz}`)
  return medianOf(measured, 'lateness', 'BullMQ', 'usLate')
}
