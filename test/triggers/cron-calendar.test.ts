import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SchedulerError, TriggerError } from '../../src/core/errors.ts'
import { CronCalendar } from '../../src/triggers/cron-calendar.ts'
import { cronFieldNames, fieldRanges } from '../../src/triggers/cron-field.ts'
import { readCron } from '../../src/triggers/cron-plan.ts'
import { dateOf, dayNumber, isoWeek, monthLength, weekdayOf } from '../../src/triggers/wall-date.ts'

const dayMs = 86_400_000
/** Four searches for the field to blame pass over each year once, and there are 21 kinds of years to look into. */
const mostLooks = 10_000

describe('The arithmetic of dates', () => {
  test('It numbers days as Date does, from 1970 to 9999, and back.', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / dayMs }), (number) => {
        const date = new Date(number * dayMs)
        const expected = {
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        }
        assert.deepEqual(dateOf(number), expected)
        assert.equal(dayNumber(expected.year, expected.month, expected.day), number)
        assert.equal(weekdayOf(number), (date.getUTCDay() + 6) % 7)
        const ofMonth = new Date(Date.UTC(expected.year, expected.month, 0)).getUTCDate()
        assert.equal(monthLength(expected.year, expected.month), ofMonth)
      }),
    )
  })

  test('Weeks are those of ISO 8601.', () => {
    for (const [date, week] of [
      ['2024-12-30', 1],
      ['2026-01-01', 1],
      ['2026-12-31', 53],
      ['2027-01-03', 53],
      ['2027-01-04', 1],
      ['2012-01-01', 52],
      ['2010-01-03', 53],
      ['1970-01-01', 1],
    ] as const) {
      assert.equal(isoWeek(Date.parse(date) / dayMs), week, date)
    }
  })
})

