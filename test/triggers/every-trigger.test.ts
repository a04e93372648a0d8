import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  DateTrigger,
  IntervalTrigger,
  OptionsError,
  TriggerError,
  triggerFrom,
  triggerFromJson,
} from '../../src/index.ts'
import { anyPresent, anyTriggerForm } from '../support/any-trigger.ts'

/** Enough to meet every option of every kind; what a property of all triggers must never do is to hang. */
const specifications = 100_000

describe('Every trigger', () => {
  test(
    'It strictly advances, is never before the present, and does not hang.',
    { timeout: 300_000 },
    () => {
      fc.assert(
        fc.property(anyTriggerForm, anyPresent, (form, now) => {
          const trigger = triggerFrom(form).anchored(now)
          let previous: number | null = null
          let next = trigger.firstFrom(now)
          assert.ok(next === null || next >= now)
          for (let asked = 0; next !== null && asked < 4; asked++) {
            assert.ok(Number.isInteger(next))
            assert.ok(previous === null || next > previous)
            previous = next
            next = trigger.nextFireMs(previous, now)
          }
        }),
        { numRuns: specifications },
      )
    },
  )

  test('The first firing is not before the present, but for a date, which is what it is.', () => {
    fc.assert(
      fc.property(anyTriggerForm, anyPresent, (form, now) => {
        const trigger = triggerFrom(form)
        const next = trigger.nextFireMs(null, now)
        if (trigger instanceof DateTrigger) assert.ok(next !== null)
        else assert.ok(next === null || next >= now)
      }),
      { numRuns: 2000 },
    )
  })

  test('Asked from one of its times, it answers that time, and from just after it the next.', () => {
    fc.assert(
      fc.property(anyTriggerForm, anyPresent, (form, now) => {
        const trigger = triggerFrom(form).anchored(now)
        const [first, second] = trigger.nextRuns(2, new Date(now)).map((run) => run.getTime())
        if (first === undefined) return
        assert.equal(trigger.firstFrom(first), first)
        assert.equal(trigger.firstFrom(first + 1), second ?? null)
        assert.equal(trigger.firstFrom(first + 0.5), second ?? null)
      }),
      { numRuns: 2000 },
    )
  })

  test('Read again from its JSON it has the same times, jitter and texts, anchored or not.', () => {
    fc.assert(
      fc.property(anyTriggerForm, anyPresent, fc.boolean(), (form, now, isAnchored) => {
        const made = triggerFrom(form)
        const trigger = isAnchored ? made.anchored(now) : made
        const text = JSON.stringify(trigger)
        const again = triggerFromJson(JSON.parse(text))
        assert.equal(JSON.stringify(again), text)
        assert.equal(again.constructor, trigger.constructor)
        assert.equal(again.jitterMs, trigger.jitterMs)
        assert.equal(String(again), String(trigger))
        assert.equal(again.explain(), trigger.explain())
        const from = new Date(now)
        assert.deepEqual(again.nextRuns(20, from), trigger.nextRuns(20, from))
      }),
      { numRuns: 2000 },
    )
  })

  test('What it is asked with has to be a date.', () => {
    const trigger = new IntervalTrigger({ hours: 1 })
    const invalid = new Date(Number.NaN)
    assert.throws(() => trigger.nextFireTime(null, invalid), TriggerError)
    assert.throws(() => trigger.nextFireTime(invalid, new Date(0)), TriggerError)
    assert.throws(() => trigger.nextRuns(1, invalid), {
      code: 'TRIGGER_INVALID',
      message: 'Expected from to be a valid Date, got an object.',
    })
  })

  test('Its next runs begin with the present, and none are asked for is none.', () => {
    const trigger = new IntervalTrigger({ hours: 1, startDate: '2020-01-01T00:00:00Z' })
    const before = Date.now()
    const [first] = trigger.nextRuns(1)
    assert.ok(first && first.getTime() >= before && first.getTime() <= Date.now() + 3_600_000)
    assert.deepEqual(trigger.nextRuns(0), [])
    assert.equal(trigger.nextRuns(100_000, new Date(0)).length, 100_000)
  })

  test('A number of runs that is none is refused.', () => {
    for (const count of [-1, 1.5, 100_001, Number.NaN, Infinity, '3', undefined, null]) {
      assert.throws(
        () => new IntervalTrigger().nextRuns(count as number),
        (error) => error instanceof OptionsError && /from 0 to 100000, got /.test(error.message),
      )
    }
  })
})
