import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  CalendarIntervalTrigger,
  TriggerError,
  type CalendarIntervalTriggerOptions,
} from '../../src/index.ts'

/** Its next runs from an instant on. */
function runs(options: CalendarIntervalTriggerOptions, count: number, from: string): string[] {
  const trigger = new CalendarIntervalTrigger(options)
  return trigger.nextRuns(count, new Date(from)).map((run) => run.toISOString())
}

describe('A calendar interval trigger', () => {
  test('It keeps the time of the wall clock over a change.', () => {
    const options = { days: 1, hour: 9, startDate: '2026-03-28', timezone: 'Europe/Berlin' }
    assert.deepEqual(runs(options, 2, '2026-01-01T00:00:00Z'), [
      '2026-03-28T08:00:00.000Z',
      '2026-03-29T07:00:00.000Z',
    ])
  })

  test('Months without the day are passed over, and so are years.', () => {
    const timezone = 'UTC'
    assert.deepEqual(
      runs({ months: 1, startDate: '2026-01-31', timezone }, 4, '2026-01-01T00:00:00Z'),
      ['2026-01-31', '2026-03-31', '2026-05-31', '2026-07-31'].map((day) => `${day}T00:00:00.000Z`),
    )
    assert.deepEqual(
      runs({ years: 1, startDate: '2096-02-29', timezone }, 2, '2026-01-01T00:00:00Z'),
      ['2096-02-29T00:00:00.000Z', '2104-02-29T00:00:00.000Z'],
    )
  })

  test('A time that the clock skips is dropped with its date, and one that comes twice counts once.', () => {
    const options = { days: 1, timezone: 'America/New_York' }
    assert.deepEqual(
      runs({ ...options, hour: 2, minute: 30, startDate: '2026-03-07' }, 2, '2026-03-01T00:00:00Z'),
      ['2026-03-07T07:30:00.000Z', '2026-03-09T06:30:00.000Z'],
    )
    assert.deepEqual(
      runs({ ...options, hour: 1, minute: 30, startDate: '2026-11-01' }, 2, '2026-10-01T00:00:00Z'),
      ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    )
  })

  test('Without a start it begins on the date of the zone on which it is anchored.', () => {
    const trigger = new CalendarIntervalTrigger({
      months: 1,
      hour: 9,
      timezone: 'Pacific/Kiritimati',
    })
    // There it is 10:00 on the sixth.
    const now = Date.parse('2026-01-05T20:00:00Z')
    const anchored = trigger.anchored(now)
    assert.equal(anchored.toJSON()['startDate'], '2026-01-06')
    assert.equal(anchored.nextFireMs(null, now), Date.parse('2026-02-05T19:00:00Z'))
    assert.equal(anchored.anchored(now + 1e9), anchored)
    assert.equal(trigger.nextFireMs(null, now), Date.parse('2026-02-05T19:00:00Z'))
  })

  test('A start that is a Date is the date that the zone has then.', () => {
    const startDate = new Date('2026-01-05T20:00:00Z')
    const { startDate: date } = new CalendarIntervalTrigger({
      days: 1,
      startDate,
      timezone: 'Asia/Tokyo',
    }).toJSON()
    assert.equal(date, '2026-01-06')
  })

  test('The end is a date on which it may still fire.', () => {
    const options = { days: 1, hour: 23, startDate: '2026-01-05', timezone: 'UTC' }
    assert.equal(runs({ ...options, endDate: '2026-01-07' }, 9, '2026-01-01T00:00:00Z').length, 3)
    assert.equal(runs({ ...options, endDate: '2026-01-05' }, 9, '2026-01-01T00:00:00Z').length, 1)
    const late = new CalendarIntervalTrigger({ days: 1, endDate: '2026-01-07', timezone: 'UTC' })
    assert.deepEqual(late.nextRuns(3, new Date('2026-01-08T00:00:00Z')), [])
  })

  test('What fired before the start is followed by the start.', () => {
    const trigger = new CalendarIntervalTrigger({
      days: 9,
      startDate: '2026-01-05',
      timezone: 'UTC',
    })
    const before = Date.parse('2025-12-31T00:00:00Z')
    assert.equal(trigger.nextFireMs(before, before), Date.parse('2026-01-05T00:00:00Z'))
  })

  test('It ends with the year 9999.', () => {
    const options = { months: 7, startDate: '9999-03-01', timezone: 'UTC' }
    assert.equal(runs(options, 9, '2026-01-01T00:00:00Z').length, 2)
    assert.deepEqual(runs({ days: 1, timezone: 'UTC' }, 2, '+010000-01-05T00:00:00Z'), [])
  })

  test('Asked from any time on, it finds the same dates as when it walks there from its start.', () => {
    const startDate = '2026-01-31'
    const span = fc.integer({ min: 0, max: 14 })
    fc.assert(
      fc.property(
        span,
        span,
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: -5, max: 4000 }),
        (years, months, weeks, days, later) => {
          fc.pre(years + months + weeks + days > 0)
          const trigger = new CalendarIntervalTrigger({
            years,
            months,
            weeks,
            days,
            hour: 2,
            minute: 30,
            startDate,
            timezone: 'Europe/Berlin',
          })
          const now = Date.parse('2026-01-31T01:30:00Z') + later * 86_400_000
          let walked = trigger.nextFireMs(null, Date.parse('2020-01-01'))
          while (walked !== null && walked < now) walked = trigger.nextFireMs(walked, walked)
          assert.equal(trigger.nextFireMs(null, now), walked)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('What is malformed or never fires is refused, and the field is named.', () => {
    for (const [options, field, code = 'TRIGGER_INVALID'] of [
      [{}, 'days'],
      [{ months: 0, days: 0 }, 'days'],
      [{ months: 1.5 }, 'months'],
      [{ days: -1 }, 'days'],
      [{ years: 1e9 }, 'years'],
      [{ days: 1, hour: 24 }, 'hour'],
      [{ days: 1, minute: 60 }, 'minute'],
      [{ days: 1, second: '0' }, 'second'],
      [{ days: 1, hours: 5 }, 'hours'],
      [{ days: 1, startDate: '2024-02-30' }, 'startDate'],
      [{ days: 1, startDate: '2024-02-01 10:00:00' }, 'startDate'],
      [{ days: 1, startDate: new Date(8e15) }, 'startDate'],
      [{ days: 1, endDate: 'never' }, 'endDate'],
      [
        { days: 1, startDate: '2024-02-01', endDate: '2024-01-31' },
        'endDate',
        'TRIGGER_NEVER_FIRES',
      ],
      [undefined, 'options'],
    ] as const) {
      assert.throws(
        () => Reflect.construct(CalendarIntervalTrigger, [options]),
        (error) =>
          error instanceof TriggerError && error.code === code && error.details['field'] === field,
        JSON.stringify(options),
      )
    }
  })

  test('It prints and explains itself.', () => {
    for (const [options, printed, explained] of [
      [
        { months: 1, hour: 9, minute: 30, startDate: '2026-01-31', timezone: 'Europe/Berlin' },
        'calendarinterval[1 month at 09:30:00]',
        'Every month at 09:30:00, from 2026-01-31, Europe/Berlin.',
      ],
      [
        { years: 1, weeks: 2, days: 3, endDate: '2030-01-01', timezone: 'UTC', jitter: 90 },
        'calendarinterval[1 year, 2 weeks and 3 days at 00:00:00]',
        'Every 1 year, 2 weeks and 3 days at 00:00:00, until 2030-01-01, UTC. Each begins at random up to 1 minute and 30 seconds later.',
      ],
    ] as const) {
      const trigger = new CalendarIntervalTrigger(options)
      assert.equal(String(trigger), printed)
      assert.equal(trigger.explain(), explained)
    }
  })
})
