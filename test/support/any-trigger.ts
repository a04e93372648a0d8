import fc from 'fast-check'
import type { TriggerForm } from '../../src/index.ts'

/** Zones whose clocks do unusual things: half hours, a lost day, two changes around one month, none at all. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Pacific/Apia',
  'America/Sao_Paulo',
]

const timezone = fc.constantFrom(...zones)
/** Between 1990 and 2040. */
const instant = fc
  .integer({ min: 631_152_000, max: 2_208_988_800 })
  .map((seconds) => new Date(seconds * 1000))
const dateText = instant.map((date) => date.toISOString().slice(0, 19).replace('T', ' '))
const dateOnly = instant.map((date) => date.toISOString().slice(0, 10))
const jitter = fc.integer({ min: 0, max: 600 })

function small(most: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: most })
}

const date = fc.record(
  { date: fc.oneof(dateText, fc.integer({ min: 0, max: 1e8 }), instant), timezone },
  { requiredKeys: ['date', 'timezone'] },
)

const interval = fc.record({
  interval: fc.record(
    {
      weeks: small(3),
      days: small(40),
      hours: small(40),
      minutes: small(90),
      seconds: small(4000).map((milliseconds) => milliseconds / 1000),
      startDate: fc.oneof(dateText, instant),
      endDate: dateText,
      timezone,
      jitter,
    },
    { requiredKeys: ['timezone'] },
  ),
})

const calendarInterval = fc.record({
  calendarInterval: fc
    .record(
      {
        years: small(3),
        months: small(14),
        weeks: small(5),
        days: small(40),
        hour: small(23),
        minute: small(59),
        second: small(59),
        startDate: dateOnly,
        endDate: dateOnly,
        timezone,
        jitter,
      },
      { requiredKeys: ['timezone'] },
    )
    // What has no step, or ends before it begins, is refused.
    .map(({ startDate = '1990-01-01', endDate, ...options }) => ({
      ...options,
      days: options.days || 1,
      startDate,
      ...(endDate === undefined || endDate < startDate ? {} : { endDate }),
    })),
})

const bounds = { timezone, jitter, dst: fc.constantFrom('once' as const, 'wallclock' as const) }

const month = fc.constantFrom('*', '*/5', 'jan-jun', 'oct,3', 2)
const time = {
  hour: fc.constantFrom('*', '*/3', 2, '0-3', '1,2,3'),
  minute: fc.constantFrom('*', '*/7', 30, '15,45'),
  second: fc.constantFrom('*', '*/20', 0, 59),
  ...bounds,
}

function cronOf<T>(days: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<{ cron: object }> {
  const fields: { [name: string]: fc.Arbitrary<unknown> } = { ...days, ...time }
  return fc.record({ cron: fc.record(fields, { requiredKeys: ['timezone'] }) })
}

/** Only one field for the day at a time: two of them may have no day in common, and are refused then. */
const cron = fc.oneof(
  cronOf({ month, day: fc.constantFrom('*', 'last', '2nd fri', '1-7', 28) }),
  cronOf({ month, dayOfWeek: fc.constantFrom('*', 'mon-fri', 'sun', 0) }),
  cronOf({ week: fc.constantFrom('*', '*/2', '10-20') }),
)

const crontab = fc.record(
  {
    cron: fc.constantFrom('*/5 * * * *', '30 2 * * *', '0 9-17 13 * 5', '@daily', '0 0 L * ?'),
    ...bounds,
  },
  { requiredKeys: ['cron', 'timezone'] },
)

const single = fc.oneof(date, interval, calendarInterval, cron, crontab)
const singles = fc.array(single, { minLength: 1, maxLength: 3 })
const nested = fc.oneof(single, fc.record({ or: singles }), fc.record({ and: singles }))
const several = fc.array(nested, { minLength: 1, maxLength: 3 })

/** A trigger of any kind, as its options, which are never refused. */
export const anyTriggerForm: fc.Arbitrary<TriggerForm> = fc.oneof(
  { weight: 10, arbitrary: single },
  { weight: 1, arbitrary: fc.record({ or: several, jitter }, { requiredKeys: ['or'] }) },
  { weight: 1, arbitrary: fc.record({ and: several, jitter }, { requiredKeys: ['and'] }) },
)

/** An instant to ask at, sometimes with a fraction of a millisecond. */
export const anyPresent: fc.Arbitrary<number> = fc.oneof(
  instant.map((at) => at.getTime()),
  fc.double({ min: 6e11, max: 2.3e12, noNaN: true }),
)
