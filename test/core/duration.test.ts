import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { durationMs, releaseTime, timeoutMs } from '../../src/core/duration.ts'
import { DurationError } from '../../src/core/errors.ts'

const hour = 3_600_000
const day = 24 * hour
const lastEpochMs = 8.64e15

/** Fails unless a call throws a `DurationError` whose message matches. */
function assertRefused(call: () => unknown, message: RegExp, value?: unknown): void {
  assert.throws(
    call,
    (error) => {
      assert.ok(error instanceof DurationError, `${String(error)} is no DurationError`)
      assert.equal(error.code, 'DURATION_INVALID')
      assert.match(error.message, message)
      return true
    },
    `accepted ${inspect(value)}`,
  )
}

describe('A duration', () => {
  test('A bare number is seconds, with fractions and of either sign.', () => {
    assert.equal(durationMs(60), 60_000)
    assert.equal(durationMs(0.25), 250)
    assert.equal(durationMs(-1.5), -1500)
    assert.equal(durationMs(0), 0)
    assert.equal(durationMs(999_999_999), 999_999_999_000)
  })

  test('A text has its unit with every figure.', () => {
    for (const [text, ms] of [
      ['250ms', 250],
      ['10s', 10_000],
      ['1.5s', 1500],
      ['2m', 120_000],
      ['2min', 120_000],
      ['2h30m', 2.5 * hour],
      ['2h 30m', 2.5 * hour],
      ['1d', day],
      ['1w', 7 * day],
      ['1w1d1h1m1s1ms', 8 * day + hour + 61_001],
      ['-5m', -300_000],
      ['0s', 0],
      ['5m5ms', 300_005],
      ['5ms5m', 300_005],
    ] as const) {
      assert.equal(durationMs(text), ms, text)
    }
  })

  test('A text may be of ISO 8601, from weeks down to seconds.', () => {
    for (const [text, ms] of [
      ['PT5M', 300_000],
      ['P1D', day],
      ['P2W', 14 * day],
      ['P1DT2H', day + 2 * hour],
      ['PT0.5S', 500],
      ['P1W2DT3H4M5.5S', 9 * day + 3 * hour + 245_500],
      ['-PT10S', -10_000],
    ] as const) {
      assert.equal(durationMs(text), ms, text)
    }
  })

  test('Months and years, which have no fixed length, are refused.', () => {
    for (const text of ['P1M', 'P1Y', 'P1Y2M3D', '1y', '1mo'])
      assertRefused(() => durationMs(text), /PT5M/, text)
  })

  test('An object adds its parts up, and a part that is undefined is left out.', () => {
    assert.equal(durationMs({ minutes: 5 }), 300_000)
    assert.equal(
      durationMs({ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }),
      day + hour + 61_001,
    )
    assert.equal(durationMs({ minutes: 1, seconds: -30 }), 30_000)
    assert.equal(durationMs({ minutes: 1, seconds: undefined }), 60_000)
  })

  test('NaN and infinities are refused.', () => {
    for (const seconds of [Number.NaN, Infinity, -Infinity])
      assertRefused(() => durationMs(seconds), /a finite number of seconds/, seconds)
  })

  test('A number of 1e9 and more is taken for an epoch, and the error says what to pass instead.', () => {
    for (const seconds of [1e9, -1e9, 1_767_225_600, 1_767_225_600_000, Number.MAX_VALUE])
      assertRefused(() => durationMs(seconds), /pass a Date for an absolute time/, seconds)
  })

  test('What is not one of the forms is refused.', () => {
    const sparse: unknown[] = []
    for (const value of [
      '',
      ' ',
      's',
      '10',
      '10 ',
      '1.s',
      '.5s',
      '1,5s',
      '1e3s',
      '+1s',
      '--1s',
      '1s-2s',
      '1 x',
      '10S',
      '1ms2',
      'P',
      'PT',
      'P1DT',
      'P1H',
      'PT1D',
      'pt5m',
      '10s\n',
      '１s',
      null,
      undefined,
      true,
      10n,
      Symbol('10s'),
      () => 10,
      [],
      [10],
      ['10s'],
      sparse,
      new Date(0),
      new Map([['seconds', 1]]),
    ]) {
      assertRefused(() => durationMs(value), /^Expected duration to be .+, got .+\.$/s, value)
    }
  })

  test('A part that is unknown, or no finite number, is refused.', () => {
    for (const parts of [
      {},
      { seconds: undefined },
      { second: 1 },
      { seconds: 1, weeks: 1 },
      { seconds: '1' },
      { seconds: null },
      { seconds: Number.NaN },
      { seconds: Infinity },
      { seconds: 1n },
      // Names that every object inherits are no parts either.
      { constructor: 1 },
      { toString: 1 },
      JSON.parse('{ "__proto__": 1 }') as unknown,
    ]) {
      assertRefused(() => durationMs(parts), /^Expected duration/, parts)
    }
  })

  test('What is longer than a Date can hold is refused, also when parts beyond all bounds cancel out.', () => {
    for (const value of [
      '100000001d',
      '99999999999999999999w',
      { days: 1e9 },
      { days: Number.MAX_VALUE },
      { days: Number.MAX_VALUE, hours: -Number.MAX_VALUE },
    ]) {
      assertRefused(() => durationMs(value), /a duration that a Date can hold/, value)
    }
    assert.equal(durationMs('100000000d'), lastEpochMs)
  })

  test('The error names what the duration is for.', () => {
    assertRefused(() => durationMs('soon', 'grace'), /^Expected grace to be .+'soon'/)
    assertRefused(() => durationMs({ seconds: 'x' }, 'grace'), /^Expected grace\.seconds/)
  })

  test('Any text gives a finite number or a DurationError.', () => {
    const pieces = fc.constantFrom(
      ...'0 1 59 . - ms s m min h d w P T W D H M S e １ ٣'.split(' '),
      ' ',
      '\n',
    )
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 80 }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        assertFiniteOrRefused(text)
        return true
      }),
      { numRuns: 5000 },
    )
  })

  test('No text, however long, takes long to read.', () => {
    for (const unit of ['1', '1s', '1m', 'ms', '0.0', ' ', '-', 'PT1', '1D', '1h 1', 's1']) {
      for (const tail of ['', 's', '!', ' ']) assertFiniteOrRefused(unit.repeat(200_000) + tail)
      for (const tail of ['', 's', '!']) assertFiniteOrRefused(`P${unit.repeat(20)}${tail}`)
      assertFiniteOrRefused(unit.repeat(64).slice(0, 64))
    }
  })

  test('Any value at all gives a finite number or a DurationError.', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
        assertFiniteOrRefused(value)
      }),
      { numRuns: 2000 },
    )
  })

  test('A text means the sum of its parts, in any order.', () => {
    const units = [
      ['ms', 1],
      ['s', 1000],
      ['m', 60_000],
      ['h', hour],
      ['d', day],
    ] as const
    const part = fc.tuple(fc.nat(999), fc.constantFrom(...units))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const text = parts.map(([amount, [unit]]) => `${amount}${unit}`).join('')
        const sum = parts.reduce((ms, [amount, [, unitMs]]) => ms + amount * unitMs, 0)
        assert.equal(durationMs(text), sum)
        assert.equal(durationMs(`-${text}`), -sum)
      }),
    )
  })
})

