import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import { Scratch } from '../../src/core/scratch.ts'
import type { AnyContext } from '../../src/core/task-scheduler.ts'
import { CargoText } from '../../src/thread/cargo-text.ts'
import { packContext } from '../../src/thread/cargo.ts'

const clock = { now: () => 5, wall: () => Date.UTC(2026, 0, 1) }

/** What a context's cargo is after it was bytes, and what it was before. */
function thereAndBack(context: AnyContext): {
  readonly actual: unknown
  readonly expected: unknown
} {
  // As it comes from another thread.
  const { record } = structuredClone(packContext(context, clock))
  const codec = new CargoText()
  const scratch = new Scratch()
  const size = codec.encode(record.cargo, scratch)
  const actual = codec.decode(scratch.bytes, size)
  // Nothing of it is the scratch's own.
  scratch.bytes.fill(255)
  return { actual, expected: record.cargo }
}

describe('Cargo as bytes', () => {
  test('Every subject, time and attribute comes back as it was.', () => {
    const subjects = [
      undefined,
      null,
      '',
      'x',
      '\ud800',
      'string:x',
      0,
      -0,
      Number.NaN,
      0.1,
      -Infinity,
      10n ** 30n,
      true,
      false,
      { an: 'object' },
      new Map([[1, { two: 3n }]]),
    ]
    const times = [
      undefined,
      null,
      0,
      -0,
      1,
      65_535,
      65_536,
      1.5,
      -3,
      '10s',
      { minutes: 5 },
      new Date(0),
      new Date(1.7e12),
    ]
    const attributes = [
      {},
      { a: 'é' },
      { a: '\u{1f600}' },
      { a: new Date(1) },
      { a: 'x'.repeat(5000) },
    ]
    for (const subject of subjects) {
      for (const time of times) {
        for (const own of attributes) {
          for (const options of [{}, { subjectKey: 'key' }]) {
            const context = new ScheduledTaskContext('a', subject, time, own, options)
            const { actual, expected } = thereAndBack(context)
            assert.deepEqual(actual, expected)
          }
        }
      }
    }
  })

  test('Errors travel with it.', () => {
    const context = new ScheduledTaskContext('a', 'x', 1, { a: 1 })
    context.setLastError(new RangeError('one'))
    context.setLastError(new RangeError('one'))
    const { actual, expected } = thereAndBack(context)
    assert.deepEqual(actual, expected)
  })

  test('Whatever the attributes and the time, they come back as they were.', () => {
    const time = fc.oneof(fc.double({ min: -1e8, max: 1e8, noNaN: true }), fc.nat(70_000))
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), time, (attributes, at) => {
        const { actual, expected } = thereAndBack(
          new ScheduledTaskContext('a', 'x', at, attributes),
        )
        assert.deepEqual(actual, expected)
      }),
    )
  })
})
