import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CronTrigger, type CronTriggerOptions } from '../../src/triggers/cron.ts'
import { IntlWalk, type ClockChange } from '../support/intl-walk.ts'

const from = Date.UTC(2000, 0, 1)
const to = Date.UTC(2038, 0, 1)
const minute = 60_000
const day = 86_400_000
/** All offsets since 2000 are so many minutes, or several times as many. */
const grid = 15 * minute
/** So far before and after a change the walk goes. */
const reach = 30 * 3_600_000

/** One zone of each list of changes: most zones share theirs with others. */
function distinctZones(): Map<string, readonly ClockChange[]> {
  const lists = new Set<string>()
  const zones = new Map<string, readonly ClockChange[]>()
  for (const name of Intl.supportedValuesOf('timeZone')) {
    const walk = new IntlWalk(name)
    const changes = walk.changes(from, to)
    const list = JSON.stringify([walk.offset(from), changes])
    if (!lists.has(list)) zones.set(name, changes)
    lists.add(list)
  }
  return zones
}

/** What the clock shows around a change, at each instant of the grid. */
function walked(walk: IntlWalk, change: ClockChange): (readonly [at: number, wall: number])[] {
  const first = Math.ceil((change.at - reach) / grid) * grid
  return Array.from({ length: (2 * reach) / grid }, (_, index) => {
    const at = first + index * grid
    return [at, walk.wall(at)] as const
  })
}

/** All times of a trigger between two instants; fails when one is not later than the one before. */
function times(options: CronTriggerOptions, first: number, last: number): number[] {
  const trigger = new CronTrigger(options)
  const found: number[] = []
  let next = trigger.nextFireMs(null, first)
  while (next !== null && next <= last) {
    assert.ok(next > (found.at(-1) ?? -Infinity), `${String(trigger)} does not advance at ${next}`)
    assert.ok(found.length < 1000)
    found.push(next)
    next = trigger.nextFireMs(next, next)
  }
  return found
}

/** Times of the day that a change may lose or double, and those around them. */
function awkwardTimes(change: ClockChange): number[] {
  const [low = 0, high = 0] = [change.at + change.before, change.at + change.after].toSorted(
    (a, b) => a - b,
  )
  const step = (wall: number): number => Math.floor(wall / grid) * grid
  return [low - grid, low, (low + high) / 2, high - grid, high].map(
    (wall) => ((step(wall) % day) + day) % day,
  )
}

describe('Cron triggers over every change of every zone that Node.js knows, from 2000 to 2037', () => {
  const zones = distinctZones()

  test('There are many zones, and many changes.', () => {
    assert.ok(zones.size > 100)
    assert.ok([...zones.values()].flat().length > 3000)
  })

  test('All agree with a walk over Intl: what repeats, what is fixed by the literal rule, and what is to run once.', () => {
    for (const [timezone, changes] of zones) {
      const walk = new IntlWalk(timezone)
      for (const change of changes) {
        const shown = walked(walk, change)
        const first = shown[0]?.[0] ?? 0
        const last = shown.at(-1)?.[0] ?? 0
        const every = times({ minute: '*/15', timezone }, first, last)
        assert.deepEqual(
          every,
          shown.map(([at]) => at),
          timezone,
        )
        for (const time of new Set(awkwardTimes(change))) {
          const [hour, minutes] = [Math.floor(time / 3_600_000), (time / minute) % 60]
          const fixed = { hour, minute: minutes, timezone }
          const literal = shown.filter(([, wall]) => wall % day === time).map(([at]) => at)
          assert.deepEqual(times({ ...fixed, dst: 'wallclock' }, first, last), literal, timezone)
          assert.deepEqual(
            times(fixed, first, last),
            onceEach(shown, time, change, first),
            `${timezone} ${hour}:${minutes} at ${new Date(change.at).toISOString()}`,
          )
        }
      }
    }
  })
})

/** The instant of each date that stands for a time of the day: the first that shows it, or the change that skipped it. */
function onceEach(
  shown: readonly (readonly [at: number, wall: number])[],
  time: number,
  change: ClockChange,
  first: number,
): number[] {
  const instants = new Set<number>()
  const dates = new Set(shown.map(([, wall]) => Math.floor(wall / day) * day))
  const [, firstWall = 0] = shown[0] ?? []
  const [, lastWall = 0] = shown.at(-1) ?? []
  for (const date of dates) {
    const wanted = date + time
    if (wanted < firstWall || wanted > lastWall) continue
    const found = shown.find(([, wall]) => wall === wanted)
    instants.add(found ? found[0] : change.at)
  }
  return [...instants].filter((at) => at >= first).toSorted((a, b) => a - b)
}
