import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dueUntil, isMissed } from '../../src/jobs/misfire.ts'
import { ListedTimes, TriggeredTimes } from '../../src/jobs/backlog.ts'
import { ComputedTrigger, CronTrigger, IntervalTrigger } from '../../src/index.ts'
import type { TriggerJson } from '../../src/index.ts'

/** Fires at listed times, and counts how often it is asked. */
class Listed extends ComputedTrigger {
  readonly times: readonly number[]
  asked = 0

  constructor(times: readonly number[]) {
    super()
    this.times = times
  }

  override nextFireMs(previous: number | null, now: number): number | null {
    this.asked++
    const after = this.times.find((time) => (previous === null ? time >= now : time > previous))
    return after ?? null
  }

  override toJSON(): TriggerJson {
    return { type: 'listed', version: 1 }
  }

  override toString(): string {
    return 'listed'
  }

  override explain(): string {
    return 'At listed times.'
  }
}

describe('The due times of a trigger', () => {
  test('The last due time is the one that walking finds, however the times lie.', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 1_000_000_000 }), (steps, wait) => {
        let time = 0
        const trigger = new Listed(steps.map((step) => (time += step)))
        const [first = 0] = trigger.times
        const now = first + wait
        const due = trigger.times.filter((one) => one <= now)
        const next = trigger.times.find((one) => one > now) ?? null
        assert.deepEqual(dueUntil(trigger, first, now), { last: due.at(-1), next })
        assert.ok(trigger.asked < 150, `asked ${trigger.asked} times`)
      }),
      { numRuns: 1000 },
    )
  })

  test('Ten years of seconds are looked through in less than two hundred questions.', () => {
    const start = Date.UTC(2026, 0, 1)
    const now = Date.UTC(2036, 0, 1, 0, 0, 0, 500)
    const last = Date.UTC(2036, 0, 1)
    const trigger = new IntervalTrigger({ seconds: 1, startDate: new Date(start) })
    let asked = 0
    const nextFireMs = trigger.nextFireMs.bind(trigger)
    trigger.nextFireMs = (previous, present) => {
      asked++
      return nextFireMs(previous, present)
    }
    assert.deepEqual(dueUntil(trigger, start, now), { last, next: last + 1000 })
    assert.ok(asked < 200, `asked ${asked} times`)
    const cron = new CronTrigger({ second: '*', timezone: 'Europe/Berlin' })
    assert.deepEqual(dueUntil(cron, start, now), { last, next: last + 1000 })
  })

  test('A burst that ended long ago is found.', () => {
    const burst = Array.from({ length: 1000 }, (_, n) => n * 10)
    const trigger = new Listed([...burst, 10 ** 12])
    assert.deepEqual(dueUntil(trigger, 0, 10 ** 11), { last: 9990, next: 10 ** 12 })
    assert.deepEqual(dueUntil(trigger, 0, 10 ** 12), { last: 10 ** 12, next: null })
  })

  test('A run is missed when it is later than its grace, and never without one.', () => {
    assert.equal(isMissed(1000, 500, 1500), false)
    assert.equal(isMissed(1000, 500, 1500.01), true)
    assert.equal(isMissed(1000, null, 10 ** 15), false)
  })
})

describe('The due times of an instance', () => {
  const trigger = new Listed([10, 20, 30, 40, 50])

  for (const [what, make] of [
    ['listed', () => new ListedTimes([10, 20, 30, 40])],
    ['computed', () => new TriggeredTimes(trigger, 10, 40)],
  ] as const) {
    test(`They come one after the other, ${what}.`, () => {
      const backlog = make()
      const times: number[] = []
      for (let { next } = backlog; next !== null; { next } = backlog) {
        times.push(next)
        backlog.advance()
      }
      backlog.advance()
      assert.equal(backlog.next, null)
      assert.deepEqual(times, [10, 20, 30, 40])
    })

    test(`Some are left out, ${what}, and the last of those is told.`, () => {
      const backlog = make()
      assert.equal(backlog.skipTo(5), null)
      assert.equal(backlog.skipTo(25), 20)
      assert.equal(backlog.next, 30)
      assert.equal(backlog.skipTo(100), 40)
      assert.equal(backlog.next, null)
      assert.equal(backlog.skipTo(100), null)
    })
  }
})
