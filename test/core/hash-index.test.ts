import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BlockStore } from '../../src/core/block-store.ts'
import { HashIndex } from '../../src/core/hash-index.ts'

function setUp(rowBits?: number): {
  readonly index: HashIndex
  readonly add: (number: number) => number
  readonly remove: (block: number) => void
  readonly find: (number: number) => number[]
} {
  const store = new BlockStore()
  const owner = store.addOwner('a')
  const index = new HashIndex(store, 1, 2, 2, rowBits)
  return {
    index,
    add: (number) => {
      const block = store.take(owner, 3)
      store.set(block + 1, number)
      index.add(block)
      return block
    },
    remove: (block) => {
      index.remove(block)
      store.free(block)
    },
    find: (number) => {
      const found: number[] = []
      for (let block = index.first(number); block !== 0; block = index.next(block)) {
        if (store.get(block + 1) === number) found.push(block)
      }
      return found.sort((a, b) => a - b)
    },
  }
}

describe('An index by number', () => {
  test('A hundred thousand numbers in a row are found, and forgotten in any order.', () => {
    const { index, add, remove, find } = setUp()
    const count = 100_000
    const blocks = Array.from({ length: count }, (_, number) => add(number))
    assert.equal(index.size, count)
    for (let number = 0; number < count; number += 7)
      assert.deepEqual(find(number), [blocks[number]])
    assert.deepEqual(find(count), [])
    for (let step = 0; step < count; step++) remove(blocks[(step * 7919) % count] ?? 0)
    assert.equal(index.size, 0)
    for (let number = 0; number < count; number += 997) assert.deepEqual(find(number), [])
  })

  test('Chains are short, be the numbers in a row, far apart, or in steps of a power of two.', () => {
    const steps = [1, 3, 8, 64, 1024, 8192, 65_536]
    for (const [apart, rowBits] of steps.flatMap((step) => [
      [step, 3] as const,
      [step, 13] as const,
    ])) {
      const { index, add } = setUp(rowBits)
      const count = 40_000
      for (let number = 0; number < count; number++) add((number * apart) >>> 0)
      let longest = 0
      for (let number = 0; number < count; number++) {
        let length = 0
        for (let block = index.first(number * apart); block !== 0; block = index.next(block)) {
          length++
        }
        longest = Math.max(longest, length)
      }
      assert.ok(longest <= 64, `${longest} in a chain, ${apart} apart`)
    }
  })

  test('Of thousands of numbers in a row each has a head of its own, if rows are so long.', () => {
    const { index, add } = setUp(13)
    const blocks = Array.from({ length: 4096 }, (_, number) => add(81_920 + number))
    for (const [number, block] of blocks.entries()) {
      assert.equal(index.first(81_920 + number), block)
      assert.equal(index.next(block), 0)
    }
  })

  test('Looking at numbers changes nothing, whether they are there or not.', () => {
    const { index, add, find } = setUp()
    const blocks = Array.from({ length: 20_000 }, (_, number) => {
      if (number % 64 === 0) {
        index.look(
          Uint32Array.from({ length: 64 }, (_one, at) => number + at - 32),
          64,
        )
      }
      return add(number)
    })
    index.look(new Uint32Array(0), 0)
    assert.equal(index.size, 20_000)
    for (const [number, block] of blocks.entries()) assert.deepEqual(find(number), [block])
  })

  test('One that is by itself again in its chain is not shown to who looks for another number.', () => {
    const { index, add, remove, find } = setUp()
    const numbers = new Map<number, number>()
    let number = 0
    let block = 0
    // Until two that are unlike have one head.
    for (; block === 0 || index.next(block) === 0; number += 8) {
      block = add(number)
      numbers.set(block, number)
    }
    const earlier = index.next(block)
    remove(earlier)
    assert.equal(index.first(numbers.get(earlier) ?? 0), 0)
    assert.deepEqual(find(numbers.get(block) ?? 0), [block])
  })

  test('Removing what is not there is an error.', () => {
    const { index, add, remove } = setUp()
    const block = add(1)
    add(1)
    remove(block)
    assert.throws(() => index.remove(block), RangeError)
  })

  test('Whatever is added and removed, it is as a map of sets.', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: fc.oneof(fc.nat(20), fc.nat(0xffffffff)) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(1000) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { index, add, remove, find } = setUp()
        const list: { number: number; block: number }[] = []
        for (const next of steps) {
          if ('add' in next) list.push({ number: next.add, block: add(next.add) })
          else {
            const [gone] = list.splice(next.remove % (list.length + 1), 1)
            if (gone) remove(gone.block)
          }
          assert.equal(index.size, list.length)
        }
        for (const { number } of list) {
          const expected = list.filter((one) => one.number === number).map(({ block }) => block)
          assert.deepEqual(
            find(number),
            expected.sort((a, b) => a - b),
          )
        }
      }),
    )
  })
})
