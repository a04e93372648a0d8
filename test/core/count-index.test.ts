import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BlockStore } from '../../src/core/block-store.ts'
import { CountIndex } from '../../src/core/count-index.ts'

describe('An index of counts', () => {
  test('A hundred thousand counts of two origins are found, and leave nothing behind.', () => {
    const store = new BlockStore()
    const index = new CountIndex(store)
    const count = 100_000
    for (let next = 1; next <= count; next++) {
      index.add(0, next, next)
      index.add(1, next, 2 * next)
    }
    assert.equal(index.size, 2 * count)
    // Sixteen counts take sixteen words, and thirty-two such leaves thirty-three more.
    assert.ok(store.bytes < 2 * count * 4.3 * 1.1 + 2 ** 20)
    for (let next = 1; next <= count; next += 7) {
      assert.equal(index.get(0, next), next)
      assert.equal(index.get(1, next), 2 * next)
      assert.equal(index.get(2, next), 0)
    }
    for (let step = 0; step < count; step++) {
      index.remove(0, ((step * 7919) % count) + 1)
      index.remove(1, count - step)
    }
    assert.equal(index.size, 0)
    assert.ok(store.bytes <= 2 * 2 ** 20)
    assert.throws(() => index.remove(0, 1), RangeError)
  })

  test('Whatever is added and removed, it is as a map.', () => {
    const counts = fc.oneof(fc.nat(40), fc.integer({ min: 0xffffff00, max: 0xffffffff }))
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: counts, origin: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(1000) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const index = new CountIndex(new BlockStore())
        const map = new Map<string, { origin: number; count: number; block: number }>()
        let block = 0
        for (const next of steps) {
          if ('add' in next) {
            const { add: count, origin } = next
            const key = `${origin} ${count}`
            assert.equal(index.get(origin, count), map.get(key)?.block ?? 0)
            if (map.has(key)) continue
            map.set(key, { origin, count, block: ++block })
            index.add(origin, count, block)
          } else {
            const gone = [...map][next.remove % (map.size + 1)]
            if (!gone) continue
            index.remove(gone[1].origin, gone[1].count)
            map.delete(gone[0])
          }
          assert.equal(index.size, map.size)
        }
        for (const { origin, count, block: own } of map.values()) {
          assert.equal(index.get(origin, count), own)
        }
      }),
    )
  })
})
