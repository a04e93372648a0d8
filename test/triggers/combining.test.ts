import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  AndTrigger,
  CalendarIntervalTrigger,
  ComputedTrigger,
  DateTrigger,
  IntervalTrigger,
  OrTrigger,
  TriggerError,
  triggerFrom,
  type TriggerJson,
} from '../../src/index.ts'

const startDate = '2026-01-05T00:00:00Z'
const start = Date.parse(startDate)
const hour = 3_600_000

function hours(amount: number, jitter = 0): IntervalTrigger {
  return new IntervalTrigger({ hours: amount, startDate, timezone: 'UTC', jitter })
}

/** Hours from the start. */
function runs(trigger: ComputedTrigger, count: number, from = start): number[] {
  return trigger.nextRuns(count, new Date(from)).map((run) => (run.getTime() - start) / hour)
}

/** Counts its questions; it fires every so many milliseconds. */
class Counting extends ComputedTrigger {
  questions = 0
  readonly #every: number
  readonly #offset: number

  constructor(every: number, offset: number) {
    super()
    this.#every = every
    this.#offset = offset
  }

  override nextFireMs(_previous: number | null, now: number): number {
    this.questions++
    return Math.ceil((now - this.#offset) / this.#every) * this.#every + this.#offset
  }

  override toJSON(): TriggerJson {
    return { type: 'counting', version: 1 }
  }

  override toString(): string {
    return 'counting'
  }

  override explain(): string {
    return 'Counts.'
  }
}

describe('An or trigger', () => {
  test('It fires whenever one of its parts does, and once where several do.', () => {
    assert.deepEqual(runs(new OrTrigger([hours(2), hours(3)]), 7), [0, 2, 3, 4, 6, 8, 9])
  })

  test('A part stays on its grid, whatever the others fired.', () => {
    const noon = new DateTrigger('2026-01-05T00:30:00Z')
    assert.deepEqual(runs(new OrTrigger([hours(1), noon]), 4), [0, 0.5, 1, 2])
  })

  test('It ends when all of its parts have ended.', () => {
    const dates = ['2026-01-05T02:00:00Z', '2026-01-05T01:00:00Z', '2020-01-01']
    const trigger = new OrTrigger(dates.map((date) => new DateTrigger(date, { timezone: 'UTC' })))
    assert.deepEqual(runs(trigger, 5), [1, 2])
    assert.equal(trigger.nextFireMs(start + 2 * hour, start), null)
  })

  test('Anchoring it anchors its parts.', () => {
    const trigger = new OrTrigger([new IntervalTrigger({ hours: 1 }), new DateTrigger('90m')])
    const anchored = trigger.anchored(start)
    assert.equal(anchored.anchored(start + 5), anchored)
    assert.deepEqual(runs(anchored, 4, start + 7), [1, 1.5, 2, 3])
    assert.deepEqual(runs(trigger, 4), [1, 1.5, 2, 3])
  })

  test('Without being anchored it counts from what it is asked with.', () => {
    const trigger = new OrTrigger([new IntervalTrigger({ hours: 1 })])
    assert.equal(trigger.nextFireMs(null, start), start + hour)
    assert.equal(trigger.nextFireMs(start, start + 9), start + hour)
  })
})

describe('An and trigger', () => {
  test('It fires when all of its parts do.', () => {
    assert.deepEqual(runs(new AndTrigger([hours(2), hours(3)]), 3), [0, 6, 12])
    assert.deepEqual(runs(new AndTrigger([hours(4), hours(6), hours(10)]), 3), [0, 60, 120])
    assert.deepEqual(runs(new AndTrigger([hours(4)]), 2), [0, 4])
  })

  test('It ends when one of its parts has ended.', () => {
    const date = new DateTrigger('2026-01-05T06:00:00Z')
    assert.deepEqual(runs(new AndTrigger([hours(2), date]), 3), [6])
    assert.deepEqual(runs(new AndTrigger([hours(4), date]), 3), [])
  })

  test('Parts that never agree give nothing, after so many questions.', () => {
    const parts = [new Counting(1000, 0), new Counting(1000, 1)]
    assert.equal(new AndTrigger(parts).nextFireMs(null, start), null)
    assert.deepEqual(
      parts.map(({ questions }) => questions),
      [1000, 1000],
    )
  })

  test('That they never agree is found once, also in an or trigger.', () => {
    const parts = [new Counting(hour, 1), new Counting(hour, 2)]
    const trigger = new OrTrigger([new AndTrigger(parts), hours(1)])
    assert.deepEqual(runs(trigger, 100).at(-1), 99)
    assert.deepEqual(
      parts.map(({ questions }) => questions),
      [1000, 1000],
    )
  })

  test('And triggers that never agree do not keep the others of an or trigger from firing.', () => {
    const never = (): AndTrigger => new AndTrigger([new Counting(1000, 1), new Counting(1000, 2)])
    const trigger = new OrTrigger([...Array.from({ length: 9 }, never), hours(1)])
    assert.deepEqual(runs(trigger, 3), [0, 1, 2])
    const outer = new AndTrigger([new OrTrigger([never(), hours(2)]), hours(3)])
    assert.deepEqual(runs(outer, 3), [0, 6, 12])
  })

  test('A question about the past that found nothing does not hide what is there later.', () => {
    const made = (): AndTrigger =>
      new AndTrigger([new Counting(10_007, start % 10_007), new Counting(10_009, start % 10_009)])
    const asked = made()
    assert.equal(asked.nextFireMs(null, start - 50_000_000), null)
    assert.equal(asked.nextFireMs(null, start - 1_000_000), start)
    assert.equal(made().nextFireMs(null, start - 1_000_000), start)
  })

  test('Depth does not multiply the questions.', () => {
    const inner = [new Counting(997, 0), new Counting(991, 1)]
    const outer = new Counting(4_000_000_007, 3)
    const trigger = new AndTrigger([new OrTrigger([new AndTrigger(inner)]), outer])
    assert.equal(trigger.nextFireMs(null, start), null)
    const asked = [...inner, outer].reduce((sum, { questions }) => sum + questions, 0)
    assert.ok(asked <= 10_000, String(asked))
  })

  test('A calendar interval and an interval agree on the days on which both are due.', () => {
    const monthly = new CalendarIntervalTrigger({
      months: 1,
      startDate: '2026-01-05',
      timezone: 'UTC',
    })
    const weekly = new IntervalTrigger({ weeks: 1, startDate })
    assert.deepEqual(
      new AndTrigger([monthly, weekly])
        .nextRuns(3, new Date(start))
        .map((run) => run.toISOString().slice(0, 10)),
      ['2026-01-05', '2026-10-05', '2027-04-05'],
    )
  })
})

describe('Both', () => {
  const kinds = [AndTrigger, OrTrigger]

  test('Their jitter is their own, else the largest of their parts.', () => {
    for (const Kind of kinds) {
      assert.equal(new Kind([hours(1, 5), hours(2, 9)]).jitterMs, 9000)
      assert.equal(new Kind([hours(1, 5)], { jitter: '1s' }).jitterMs, 1000)
      assert.equal(new Kind([hours(1, 5)], { jitter: 0 }).anchored(start).jitterMs, 0)
      const unsettled = new Kind([new IntervalTrigger({ hours: 1 })], { jitter: 3 })
      assert.equal(unsettled.anchored(start).jitterMs, 3000)
    }
  })

  test('What is no list of triggers is refused.', () => {
    const endless = Array.from({ length: 101 }, () => hours(1))
    for (const Kind of kinds) {
      for (const value of [[], endless, hours(1), undefined, [hours(1), { hours: 1 }], [null]]) {
        assert.throws(
          () => Reflect.construct(Kind, [value]),
          (error) => error instanceof TriggerError && error.details['field'] === 'triggers',
        )
      }
      assert.throws(() => Reflect.construct(Kind, [[hours(1)], { threshold: 1 }]), TriggerError)
    }
  })

  test('They are at most a hundred in all, however they are combined.', () => {
    const many = (size: number): OrTrigger =>
      new OrTrigger(Array.from({ length: size }, () => hours(1)))
    assert.deepEqual(runs(new AndTrigger([many(50), many(49), hours(1)]), 2), [0, 1])
    for (const Kind of kinds) {
      assert.throws(() => new Kind([many(50), many(51)]), {
        code: 'TRIGGER_INVALID',
        message: /100 in all.*got 101/,
      })
    }
    const endless = { or: Array.from({ length: 100_000 }, () => ({ interval: { hours: 1 } })) }
    assert.throws(() => triggerFrom(endless), {
      message: /a list of 1 to 100 triggers, got an array/,
    })
  })

  test('They are combined at most ten deep.', () => {
    let trigger: ComputedTrigger = hours(1)
    for (let depth = 1; depth <= 10; depth++) {
      trigger = depth % 2 === 0 ? new AndTrigger([trigger]) : new OrTrigger([trigger])
    }
    assert.deepEqual(runs(trigger, 2), [0, 1])
    assert.throws(() => new OrTrigger([trigger]), TriggerError)
  })

  test('They print as APScheduler does, and explain themselves.', () => {
    const parts = [hours(1), new DateTrigger('2026-01-05T00:30:00Z', { timezone: 'UTC' })]
    assert.equal(
      String(new AndTrigger(parts)),
      'and[interval[1:00:00], date[2026-01-05 00:30:00 UTC]]',
    )
    assert.equal(
      String(new OrTrigger(parts)),
      'or[interval[1:00:00], date[2026-01-05 00:30:00 UTC]]',
    )
    assert.equal(
      new OrTrigger(parts, { jitter: 60 }).explain(),
      'Whenever one of these fires: Every hour, from 2026-01-05 00:00:00 UTC. Once, at 2026-01-05 00:30:00 UTC. Each begins at random up to 1 minute later.',
    )
    assert.match(new AndTrigger(parts).explain(), /^When all of these agree: Every hour/)
  })

  test('They explain the jitter that there is, once: that of their parts is not kept apart.', () => {
    const hourly = 'Every hour, from 2026-01-05 00:00:00 UTC.'
    const begun = 'Each begins at random up to'
    for (const [jitter, words] of [
      [undefined, `${hourly} ${hourly} ${begun} 9 seconds later.`],
      [2, `${hourly} ${hourly} ${begun} 2 seconds later.`],
      [0, `${hourly} ${hourly}`],
    ] as const) {
      const trigger = new OrTrigger([hours(1, 9), hours(1)], jitter === undefined ? {} : { jitter })
      assert.equal(trigger.explain(), `Whenever one of these fires: ${words}`)
    }
  })
})
