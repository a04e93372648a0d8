import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import {
  AndTrigger,
  CalendarIntervalTrigger,
  DateTrigger,
  IntervalTrigger,
  OrTrigger,
  TriggerError,
  triggerFrom,
  triggerFromJson,
  triggerToJson,
} from '../../src/index.ts'

/** Fails unless a call throws a `TriggerError` about this field. */
function assertRefused(call: () => unknown, field: string, value: unknown): void {
  assert.throws(
    call,
    (error) =>
      error instanceof TriggerError &&
      error.code === 'TRIGGER_INVALID' &&
      error.details['field'] === field,
    inspect(value, { depth: 3 }),
  )
}

describe('JSON of a trigger', () => {
  test('It has the kind, the version and the options, with settled times in UTC.', () => {
    const date = new DateTrigger('2026-01-05 09:00:00', { timezone: 'Europe/Berlin' })
    const dateJson = {
      type: 'date',
      version: 1,
      runDate: '2026-01-05T08:00:00.000Z',
      timezone: 'Europe/Berlin',
    }
    assert.deepEqual(triggerToJson(date), dateJson)
    assert.deepEqual(triggerToJson(new DateTrigger('90s', { timezone: 'UTC' })), {
      type: 'date',
      version: 1,
      runDate: { milliseconds: 90_000 },
      timezone: 'UTC',
    })
    assert.deepEqual(
      triggerToJson(
        new IntervalTrigger({
          hours: 1,
          startDate: '2026-01-05',
          endDate: '2026-01-06',
          timezone: 'UTC',
          jitter: '1m',
        }),
      ),
      {
        type: 'interval',
        version: 1,
        seconds: 3600,
        startDate: '2026-01-05T00:00:00.000Z',
        endDate: '2026-01-06T00:00:00.000Z',
        timezone: 'UTC',
        jitter: 60,
      },
    )
    assert.deepEqual(
      triggerToJson(
        new CalendarIntervalTrigger({
          months: 1,
          hour: 9,
          startDate: '2026-1-31',
          timezone: 'UTC',
        }),
      ),
      {
        type: 'calendarInterval',
        version: 1,
        months: 1,
        hour: 9,
        startDate: '2026-01-31',
        timezone: 'UTC',
      },
    )
    assert.deepEqual(triggerToJson(new OrTrigger([date], { jitter: 2 })), {
      type: 'or',
      version: 1,
      triggers: [dateJson],
      jitter: 2,
    })
    assert.deepEqual(triggerToJson(new AndTrigger([date])), {
      type: 'and',
      version: 1,
      triggers: [dateJson],
    })
  })

  test('Years beyond four digits come back.', () => {
    for (const at of [8.64e15, 253_402_300_800_000, -62_198_755_200_000, -8.64e15]) {
      assert.equal(
        triggerFromJson(JSON.parse(JSON.stringify(new DateTrigger(new Date(at))))).nextFireMs(
          null,
          0,
        ),
        at,
      )
    }
  })

  test('What no trigger made is refused, and so is a version of another time.', () => {
    for (const [json, field] of [
      [null, 'trigger'],
      ['interval', 'trigger'],
      [[], 'trigger'],
      [{}, 'version'],
      [{ type: 'interval', version: 2 }, 'version'],
      [{ type: 'interval', version: '1' }, 'version'],
      [{ type: 'moon', version: 1 }, 'type'],
      [{ type: 'constructor', version: 1 }, 'type'],
      [{ type: 5, version: 1 }, 'type'],
      [{ type: 'interval', version: 1, hours: 'x' }, 'hours'],
      [{ type: 'interval', version: 1, unknown: 1 }, 'unknown'],
      [{ type: 'date', version: 1 }, 'runDate'],
      [{ type: 'or', version: 1 }, 'triggers'],
      [{ type: 'or', version: 1, triggers: [{ type: 'date', version: 1 }] }, 'runDate'],
    ] as const) {
      assertRefused(() => triggerFromJson(json), field, json)
    }
  })
})

describe('What is meant as a trigger', () => {
  test('A trigger is itself, and JSON is read.', () => {
    const trigger = new IntervalTrigger({ hours: 1 })
    assert.equal(triggerFrom(trigger), trigger)
    assert.deepEqual(triggerFrom(trigger.toJSON()).toJSON(), trigger.toJSON())
  })

  test('Options stand under the name of their kind; those of a date or a combination beside it.', () => {
    const timezone = 'UTC'
    for (const [form, text, jitterMs] of [
      [{ interval: { minutes: 5, jitter: 2 } }, 'interval[0:05:00]', 2000],
      [{ cron: { hour: 9, jitter: 1, timezone } }, "cron[hour='9']", 1000],
      [{ cron: '0 9 * * *', jitter: 1, timezone }, "cron['0 9 * * *']", 1000],
      [{ date: '2026-01-05', timezone }, 'date[2026-01-05 00:00:00 UTC]', 0],
      [{ calendarInterval: { months: 1, timezone } }, 'calendarinterval[1 month at 00:00:00]', 0],
      [
        { or: [{ interval: { hours: 1 } }, { date: '2026-01-05', timezone }], jitter: 5 },
        'or[interval[1:00:00], date[2026-01-05 00:00:00 UTC]]',
        5000,
      ],
      [
        { and: [new IntervalTrigger({ hours: 1 }), { interval: { hours: 2 } }] },
        'and[interval[1:00:00], interval[2:00:00]]',
        0,
      ],
    ] as const) {
      const trigger = triggerFrom(form)
      assert.equal(String(trigger), text)
      assert.equal(trigger.jitterMs, jitterMs)
    }
  })

  test('Anything else is refused.', () => {
    const endless: unknown[] = []
    endless.push({ or: endless })
    for (const [form, field] of [
      [undefined, 'trigger'],
      ['interval', 'trigger'],
      [5, 'trigger'],
      [[], 'trigger'],
      [{}, 'trigger'],
      [{ moon: {} }, 'trigger'],
      [{ date: '2026-01-05', interval: {} }, 'trigger'],
      [{ date: '2026-01-05', zone: 'UTC' }, 'zone'],
      [{ date: undefined }, 'runDate'],
      [{ interval: { hours: 1 }, jitter: 5 }, 'jitter'],
      [{ cron: {}, timezone: 'UTC' }, 'timezone'],
      [{ cron: 5 }, 'options'],
      [{ cron: '0 9 * *' }, 'crontab'],
      [{ interval: 5 }, 'options'],
      [{ interval: null }, 'options'],
      [{ calendarInterval: { days: 0 } }, 'days'],
      [{ and: {} }, 'triggers'],
      [{ or: [] }, 'triggers'],
      [{ or: [5] }, 'trigger'],
      [{ or: endless }, 'triggers'],
    ] as const) {
      assertRefused(() => triggerFrom(form), field, form)
    }
  })
})