describe('A time-out', () => {
  test('Nothing is no limit.', () => {
    assert.equal(timeoutMs(undefined), Infinity)
    assert.equal(timeoutMs(null), Infinity)
  })

  test('It is a duration of zero or more.', () => {
    assert.equal(timeoutMs(0), 0)
    assert.equal(timeoutMs('10s'), 10_000)
    assertRefused(() => timeoutMs(-1), /^Expected timeout to be zero or more, got -1/)
    assertRefused(() => timeoutMs('-1ms'), /zero or more/)
    assertRefused(() => timeoutMs(Infinity), /a finite number of seconds/)
  })
})

describe('A release time', () => {
  test('Nothing and zero mean as soon as possible.', () => {
    for (const value of [undefined, null, 0, -0, '0s', '-0s', 'PT0S', { seconds: 0 }])
      assert.equal(releaseTime(value), null)
  })

  test('A duration is from now, also one that is past.', () => {
    assert.deepEqual(releaseTime(60), { inMs: 60_000 })
    assert.deepEqual(releaseTime('-1s'), { inMs: -1000 })
    assert.deepEqual(releaseTime({ milliseconds: 0.5 }), { inMs: 0.5 })
  })

  test('A Date is an absolute time, the epoch and the last that it can hold included.', () => {
    for (const epochMs of [0, 1, -1, Date.UTC(2026, 0, 1), lastEpochMs, -lastEpochMs])
      assert.deepEqual(releaseTime(new Date(epochMs)), { epochMs })
  })

  test('Whatever has epochMilliseconds is an absolute time.', () => {
    assert.deepEqual(releaseTime({ epochMilliseconds: 5 }), { epochMs: 5 })
    class Instant {
      get epochMilliseconds(): number {
        return 7
      }
    }
    assert.deepEqual(releaseTime(new Instant()), { epochMs: 7 })
  })

  test('An invalid Date and an epoch that no Date holds are refused.', () => {
    for (const value of [
      new Date(Number.NaN),
      { epochMilliseconds: Number.NaN },
      { epochMilliseconds: lastEpochMs + 1 },
      { epochMilliseconds: Infinity },
      { epochMilliseconds: '5' },
      { epochMilliseconds: 5n },
      { epochMilliseconds: undefined },
    ]) {
      assertRefused(() => releaseTime(value), /^Expected schedTime to be a valid Date/, value)
    }
  })

  test('Anything else is refused in the name of schedTime.', () => {
    for (const value of [true, 'tomorrow', Number.NaN, 1e9, [], {}, Symbol('x'), 1n])
      assertRefused(() => releaseTime(value), /^Expected schedTime/, value)
  })
})

function assertFiniteOrRefused(value: unknown): void {
  let ms: number
  try {
    ms = durationMs(value)
  } catch (error) {
    assert.ok(error instanceof DurationError)
    // One line, whatever came, and short enough to be read.
    assert.ok(error.message.length < 250 && !/[\n\r]/.test(error.message), error.message)
    return
  }
  assert.ok(Number.isFinite(ms))
}
