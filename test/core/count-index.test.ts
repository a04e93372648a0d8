import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BlockStore } from '../../src/core/block-store.ts'
import { CountIndex } from '../../src/core/count-index.ts'

describe('An index of counts', () => {
  test('A hundred thousand counts of two origins are found, and leave nothing behind.', () => {
    const store = new BlockStore()
    const index = new CountIndex(store, 8)
    const count = 100_000
    for (let next = 1; next <= count; next++) {
      index.add(0, next, 2 * next)
      index.add(1, next, 8 * next)
    }
    assert.equal(index.size, 2 * count)
    // Of every 32 counts two words, and 32 more of those whose blocks are in no row.
    assert.ok(store.bytes < count * (2 * 0.29 + 4) * 1.1 + 2 ** 20)
    for (let next = 1; next <= count; next += 7) {
      assert.equal(index.get(0, next), 2 * next)
      assert.equal(index.get(1, next), 8 * next)
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

  test('A million counts whose blocks are in rows take a quarter of a byte each.', () => {
    const store = new BlockStore()
    const index = new CountIndex(store, 8)
    for (let next = 1; next <= 1e6; next++) index.add(3, next, 8 * next)
    assert.ok(store.bytes < 2 ** 20 + 0.3e6)
  })

  test('Whatever is added and removed, it is as a map.', () => {
    const counts = fc.oneof(fc.nat(40), fc.integer({ min: 0xffffff00, max: 0xffffffff }))
    const step = fc.oneof(
      // Its block is in the row of that of its count, or somewhere else.
      { weight: 3, arbitrary: fc.record({ add: counts, origin: fc.nat(2), row: fc.nat(4) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(1000) }) },
      { weight: 1, arbitrary: fc.record({ takeAll: fc.array(counts, { maxLength: 64 }) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const index = new CountIndex(new BlockStore(), 8)
        const map = new Map<string, { origin: number; count: number; block: number }>()
        for (const next of steps) {
          if ('add' in next) {
            const { add: count, origin, row } = next
            const key = `${origin} ${count}`
            assert.equal(index.get(origin, count), map.get(key)?.block ?? 0)
            if (map.has(key)) continue
            const block =
              row === 0 ? 6 + 16 * (count & 63) : 8 * (1 + (count & 1023)) + 2 ** 20 * row
            map.set(key, { origin, count, block })
            index.add(origin, count, block)
          } else if ('remove' in next) {
            const gone = [...map][next.remove % (map.size + 1)]
            if (!gone) continue
            index.remove(gone[1].origin, gone[1].count)
            map.delete(gone[0])
          } else {
            const wanted = next.takeAll.map((count, at) => ({ origin: at % 4, count }))
            const taken = new Uint32Array(64)
            const origins = Uint8Array.from(wanted, ({ origin }) => origin)
            index.takeAll(origins, Uint32Array.from(next.takeAll), wanted.length, taken)
            for (const [at, { origin, count }] of wanted.entries()) {
              const key = `${origin} ${count}`
              assert.equal(taken[at], map.get(key)?.block ?? 0)
              map.delete(key)
            }
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
