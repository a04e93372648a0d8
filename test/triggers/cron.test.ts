import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  CronTrigger,
  TriggerError,
  type CronTriggerOptions,
  type TriggerJson,
} from '../../src/index.ts'
import { TimeZone } from '../../src/triggers/time-zone.ts'
import { nextOnce } from '../../src/triggers/wall-walk.ts'

const berlin = 'Europe/Berlin'

/** The next times from an instant on, in UTC to the minute, or to the second where that is not zero. */
function runs(options: CronTriggerOptions, from: string, count: number): string[] {
  const trigger = new CronTrigger({ timezone: 'UTC', ...options })
  return trigger.nextRuns(count, new Date(from)).map((date) => {
    const text = date.toISOString().slice(0, 19)
    return text.endsWith(':00') ? text.slice(0, 16) : text
  })
}

/** Fails unless making a trigger is refused with a code, for a field, in words that match. */
function assertRefused(
  make: () => unknown,
  { code = 'TRIGGER_INVALID', field, message }: { code?: string; field: string; message: RegExp },
): void {
  assert.throws(make, (error) => {
    assert.ok(error instanceof TriggerError, String(error))
    assert.deepEqual([error.code, error.details['field']], [code, field], error.message)
    assert.match(error.message, message)
    return true
  })
}

