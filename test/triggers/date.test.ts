import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { DateTrigger, TriggerError, type DateTriggerOptions } from '../../src/index.ts'

const now = Date.UTC(2026, 0, 5, 12)

/** The one time of a trigger, as text. */
function fires(
  runDate: ConstructorParameters<typeof DateTrigger>[0],
  options?: DateTriggerOptions,
): string {
  const at = new DateTrigger(runDate, options).nextFireMs(null, now)
  assert.ok(at !== null)
  return new Date(at).toISOString()
}

describe('A date trigger', () => {
  test('It fires once, at its date.', () => {
    const trigger = new DateTrigger(new Date('2026-02-01T09:00:00Z'))
    const at = new Date('2026-02-01T09:00:00Z')
    assert.deepEqual(trigger.nextFireTime(null, new Date(now)), at)
    assert.equal(trigger.nextFireTime(at, new Date(now)), null)
  })

  test('A date that has passed is still the answer, as in APScheduler 3.0.', () => {
    assert.equal(fires(new Date('2020-01-01T00:00:00Z')), '2020-01-01T00:00:00.000Z')
  })

  test('Its next runs are those from an instant on, so a date that has passed is none of them.', () => {
    const trigger = new DateTrigger(new Date('2026-02-01T09:00:00Z'))
    assert.deepEqual(trigger.nextRuns(5, new Date('2026-02-01T09:00:00Z')), [
      new Date('2026-02-01T09:00:00Z'),
    ])
    assert.deepEqual(trigger.nextRuns(5, new Date('2026-02-01T09:00:00.001Z')), [])
  })

  test('A text is the wall time of the zone, unless it has an offset.', () => {
    for (const [text, timezone, iso] of [
      ['2026-01-05 09:00:00', 'Europe/Berlin', '2026-01-05T08:00:00.000Z'],
      ['2026-7-5T9:00:00', 'Europe/Berlin', '2026-07-05T07:00:00.000Z'],
      ['2026-01-05', 'Asia/Kathmandu', '2026-01-04T18:15:00.000Z'],
      ['2026-01-05 09:00:00.5', 'UTC', '2026-01-05T09:00:00.500Z'],
      ['2026-01-05 09:00:00.123999', 'UTC', '2026-01-05T09:00:00.123Z'],
      ['2026-01-05T09:00:00Z', 'Asia/Tokyo', '2026-01-05T09:00:00.000Z'],
      ['2026-01-05T09:00:00-03:30', 'Asia/Tokyo', '2026-01-05T12:30:00.000Z'],
      ['0050-03-01 00:00:00', 'UTC', '0050-03-01T00:00:00.000Z'],
    ] as const) {
      assert.equal(fires(text, { timezone }), iso, text)
    }
  })

  test('Of a wall time that comes twice the first is meant; one that is skipped is as much later as the gap is long.', () => {
    const timezone = 'America/New_York'
    assert.equal(fires('2026-11-01 01:30:00', { timezone }), '2026-11-01T05:30:00.000Z')
    assert.equal(fires('2026-03-08 02:30:00', { timezone }), '2026-03-08T07:30:00.000Z')
  })

  test('Anything with epochMilliseconds is a date, as an instant of Temporal is.', () => {
    assert.equal(fires({ epochMilliseconds: now }), '2026-01-05T12:00:00.000Z')
  })

  test('A duration counts from when the trigger is anchored.', () => {
    for (const duration of [90, '90s', '1m30s', 'PT90S', { minutes: 1, seconds: 30 }]) {
      const trigger = new DateTrigger(duration)
      assert.equal(trigger.anchored(now).nextFireMs(null, now + 5000), now + 90_000)
      assert.equal(
        trigger
          .anchored(now)
          .anchored(now + 1)
          .nextFireMs(null, now),
        now + 90_000,
      )
    }
  })

  test('Once it fired it does not fire again, whenever that was.', () => {
    const at = Date.parse('2026-02-01T09:00:00Z')
    for (const trigger of [new DateTrigger(new Date(at)), new DateTrigger(90)]) {
      for (const previous of [now, at - 1, at, at + 1]) {
        assert.equal(trigger.nextFireMs(previous, now), null)
      }
    }
  })

  test('A duration that was never anchored counts from the question.', () => {
    assert.equal(new DateTrigger(90).nextFireMs(null, now), now + 90_000)
    assert.deepEqual(new DateTrigger(0).nextRuns(3, new Date(now)), [new Date(now)])
  })

  test('What is neither a date nor a duration is refused, and the field is named.', () => {
    for (const value of [
      'now',
      '',
      '2024',
      '10:00:00',
      '2023-02-29',
      '2024-13-01',
      '2024-01-01T10',
      '2024-01-01 10:00:00+24:00',
      '2024-01-01 10:00:00.1234567',
      '+010000-99-01T00:00:00.000Z',
      '+010000-junk',
      '+010000-01-01T09:00:00',
      1_767_225_600_000,
      Number.NaN,
      new Date(Number.NaN),
      { epochMilliseconds: Infinity },
      { epochMilliseconds: 'now' },
      { weeks: 1 },
      null,
      undefined,
      [],
    ]) {
      assert.throws(
        () => Reflect.construct(DateTrigger, [value]),
        (error) =>
          error instanceof TriggerError &&
          error.code === 'TRIGGER_INVALID' &&
          error.details['field'] === 'runDate',
        inspect(value),
      )
    }
  })

  test('An unknown option or zone is refused.', () => {
    assert.throws(() => Reflect.construct(DateTrigger, ['2026-01-05', { timeZone: 'UTC' }]), {
      code: 'TRIGGER_INVALID',
      message: /Expected timeZone to be one of timezone, got 'timeZone'\./,
    })
    assert.throws(() => new DateTrigger('2026-01-05', { timezone: 'Mars/Olympus' }), TriggerError)
  })

  test('It prints as APScheduler does, with the offset where that has an abbreviation.', () => {
    const at = new Date('2026-01-01T00:00:00Z')
    for (const [timezone, text] of [
      ['UTC', 'date[2026-01-01 00:00:00 UTC]'],
      ['Europe/Berlin', 'date[2026-01-01 01:00:00 +01:00]'],
      ['America/St_Johns', 'date[2025-12-31 20:30:00 -03:30]'],
    ] as const) {
      assert.equal(String(new DateTrigger(at, { timezone })), text)
    }
    assert.equal(String(new DateTrigger('2h30m')), 'date[2 hours and 30 minutes after it is added]')
  })

  test('It explains itself.', () => {
    const explained = (runDate: string | number): string =>
      new DateTrigger(runDate, { timezone: 'Europe/Berlin' }).explain()
    assert.equal(explained('2026-07-01 09:00:00'), 'Once, at 2026-07-01 09:00:00 +02:00.')
    assert.equal(explained(90), 'Once, 1 minute and 30 seconds after it is added.')
    assert.equal(explained(-1), 'Once, 1 second before it is added.')
    assert.equal(explained(0), 'Once, as soon as it is added.')
  })
})
