import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { alikeFrom, TextEnds } from '../../src/core/byte-text.ts'

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

  test('The same of two places in one text.', () => {
    fc.assert(
      fc.property(pair, fc.nat(45), ({ one, around, from }, limit) => {
        const most = Math.min(limit, one.length)
        const both = Uint8Array.from([...one, ...around])
        assert.equal(
          alikeFrom(viewOf(both), 0, one.length + from, most),
          alike(most, (index) => around[from + index] === one[index]),
        )
      }),
      { numRuns: 2000 },
    )
  })
})
