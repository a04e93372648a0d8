import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { goalsOf } from '../../bench/goals.ts'
import type { Goal, Measurements } from '../../bench/measurements.ts'
import { changed, measurementsThatMeetAll, passes, withSeries } from '../support/measured.ts'

const good = measurementsThatMeetAll()

/** Of each goal, a figure that it hangs on, and what it takes to miss it. */
const flips: readonly (readonly [
  id: string,
  figure: readonly [string, string, string],
  (v: number) => number,
])[] = [
  ['late-idle', ['lateness', 'setTimeout, re-armed', 'usLate'], () => 390],
  ['late-busy', ['lateness', 'SchedulerThread, caller busy', 'usLate'], (late) => late * 1.5],
  ['late-early', ['lateness', 'SchedulerThread, 1e6 pending', 'usLate'], (late) => late - 43],
  ['late-peers', ['lateness', 'APScheduler', 'usLate'], () => 99],
  ['late-peers', ['lateness', 'BullMQ', 'usLate'], () => 31_000],
  ['late-peers', ['lateness', 'BullMQ', 'hz'], () => 500],
  ['late-pending', ['lateness', 'SchedulerThread, 1e6 pending', 'usLate'], (late) => late * 1.3],
  ['rate-each', ['throughput', 'SchedulerThread, addTask', 'in256PerSecond'], () => 370_000],
  ['rate-pool', ['throughput', 'SchedulerThread, addTasks', 'in256PerSecond'], () => 530_000],
  ['rate-strict', ['strict', 'SchedulerThread', 'perSecond'], () => 64_000],
  ['rate-sync', ['sync', 'getTaskSync', 'perSecond'], () => 70_000],
  ['rate-bullmq', ['bullmq', 'BullMQ', 'perSecond'], () => 11_100],
  ['rate-burst', ['burst', '1e6 pending', 'perSecond'], () => 530_000],
  ['mixed', ['mixed', '1 in 100 takes 50 ms', 'msWaited'], (waited) => waited * 1.1],
  ['core-cancel', ['cancel', 'core', 'bothNsPerTask'], () => 910],
  ['core-subject', ['subject', 'one subject of 1e5', 'nsPerTask'], () => 501],
  ['core-memory', ['memory', '1e6', 'bytesPerTask'], () => 148.1],
  ['core-memory', ['memory', '1e7', 'scheduled'], () => 9_999_999],
  ['core-growth', ['growth', '1e7 over a minute', 'addAndPopNsPerTask'], () => 501],
  ['next-time', ['next-time', 'CronTrigger', 'usPerNextTime'], () => 21],
  ['late-jobs', ['jobs', '100,000 jobs', 'msWaited'], (waited) => waited * 2],
  ['idle', ['idle', 'SchedulerThread', 'relativeTimesSwitches'], () => 1],
]

describe('The goals', () => {
  test('There are nineteen, each of its own name, and good measurements meet them all.', () => {
    const goals = goalsOf({ quick: false, measurements: good })
    assert.equal(new Set(goals.map(({ id }) => id)).size, 19)
    assert.deepEqual(unmet(good), [])
    assert.deepEqual(
      goals.filter(({ ratio }) => ratio === null),
      [],
    )
  })

  test('Each of them has a figure here that it hangs on.', () => {
    const ids = goalsOf({ quick: false, measurements: good }).map(({ id }) => id)
    assert.deepEqual(new Set(flips.map(([id]) => id)), new Set(ids))
  })

  for (const [id, figure, change] of flips) {
    test(`${id} is not met any more when ${figure.join(', ')} is altered, and others are.`, () => {
      assert.deepEqual(unmet(changed(good, figure, change)), [id])
    })
  }

  test('The ratio is that of the medians of the passes, and shows the part closest to a miss.', () => {
    const goal = goalOf(good, 'rate-pool')
    assert.equal(goal.ratio, 660_000 / 54_000)
    assert.equal(goal.goal, 10)
    assert.deepEqual(
      goal.parts.map(({ ratio }) => ratio),
      [660_000 / 54_000, 660_000 / 84_000],
    )
  })

  test('A peer that is not installed makes its goals not met, and says why.', () => {
    const missing = { passes: [], failures: ['tinypool is not installed'] }
    const measurements = withSeries(good, 'throughput', 'tinypool', missing)
    assert.deepEqual(unmet(measurements), ['rate-pool', 'rate-each'])
    const goal = goalOf(measurements, 'rate-pool')
    assert.equal(goal.ratio, null)
    assert.match(goal.why ?? '', /tinypool: 0 of 3 passes, tinypool is not installed/)
    assert.equal(goal.parts[0]?.met, true)
  })

  test('Two passes are too few.', () => {
    const series = passes({ bothNsPerTask: 600 })
    const two = { passes: series.passes.slice(1), failures: ['it ended with SIGSEGV.'] }
    assert.deepEqual(unmet(withSeries(good, 'cancel', 'core', two)), ['core-cancel'])
  })

  test('One pass is enough for what does not vary: that ten million fit.', () => {
    const once = { passes: [{ scheduled: 1e7 }], failures: [] }
    assert.deepEqual(unmet(withSeries(good, 'memory', '1e7', once)), [])
    const never = { passes: [], failures: ['Worker terminated due to reaching memory limit'] }
    assert.deepEqual(unmet(withSeries(good, 'memory', '1e7', never)), ['core-memory'])
  })

  test('One pass in which the scheduler thread woke is one too many.', () => {
    const each = [0, 3, 0].map((emptySwitches) => ({ emptySwitches, relativeTimesSwitches: 0 }))
    const woke = { passes: each, failures: [] }
    const measurements = withSeries(good, 'idle', 'SchedulerThread', woke)
    assert.equal(goalOf(measurements, 'idle').ratio, 3)
    assert.deepEqual(unmet(measurements), ['idle'])
  })

  test('Fewer than ten thousand tasks do not show that none is early.', () => {
    const few = passes({ usLate: Array.from({ length: 1000 }, () => 80) })
    const names = Object.keys(good['lateness'] ?? {}).filter((name) => name.startsWith('Sched'))
    const measurements = names.reduce((all, name) => withSeries(all, 'lateness', name, few), good)
    assert.match(goalOf(measurements, 'late-early').why ?? '', /only 9000 of 10000/)
  })

  test('A quick run meets none.', () => {
    const goals = goalsOf({ quick: true, measurements: good })
    assert.ok(goals.every(({ met, why }) => !met && why === 'a quick run is no measurement'))
  })

  test('Goals of a question that was not put are not asked for.', () => {
    const { burst = {} } = good
    const ids = goalsOf({ quick: false, measurements: { burst } }).map(({ id }) => id)
    assert.deepEqual(ids, ['rate-burst'])
  })
})

function unmet(measurements: Measurements): string[] {
  return goalsOf({ quick: false, measurements })
    .filter(({ met }) => !met)
    .map(({ id }) => id)
}

function goalOf(measurements: Measurements, id: string): Goal {
  const goal = goalsOf({ quick: false, measurements }).find((one) => one.id === id)
  assert.ok(goal)
  return goal
}