describe('The calendar of cron fields', () => {
  test('It finds what a walk over every day finds.', () => {
    const subset = (name: (typeof cronFieldNames)[number], most: number): fc.Arbitrary<number[]> =>
      fc.uniqueArray(fc.integer({ min: fieldRanges[name].min, max: fieldRanges[name].max }), {
        minLength: 1,
        maxLength: most,
      })
    fc.assert(
      fc.property(
        fc.record(
          {
            month: subset('month', 8),
            day: subset('day', 20),
            week: subset('week', 40),
            dayOfWeek: subset('dayOfWeek', 6),
            hour: subset('hour', 3),
            minute: subset('minute', 3),
          },
          { requiredKeys: ['hour', 'minute'] },
        ),
        fc.integer({ min: 0, max: Date.UTC(2100, 0) / 1000 }),
        (fields, second) => {
          const options = Object.fromEntries(
            Object.entries(fields).map(([name, values]) => [name, values.join()]),
          )
          const { plan } = readCron(options)
          const calendar = new CronCalendar(plan.items, plan.either)
          const from = second * 1000
          const until = from + 1500 * dayMs
          const expected = firstMatch(fields, from, until)
          const found = calendar.from(from)
          if (expected === null) assert.ok(found === null || found >= until)
          else assert.equal(found, expected)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('Each of 100,000 random specifications is refused in words, or searched in a bounded number of steps.', () => {
    const next = randomNumbers(20260802)
    let accepted = 0
    for (let count = 0; count < 100_000; count++) {
      const options = randomSpecification(next)
      let calendar: CronCalendar
      try {
        const { plan } = readCron(options)
        calendar = new CronCalendar(plan.items, plan.either)
      } catch (error) {
        assert.ok(error instanceof TriggerError, `${String(error)} for ${JSON.stringify(options)}`)
        assert.equal(error.code, 'TRIGGER_INVALID')
        assert.ok(error instanceof SchedulerError && typeof error.details['field'] === 'string')
        continue
      }
      accepted++
      const field = calendar.impossibleField()
      let wall: number | null = Math.floor(next() * Date.UTC(2100, 0))
      if (field !== null) assert.equal(calendar.from(0), null, JSON.stringify(options))
      for (let times = 0; times < 3 && wall !== null; times++) {
        const looksBefore = calendar.looks
        const found: number | null = calendar.from(wall + 1)
        assert.ok(calendar.looks - looksBefore < mostLooks, JSON.stringify(options))
        assert.ok(found === null || found > wall, JSON.stringify(options))
        wall = found
      }
      assert.ok(calendar.looks < 5 * mostLooks, JSON.stringify(options))
    }
    assert.ok(accepted > 30_000, `${accepted}`)
  })

  test('It ends with the year 9999.', () => {
    const { plan } = readCron({ second: '*' })
    const calendar = new CronCalendar(plan.items)
    const last = Date.UTC(9999, 11, 31, 23, 59, 59)
    assert.equal(calendar.from(last), last)
    assert.equal(calendar.from(last + 1), null)
    assert.equal(calendar.from(last + 400 * 366 * dayMs), null)
  })

  test('It begins with the year 1970.', () => {
    const { plan } = readCron({ hour: 5 })
    assert.equal(new CronCalendar(plan.items).from(-1e15), Date.UTC(1970, 0, 1, 5))
  })

  test('29 February on a Monday is found, however far away.', () => {
    const { plan } = readCron({ month: 2, day: 29, dayOfWeek: 'mon' })
    const calendar = new CronCalendar(plan.items)
    assert.equal(calendar.from(Date.UTC(2024, 2)), Date.UTC(2044, 1, 29))
    assert.equal(calendar.from(Date.UTC(2072, 2)), Date.UTC(2112, 1, 29))
  })
})

/** By looking at every day. */
function firstMatch(
  fields: {
    readonly month?: readonly number[]
    readonly day?: readonly number[]
    readonly week?: readonly number[]
    readonly dayOfWeek?: readonly number[]
    readonly hour: readonly number[]
    readonly minute: readonly number[]
  },
  from: number,
  until: number,
): number | null {
  const times = fields.hour
    .flatMap((hour) => fields.minute.map((minute) => (hour * 60 + minute) * 60_000))
    .toSorted((a, b) => a - b)
  for (let day = Math.floor(from / dayMs) * dayMs; day < until; day += dayMs) {
    const date = new Date(day)
    const isDay =
      (fields.month?.includes(date.getUTCMonth() + 1) ?? true) &&
      (fields.day?.includes(date.getUTCDate()) ?? true) &&
      (fields.week?.includes(weekOf(date)) ?? true) &&
      (fields.dayOfWeek?.includes((date.getUTCDay() + 6) % 7) ?? true)
    const time = isDay ? times.find((one) => day + one >= from) : undefined
    if (time !== undefined) return day + time < until ? day + time : null
  }
  return null
}

/** The week with the Thursday that is nearest. */
function weekOf(date: Date): number {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * dayMs)
  const ordinal = (thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / dayMs
  return 1 + Math.floor(ordinal / 7)
}

type Options = Record<string, string | number>

/** Half of them crontab lines; some with expressions that are none. */
function randomSpecification(next: () => number): Options {
  const crontabFields = ['minute', 'hour', 'day', 'month', 'dayOfWeek'] as const
  if (next() < 0.3) {
    return { crontab: crontabFields.map((name) => randomExpression(name, next)).join(' ') }
  }
  const names = cronFieldNames.filter(() => next() < 0.35)
  return Object.fromEntries(names.map((name) => [name, randomExpression(name, next)]))
}

function randomExpression(name: (typeof cronFieldNames)[number], next: () => number): string {
  const { min, max, names } = fieldRanges[name]
  const any = (): number => min + Math.floor(next() * (max - min + 1.05))
  const weekday = ['mon', 'fri', 'sun', 'foo'][Math.floor(next() * 3.05)] ?? 'mon'
  const forms = [
    () => '*',
    () => `*/${1 + Math.floor((next() * (max - min)) / 2)}`,
    () => String(any()),
    () => String(any()),
    () => [any(), any()].toSorted((a, b) => a - b).join('-'),
    () => `${[any(), any()].toSorted((a, b) => a - b).join('-')}/${1 + Math.floor(next() * 2)}`,
    () => `${any()},${any()}`,
    () => names?.[Math.floor(next() * names.length)] ?? String(any()),
    () => (name === 'day' ? `${next() < 0.5 ? 'last' : '5th'} ${weekday}` : '*'),
    () => (name === 'day' ? (next() < 0.5 ? 'last' : 'L') : name === 'dayOfWeek' ? '5L' : '*'),
    () => (next() < 0.1 ? '1-' : String(any())),
  ]
  return forms[Math.floor(next() * forms.length)]?.() ?? '*'
}

/** The same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
