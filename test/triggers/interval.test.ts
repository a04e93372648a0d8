import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { IntervalTrigger, TriggerError } from '../../src/index.ts'

const start = Date.UTC(2026, 0, 5, 12)
const hour = 3_600_000

describe('An interval trigger', () => {
  test('It stays on the grid of its start, whenever it is asked.', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 * hour }),
        fc.integer({ min: -1e12, max: 1e13 }),
        (intervalMs, later) => {
          const trigger = new IntervalTrigger({
            seconds: intervalMs / 1000,
            startDate: new Date(start),
          })
          const next = trigger.nextFireMs(null, start + later) ?? Number.NaN
          assert.equal((next - start) % intervalMs, 0)
          assert.ok(next >= start && next >= start + later)
          assert.ok(next === start || next - intervalMs < start + later)
          assert.equal(trigger.nextFireMs(next, next + 5 * intervalMs), next + intervalMs)
        },
      ),
    )
  })

  test('The start is the first run, also when it is asked at that very time.', () => {
    const trigger = new IntervalTrigger({ minutes: 5, startDate: new Date(start) })
    assert.equal(trigger.nextFireMs(null, start - 10), start)
    assert.equal(trigger.nextFireMs(null, start), start)
    assert.equal(trigger.nextFireMs(null, start + 0.5), start + 300_000)
  })

  test('Without a start it begins one interval after it is anchored, and stays there.', () => {
    const trigger = new IntervalTrigger({ minutes: 5 })
    const anchored = trigger.anchored(start)
    assert.equal(anchored.nextFireMs(null, start), start + 300_000)
    assert.equal(anchored.nextFireMs(null, start + 301_000), start + 600_000)
    assert.equal(anchored.anchored(start + 7), anchored)
    assert.equal(trigger.nextFireMs(null, start), start + 300_000)
  })

  test('The parts add up, and none of them is one second, as in APScheduler.', () => {
    for (const [options, ms] of [
      [{ weeks: 1, days: 1, hours: 1, minutes: 1, seconds: 1 }, 8 * 24 * hour + hour + 61_000],
      [{ hours: 1.5 }, 1.5 * hour],
      [{ seconds: 0.001 }, 1],
      [{ minutes: 1 / 3 }, 20_000],
      [{}, 1000],
      [{ hours: 0, seconds: 0 }, 1000],
      [undefined, 1000],
    ] as const) {
      assert.equal(new IntervalTrigger(options).nextFireMs(start, start), start + ms)
    }
  })

  test('A day is 24 hours, also when the wall clock changes.', () => {
    const trigger = new IntervalTrigger({
      days: 1,
      startDate: '2026-03-28 09:00:00',
      timezone: 'Europe/Berlin',
    })
    assert.deepEqual(
      trigger.nextRuns(2, new Date('2026-03-01T00:00:00Z')).map((run) => run.toISOString()),
      ['2026-03-28T08:00:00.000Z', '2026-03-29T08:00:00.000Z'],
    )
  })

  test('Nothing fires after the end; at the end something may.', () => {
    const options = { minutes: 5, startDate: new Date(start) }
    const until = (ms: number): number[] =>
      new IntervalTrigger({ ...options, endDate: new Date(start + ms) })
        .nextRuns(9, new Date(start))
        .map((run) => run.getTime() - start)
    assert.deepEqual(until(600_000), [0, 300_000, 600_000])
    assert.deepEqual(until(599_999), [0, 300_000])
    assert.deepEqual(until(-1), [])
  })

  test('What fired is followed one interval later, whatever the start and the present are.', () => {
    const trigger = new IntervalTrigger({ minutes: 5, startDate: new Date(start) })
    assert.equal(trigger.nextFireMs(start - hour, start), start - hour + 300_000)
    assert.equal(trigger.nextFireMs(start + 1, start + hour), start + 300_001)
  })

  test('It ends with what a Date can hold.', () => {
    const trigger = new IntervalTrigger({ days: 1, startDate: new Date(8.64e15) })
    assert.deepEqual(trigger.nextRuns(3, new Date(start)), [new Date(8.64e15)])
  })

  test('Jitter is no part of the planned times.', () => {
    const trigger = new IntervalTrigger({ minutes: 5, startDate: new Date(start), jitter: '30s' })
    assert.equal(trigger.jitterMs, 30_000)
    assert.equal(trigger.nextFireMs(start, start), start + 300_000)
    assert.equal(new IntervalTrigger({ minutes: 5, jitter: 1.5 }).jitterMs, 1500)
    assert.equal(new IntervalTrigger({ minutes: 5 }).jitterMs, 0)
  })

  test('What is malformed is refused, and the field is named.', () => {
    for (const [options, field] of [
      [{ hours: -1 }, 'hours'],
      [{ minutes: '5' }, 'minutes'],
      [{ seconds: Number.NaN }, 'seconds'],
      [{ weeks: Infinity }, 'weeks'],
      [{ seconds: 0.0001 }, 'seconds'],
      [{ weeks: 1e300 }, 'the interval'],
      [{ months: 1 }, 'months'],
      [{ startDate: 'tomorrow' }, 'startDate'],
      [{ startDate: 5 }, 'startDate'],
      [{ endDate: new Date(Number.NaN) }, 'endDate'],
      [{ timezone: 'Nowhere' }, 'timezone'],
      [{ timezone: 7 }, 'timezone'],
      [{ jitter: -1 }, 'jitter'],
      [{ jitter: 'some' }, 'jitter'],
      [{ jitter: '20000d' }, 'jitter'],
      [5, 'options'],
      [null, 'options'],
      [[], 'options'],
    ] as const) {
      assert.throws(
        () => Reflect.construct(IntervalTrigger, [options]),
        (error) =>
          error instanceof TriggerError &&
          error.code === 'TRIGGER_INVALID' &&
          error.details['field'] === field,
        JSON.stringify(options),
      )
    }
  })

  test('It prints as APScheduler does.', () => {
    for (const [options, text] of [
      [{ hours: 1 }, 'interval[1:00:00]'],
      [{ days: 1 }, 'interval[1 day, 0:00:00]'],
      [{ weeks: 1, minutes: 5, seconds: 9 }, 'interval[7 days, 0:05:09]'],
      [{ seconds: 0.25 }, 'interval[0:00:00.250000]'],
    ] as const) {
      assert.equal(String(new IntervalTrigger(options)), text)
    }
  })

  test('It explains itself.', () => {
    for (const [options, text] of [
      [{ hours: 1 }, 'Every hour.'],
      [{}, 'Every second.'],
      [{ hours: 2, minutes: 30 }, 'Every 2 hours and 30 minutes.'],
      [{ days: 1, hours: 1, seconds: 1.5 }, 'Every 1 day, 1 hour and 1.5 seconds.'],
      [
        { days: 1, startDate: '2026-01-05', endDate: '2026-02-01', timezone: 'UTC' },
        'Every day, from 2026-01-05 00:00:00 UTC, until 2026-02-01 00:00:00 UTC.',
      ],
      [
        { minutes: 5, jitter: 30 },
        'Every 5 minutes. Each begins at random up to 30 seconds later.',
      ],
    ] as const) {
      assert.equal(new IntervalTrigger(options).explain(), text)
    }
  })
})