describe('A cron trigger', () => {
  test('Fields above the least significant one are *, those below are their minimum.', () => {
    assert.deepEqual(runs({ day: 1, minute: 20 }, '2026-01-31T00:00:00Z', 3), [
      '2026-02-01T00:20',
      '2026-02-01T01:20',
      '2026-02-01T02:20',
    ])
    assert.deepEqual(runs({ month: 6 }, '2026-01-01T00:00:00Z', 2), [
      '2026-06-01T00:00',
      '2027-06-01T00:00',
    ])
    assert.deepEqual(runs({ year: 2030 }, '2026-01-01T00:00:00Z', 2), ['2030-01-01T00:00'])
  })

  test('Week and day of week are * also below the least significant field.', () => {
    assert.deepEqual(runs({ week: 53 }, '2026-12-27T12:00:00Z', 8).slice(0, 2), [
      '2026-12-28T00:00',
      '2026-12-29T00:00',
    ])
    assert.deepEqual(runs({ day: '1st mon' }, '2026-01-01T00:00:00Z', 2), [
      '2026-01-05T00:00',
      '2026-02-02T00:00',
    ])
  })

  test('Without any field it fires every second.', () => {
    assert.deepEqual(runs({}, '2026-01-01T00:00:00.001Z', 2), [
      '2026-01-01T00:00:01',
      '2026-01-01T00:00:02',
    ])
  })

  test('Day and day of week must both match, and 0 is Monday.', () => {
    assert.deepEqual(runs({ day: 13, dayOfWeek: 'fri' }, '2026-01-01T00:00:00Z', 3), [
      '2026-02-13T00:00',
      '2026-03-13T00:00',
      '2026-11-13T00:00',
    ])
    assert.deepEqual(runs({ dayOfWeek: 0 }, '2026-01-01T00:00:00Z', 1), ['2026-01-05T00:00'])
  })

  for (const [options, expected] of [
    [{ hour: '*/8' }, '2026-01-01T00:00 2026-01-01T08:00 2026-01-01T16:00 2026-01-02T00:00'],
    [{ minute: '50/5' }, '2026-01-01T00:50 2026-01-01T00:55 2026-01-01T01:50 2026-01-01T01:55'],
    [{ minute: '10-20/5' }, '2026-01-01T00:10 2026-01-01T00:15 2026-01-01T00:20 2026-01-01T01:10'],
    [{ hour: '5 , 3,3' }, '2026-01-01T03:00 2026-01-01T05:00 2026-01-02T03:00 2026-01-02T05:00'],
    [
      { month: 'JAN-apr/3', day: 5 },
      '2026-01-05T00:00 2026-04-05T00:00 2027-01-05T00:00 2027-04-05T00:00',
    ],
    [
      { dayOfWeek: 'mon-fri/2' },
      '2026-01-02T00:00 2026-01-05T00:00 2026-01-07T00:00 2026-01-09T00:00',
    ],
    [{ day: 'last' }, '2026-01-31T00:00 2026-02-28T00:00 2026-03-31T00:00 2026-04-30T00:00'],
    [
      { day: 'Last  Fri, 2nd tue' },
      '2026-01-13T00:00 2026-01-30T00:00 2026-02-10T00:00 2026-02-27T00:00',
    ],
    [{ day: '5th sat' }, '2026-01-31T00:00 2026-05-30T00:00 2026-08-29T00:00 2026-10-31T00:00'],
    [{ day: 31 }, '2026-01-31T00:00 2026-03-31T00:00 2026-05-31T00:00 2026-07-31T00:00'],
    [
      { year: '2028-2040/4', month: 2, day: 29 },
      '2028-02-29T00:00 2032-02-29T00:00 2036-02-29T00:00 2040-02-29T00:00',
    ],
    [
      { week: 1, dayOfWeek: 'mon' },
      '2027-01-04T00:00 2028-01-03T00:00 2029-01-01T00:00 2029-12-31T00:00',
    ],
    [
      { second: '0-0/5', minute: '007' },
      '2026-01-01T00:07 2026-01-01T01:07 2026-01-01T02:07 2026-01-01T03:07',
    ],
  ] as const) {
    test(`${JSON.stringify(options)} fires as it says.`, () => {
      assert.deepEqual(runs(options, '2026-01-01T00:00:00Z', 4), expected.split(' '))
    })
  }

  for (const [options, field, message] of [
    [{ minute: 99 }, 'minute', /from 0 to 59, got '99'/],
    [{ minute: 1.5 }, 'minute', /list of .* from 0 to 59, got '1\.5'/],
    [{ minute: '' }, 'minute', /got ''/],
    [{ minute: '1,' }, 'minute', /got ''/],
    [{ hour: -1 }, 'hour', /got '-1'/],
    [{ hour: '5-3' }, 'hour', /upwards, got '5-3': write it as two/],
    [{ hour: '*/0' }, 'hour', /step in '\*\/0' of hour to be from 1 to 23/],
    [{ hour: '*/24' }, 'hour', /from 1 to 23/],
    [{ hour: '10-12/3' }, 'hour', /from 1 to 2/],
    [{ hour: {} }, 'hour', /a number or a text, got an object/],
    [{ hour: 'last' }, 'hour', /got 'last'/],
    [{ day: 'lastly' }, 'day', /'last', '2nd fri', 'last fri'.*got 'lastly'/],
    [{ day: '2nd friday' }, 'day', /got '2nd friday'/],
    [{ day: 'first mon' }, 'day', /got 'first mon'/],
    [{ day: '15W' }, 'day', /got '15w'/],
    [{ month: 'janu' }, 'month', /names such as 'jan', got 'janu'/],
    [{ dayOfWeek: 7 }, 'dayOfWeek', /from 0 to 6/],
    [{ dayOfWeek: 'sat-mon' }, 'dayOfWeek', /upwards/],
    [{ week: 54 }, 'week', /from 1 to 53/],
    [{ year: 10_000 }, 'year', /from 1970 to 9999/],
    [{ minute: `${'1,'.repeat(1000)}1` }, 'minute', /a string/],
    [{ day_of_week: 1 }, 'day_of_week', /one of year, month, day, week, dayOfWeek/],
    [{ dst: 'exact' }, 'dst', /'once' or 'wallclock', got 'exact'/],
    [{ timezone: 'Europe/Berlim' }, 'timezone', /Europe\/Berlin/],
    [{ jitter: -1 }, 'jitter', /zero/],
    [{ startDate: 'soon' }, 'startDate', /got 'soon'/],
    [{ endDate: new Date(Number.NaN) }, 'endDate', /valid Date/],
    [{ crontab: '* * * * *', hour: 1 }, 'hour', /crontab/],
    [null, 'options', /an object/],
  ] as const) {
    test(`${JSON.stringify(options).slice(0, 40)} is refused, with the field and what was expected.`, () => {
      assertRefused(() => new CronTrigger(options as CronTriggerOptions), { field, message })
    })
  }

  for (const [options, field] of [
    [{ month: 2, day: 30 }, 'day'],
    [{ month: 'apr,jun', day: 31 }, 'day'],
    [{ year: 2025, month: 2, day: 29 }, 'day'],
    [{ month: 11, week: 1 }, 'week'],
    [{ year: 2026, week: 53, dayOfWeek: 'fri', month: 1, day: '5-31' }, 'week'],
    [{ day: '1st mon', dayOfWeek: 'tue' }, 'dayOfWeek'],
    [{ hour: 9, startDate: '2026-01-02', endDate: '2026-01-02 08:59:59' }, 'endDate'],
    [{ year: 2020, startDate: '2026-01-01' }, 'startDate'],
    [
      { year: 2024, month: 3, day: 31, hour: 2, minute: 30, dst: 'wallclock', timezone: berlin },
      'dst',
    ],
  ] as const) {
    test(`${JSON.stringify(options).slice(0, 60)} can never fire, and is refused for it.`, () => {
      assertRefused(() => new CronTrigger(options), {
        code: 'TRIGGER_NEVER_FIRES',
        field,
        message: /cron\[/,
      })
    })
  }

  test('What is over is not refused: a year that has passed, asked about later.', () => {
    const trigger = new CronTrigger({ year: 2020, timezone: 'UTC' })
    assert.equal(trigger.nextFireTime(null, new Date('2026-01-01')), null)
    assert.equal(
      trigger.nextFireTime(null, new Date('2019-01-01'))?.toISOString(),
      '2020-01-01T00:00:00.000Z',
    )
  })

  test('Start and end are included, and a text is a wall time of the zone.', () => {
    const options = {
      hour: 9,
      startDate: '2026-01-02 09:00:00',
      endDate: '2026-01-04T08:00:00Z',
      timezone: berlin,
    }
    assert.deepEqual(runs(options, '2020-01-01T00:00:00Z', 9), [
      '2026-01-02T08:00',
      '2026-01-03T08:00',
      '2026-01-04T08:00',
    ])
  })

  test('The next time comes after the planned one, whatever the present is.', () => {
    const trigger = new CronTrigger({ hour: 9, timezone: 'UTC' })
    const previous = new Date('2026-01-05T09:00:00Z')
    for (const now of ['2026-01-01T00:00:00Z', '2026-01-05T09:00:00Z', '2026-02-01T00:00:00Z']) {
      const next = trigger.nextFireTime(previous, new Date(now))
      assert.equal(next?.toISOString(), '2026-01-06T09:00:00.000Z')
    }
  })

  test('A time that fires at the present is the next one, and milliseconds round up.', () => {
    assert.deepEqual(runs({ hour: 9 }, '2026-01-05T09:00:00Z', 1), ['2026-01-05T09:00'])
    assert.deepEqual(runs({ hour: 9 }, '2026-01-05T09:00:00.001Z', 1), ['2026-01-06T09:00'])
  })

  test('Jitter is no part of the planned times; a job adds it.', () => {
    const trigger = new CronTrigger({ hour: 9, timezone: 'UTC', jitter: 30 })
    assert.equal(trigger.jitterMs, 30_000)
    assert.equal(trigger.nextFireMs(null, Date.UTC(2026, 0, 1)), Date.UTC(2026, 0, 1, 9))
    assert.equal(new CronTrigger({ hour: 9 }).jitterMs, 0)
  })
})

describe('A cron trigger when the clock is changed', () => {
  const spring = '2026-03-28T12:00:00Z'
  const autumn = '2026-10-24T12:00:00Z'

  test('A fixed time that is skipped runs at the first instant after the gap.', () => {
    assert.deepEqual(runs({ hour: 2, minute: 30, timezone: berlin }, spring, 2), [
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
  })

  test('A fixed time that is repeated runs at the first of the two.', () => {
    assert.deepEqual(runs({ hour: 2, minute: 30, timezone: berlin }, autumn, 2), [
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
  })

  test('Several that are skipped are one run, and so is one that is due just then.', () => {
    const options = { hour: '2,3', minute: '0,15', timezone: berlin }
    assert.deepEqual(runs(options, spring, 4), [
      '2026-03-29T01:00',
      '2026-03-29T01:15',
      '2026-03-30T00:00',
      '2026-03-30T00:15',
    ])
  })

  test('What repeats keeps its pace through both.', () => {
    const options = { minute: '*/30', timezone: berlin }
    assert.deepEqual(runs(options, '2026-03-29T00:15:00Z', 3), [
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ])
    assert.deepEqual(runs(options, '2026-10-25T00:15:00Z', 4), [
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
    ])
    const hours = { hour: '1-3', minute: 30, timezone: berlin }
    assert.deepEqual(runs(hours, '2026-10-24T22:00:00Z', 4), [
      '2026-10-24T23:30',
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-25T02:30',
    ])
  })

  test('By the literal rule it runs whenever the clock shows it: not at all, or twice.', () => {
    const options = { hour: 2, minute: 30, timezone: berlin, dst: 'wallclock' } as const
    assert.deepEqual(runs(options, spring, 1), ['2026-03-30T00:30'])
    assert.deepEqual(runs(options, autumn, 3), [
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-26T01:30',
    ])
  })

  test('A change of half an hour is no different.', () => {
    const options = { hour: 2, minute: 15, timezone: 'Australia/Lord_Howe' }
    assert.deepEqual(runs(options, '2026-10-03T00:00:00Z', 2), [
      '2026-10-03T15:30',
      '2026-10-04T15:15',
    ])
  })

  test('A date that the zone left out has no run.', () => {
    const options = { hour: 9, timezone: 'Pacific/Apia' }
    assert.deepEqual(runs(options, '2011-12-29T12:00:00Z', 3), [
      '2011-12-29T19:00',
      '2011-12-30T19:00',
      '2011-12-31T19:00',
    ])
  })

  test('A date that a zone left out is passed over at once, however many times it has.', () => {
    let asked = 0
    const everyMillisecond = {
      from(wallMs: number): number {
        asked++
        return wallMs
      },
    }
    const change = Date.parse('2011-12-30T10:00:00Z')
    assert.equal(nextOnce(everyMillisecond, TimeZone.of('Pacific/Apia'), change), change)
    assert.equal(asked, 2)
  })

  test('No run is lost where the search crosses a change.', () => {
    assert.deepEqual(runs({ day: 1, timezone: 'America/New_York' }, '2026-02-15T00:00:00Z', 3), [
      '2026-03-01T05:00',
      '2026-04-01T04:00',
      '2026-05-01T04:00',
    ])
  })
})

describe('A cron trigger as text', () => {
  test('It prints the fields that were given, as APScheduler does.', () => {
    assert.equal(String(new CronTrigger({ month: '*', day: 1 })), "cron[month='*', day='1']")
    assert.equal(
      String(new CronTrigger({ minute: '*/5', dayOfWeek: 'MON-FRI, sun' })),
      "cron[day_of_week='mon-fri,sun', minute='*/5']",
    )
    assert.equal(String(CronTrigger.fromCrontab(' 0  9 * * 1-5')), "cron['0 9 * * 1-5']")
  })

  test('Its JSON has a type and a version, and makes a trigger with the same times, words and text.', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.record(
            {
              month: fc.constantFrom('jan-jun', '*/2', 7),
              day: fc.constantFrom('last', '2nd fri', 15, '1-20'),
              dayOfWeek: fc.constantFrom('*', 'mon-fri', '*/2'),
              hour: fc.constantFrom(0, '*', '2,3', '*/6'),
              second: fc.constantFrom(0, '*/20'),
            },
            { requiredKeys: [] },
          ),
          fc.record({
            crontab: fc.constantFrom('*/5 * * * *', '0 9 13 * FRI', '@daily', '1 2 L * 5#2'),
          }),
        ),
        fc.record(
          {
            timezone: fc.constantFrom(berlin, 'America/St_Johns'),
            startDate: fc.constantFrom('2026-03-01', new Date('2026-05-05T05:05:05Z')),
            endDate: fc.constant('2099-01-01 12:00:00'),
            jitter: fc.constantFrom(5, '250ms'),
            dst: fc.constantFrom('once' as const, 'wallclock' as const),
          },
          { requiredKeys: ['timezone'] },
        ),
        (fields, bounds) => {
          const trigger = new CronTrigger({ ...fields, ...bounds })
          const json = JSON.parse(JSON.stringify(trigger))
          const copy = CronTrigger.fromJSON(json)
          assert.deepEqual([json.type, json.version], ['cron', 1])
          assert.deepEqual(copy.toJSON(), trigger.toJSON())
          assert.equal(String(copy), String(trigger))
          assert.equal(copy.explain(), trigger.explain())
          assert.equal(copy.jitterMs, trigger.jitterMs)
          const from = new Date('2026-01-01')
          assert.deepEqual(copy.nextRuns(20, from), trigger.nextRuns(20, from))
        },
      ),
    )
  })

  test('The local zone is written by its name: a trigger keeps it where it is read.', () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
    assert.equal(new CronTrigger({ hour: 1 }).toJSON()['timezone'], timeZone)
  })

  test('JSON of another type or version is refused.', () => {
    for (const json of [null, undefined, 'cron', 5]) {
      assertRefused(() => CronTrigger.fromJSON(json as unknown as TriggerJson), {
        field: 'trigger',
        message: /what toJSON\(\) of a cron trigger makes/,
      })
    }
    assertRefused(() => CronTrigger.fromJSON({ type: 'date', version: 1 }), {
      field: 'type',
      message: /'cron'/,
    })
    assertRefused(() => CronTrigger.fromJSON({ type: 'cron', version: 2 as 1 }), {
      field: 'version',
      message: /1/,
    })
  })

  for (const [options, words] of [
    [{ hour: 9, dayOfWeek: 'mon-fri' }, 'At 09:00 on Monday to Friday'],
    [{ hour: 9 }, 'At 09:00 every day'],
    [{ hour: '17,9', minute: '30,0' }, 'At 09:00, 09:30, 17:00 and 17:30 every day'],
    [{ hour: 1, second: 5 }, 'At second 5 of every minute from 01:00 to 01:59'],
    [{ minute: '*/5' }, 'Every 5 minutes'],
    [
      { minute: '*/5', hour: '9-17', dayOfWeek: 'mon-fri' },
      'Every 5 minutes from 09:00 to 17:59 on Monday to Friday',
    ],
    [{ second: '*/15' }, 'Every 15 seconds'],
    [{}, 'Every second'],
    [{ second: 30 }, 'At second 30 of every minute'],
    [{ minute: 20 }, 'At minute 20 of every hour'],
    [{ minute: '*/25' }, 'At minutes 0, 25 and 50 of every hour'],
    [{ hour: '*/2' }, 'Every 2 hours'],
    [{ hour: '9-17' }, 'Every hour from 09:00 to 17:00'],
    [{ hour: '*/6', minute: 30 }, 'At minute 30 of every 6th hour'],
    [{ minute: 5, second: '10,20' }, 'At seconds 10 and 20 of minute 5 of every hour'],
    [{ minute: '*/10', second: '*' }, 'Every second of every 10th minute'],
    [{ day: 1, hour: 6, minute: 30 }, 'At 06:30 on day 1 of the month'],
    [{ day: 'last', hour: 18 }, 'At 18:00 on the last day of the month'],
    [
      { day: '2nd fri,last mon', hour: 12 },
      'At 12:00 on the 2nd Friday and the last Monday of the month',
    ],
    [
      { day: 13, dayOfWeek: 'fri', month: 'mar' },
      'At 00:00 on day 13 of the month if that is Friday, in March',
    ],
    [
      { week: '1-10', dayOfWeek: 'mon', hour: 8 },
      'At 08:00 on Monday in weeks 1 to 10 of the year',
    ],
    [{ month: '*/3' }, 'At 00:00 on day 1 of the month in January, April, July and October'],
    [
      { year: '1970-2030/23', day: 1 },
      'At 00:00 on day 1 of the month in every 23rd year from 1970 to 2030',
    ],
    [{ crontab: '0 0 13 * fri' }, 'At 00:00 on day 13 of the month or on Friday'],
    [{ crontab: '0 0 * * sat-sun' }, 'At 00:00 on Saturday to Sunday'],
    [
      { crontab: '30 9 15W * *' },
      'At 09:30 on the day from Monday to Friday nearest to day 15 of the month',
    ],
    [{ crontab: '0 12 LW * *' }, 'At 12:00 on the last day from Monday to Friday of the month'],
    [{ crontab: '0 12 * * 5#2' }, 'At 12:00 on the 2nd Friday of the month'],
    [{ crontab: '@hourly' }, 'Every hour'],
    [{ crontab: '0 0 *,5 * fri' }, 'At 00:00 every day'],
    [{ crontab: '0 0 */1 * fri' }, 'At 00:00 every day'],
    [{ crontab: '0 0 13 * 5,*' }, 'At 00:00 every day'],
    [
      { day: '1,1,2', dayOfWeek: 'mon,0' },
      'At 00:00 on days 1 and 2 of the month if that is Monday',
    ],
  ] as const) {
    test(`${JSON.stringify(options)} is said in plain words.`, () => {
      const trigger = new CronTrigger({ ...options, timezone: berlin })
      assert.equal(trigger.explain(), `${words}, Europe/Berlin.`)
    })
  }

  test('Its words have its bounds and its jitter.', () => {
    const trigger = new CronTrigger({
      hour: 12,
      timezone: berlin,
      startDate: '2026-01-01',
      endDate: '2026-07-01',
      jitter: 30,
    })
    assert.equal(
      trigger.explain(),
      'At 12:00 every day, Europe/Berlin, from 2026-01-01 00:00:00 +01:00, until 2026-07-01 00:00:00 +02:00. Each begins at random up to 30 seconds later.',
    )
  })
})
