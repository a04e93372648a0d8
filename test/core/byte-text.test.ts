import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { areAlike, ExpectedEnds, TextEnds } from '../../src/core/byte-text.ts'

/** Few different bytes, so that much is alike: among them such as have the highest bit. */
const byte = fc.constantFrom(0, 1, 127, 128, 255)
const bytes = (maxLength = 40): fc.Arbitrary<Uint8Array> =>
  fc.array(byte, { maxLength }).map((all) => Uint8Array.from(all))
/** Mostly the same as another text, with a byte changed. */
const pair = fc.tuple(bytes(), fc.nat(40), byte, bytes(9), bytes(9)).map((parts) => {
  const [one, at, other, before, after] = parts
  const changed = one.slice()
  if (at < one.length) changed[at] = other
  return { one, around: Uint8Array.from([...before, ...changed, ...after]), from: before.length }
})

function viewOf(all: Uint8Array): DataView {
  return new DataView(all.buffer, all.byteOffset, all.byteLength)
}

/** How long two are the same, looked at one by one. */
function alike(most: number, same: (index: number) => boolean): number {
  let count = 0
  while (count < most && same(count)) count++
  return count
}

describe('Text as bytes', () => {
  test('As much is found alike at both ends as when each byte is looked at, wherever the text stands.', () => {
    fc.assert(
      fc.property(pair, fc.nat(45), ({ one, around, from }, limit) => {
        const most = Math.min(limit, one.length)
        const end = from + one.length
        const ends = new TextEnds(one, one)
        assert.deepEqual([ends.headSize, ends.tailSize], [one.length, one.length])
        assert.equal(
          ends.headAlike(viewOf(around), from, most),
          alike(most, (index) => around[from + index] === one[index]),
        )
        assert.equal(
          ends.tailAlike(viewOf(around), end, most),
          alike(most, (index) => around[end - 1 - index] === one[one.length - 1 - index]),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('Two places of one text are found alike as when each byte is looked at.', () => {
    fc.assert(
      fc.property(pair, fc.nat(45), ({ one, around, from }, limit) => {
        const length = Math.min(limit, one.length)
        const both = Uint8Array.from([...one, ...around])
        assert.equal(
          areAlike(viewOf(both), 0, one.length + from, length),
          alike(length, (index) => around[from + index] === one[index]) === length,
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('Ends that are not the expected ones are never taken for them, and those of text are found.', () => {
    fc.assert(
      fc.property(pair, fc.nat(40), fc.boolean(), ({ one, around, from }, at, isText) => {
        // No eight characters of text are 0, or no number.
        const shown = (all: Uint8Array): Uint8Array =>
          isText ? all.map((code) => (code % 5) | 64) : all
        const [own, other] = [shown(one), shown(around)]
        const middle = Math.min(at, own.length)
        const expected = new ExpectedEnds(own.subarray(0, middle), own.subarray(middle))
        const same = own.every((code, index) => other[from + index] === code)
        const found = expected.areOf(viewOf(other), from, from + own.length)
        assert.equal(expected.size, own.length)
        assert.ok(isText ? found === same : same || !found)
      }),
      { numRuns: 2000 },
    )
  })

  test('Eight bytes that are 0 as a float are told from those that are -0.', () => {
    const zero = [0, 0, 0, 0, 0, 0, 0, 0]
    const minusZero = [0, 0, 0, 0, 0, 0, 0, 128]
    for (const one of [zero, minusZero]) {
      for (const other of [zero, minusZero]) {
        const both = viewOf(Uint8Array.from([...one, ...other]))
        assert.equal(areAlike(both, 0, 8, 8), one === other)
        const expected = new ExpectedEnds(Uint8Array.from(one), new Uint8Array(0))
        assert.ok(one === other || !expected.areOf(both, 8, 16))
      }
    }
  })
})
