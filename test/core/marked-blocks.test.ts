import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { pageBits } from '../../src/core/block-sizes.ts'
import { BlockStore } from '../../src/core/block-store.ts'
import { MarkedBlocks, mostOfPage } from '../../src/core/marked-blocks.ts'

const pageOf = (block: number): number => block >>> pageBits

function inOrder(blocks: Iterable<number>): number[] {
  return [...blocks].sort((a, b) => a - b)
}

describe('Marked blocks', () => {
  test('Those of a page are taken together, the pages in order of their first marks.', () => {
    const store = new BlockStore()
    const owner = store.addOwner('a')
    const blocks = Array.from({ length: 2000 }, () => store.take(owner, 8))
    const marked = new MarkedBlocks(store)
    const chosen = blocks.filter((_, index) => (index * 7) % 5 < 2).toReversed()
    for (const block of chosen) marked.mark(block)
    assert.equal(marked.size, chosen.length)
    const room = new Uint32Array(mostOfPage)
    for (const page of new Set(chosen.map(pageOf))) {
      const own = chosen.filter((block) => pageOf(block) === page)
      assert.equal(marked.takeFirst(room), own.length)
      assert.deepEqual([...room.subarray(0, own.length)], inOrder(own))
      for (const block of own) assert.equal(marked.has(block), false)
    }
    assert.equal(marked.size, 0)
    assert.equal(marked.pageCount, 0)
    assert.equal(marked.takeFirst(room), 0)
  })

  test('When none is marked any more no page is kept, in whatever order they were asked for.', () => {
    const store = new BlockStore()
    const owner = store.addOwner('a')
    const blocks = Array.from({ length: 2000 }, () => store.take(owner, 8))
    const marked = new MarkedBlocks(store)
    const room = new Uint32Array(mostOfPage)
    for (const block of [blocks[100], blocks[1900]]) marked.mark(block ?? 0)
    assert.equal(marked.takeNear(blocks[1900] ?? 0, room), 1)
    assert.equal(marked.takeNear(blocks[100] ?? 0, room), 1)
    assert.equal(marked.pageCount, 0)
  })

  test('Whatever is marked and taken, freed and taken again, it is as a set.', () => {
    const step = fc.oneof(
      {
        weight: 2,
        arbitrary: fc.record({
          take: fc.integer({ min: 1, max: 300 }),
          words: fc.constantFrom(8, 16, 40),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ mark: fc.nat(5000), count: fc.integer({ min: 1, max: 150 }) }),
      },
      { weight: 2, arbitrary: fc.record({ takeNear: fc.nat(5000) }) },
      { weight: 1, arbitrary: fc.constant({ takeFirst: true }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = new BlockStore()
        const owners = new Map([8, 16, 40].map((words) => [words, store.addOwner(`${words}`)]))
        const marked = new MarkedBlocks(store)
        const live: number[] = []
        const set = new Set<number>()
        const room = new Uint32Array(mostOfPage)
        // What is taken is freed, and its page may be somebody else's then.
        const goes = (count: number, page: number | null): void => {
          const gone = [...room.subarray(0, count)]
          for (const block of gone) {
            assert.ok(set.delete(block))
            live.splice(live.indexOf(block), 1)
          }
          const [first = 0] = gone
          assert.ok(page === null || count === 0 || pageOf(first) === page)
          assert.deepEqual(
            inOrder(set).filter((block) => pageOf(block) === pageOf(first)),
            [],
          )
          store.freeSome(Uint32Array.from(gone), count)
        }
        for (const next of steps) {
          if ('take' in next) {
            const owner = owners.get(next.words)
            assert.ok(owner)
            for (let n = 0; n < next.take; n++) live.push(store.take(owner, next.words))
          } else if ('mark' in next) {
            const start = next.mark % (live.length + 1)
            const fresh = live.slice(start, start + next.count).filter((block) => !set.has(block))
            for (const block of fresh) set.add(block)
            marked.markAll(Uint32Array.from([...fresh, 0]), fresh.length + 1)
          } else if ('takeNear' in next) {
            const block = live[next.takeNear % (live.length + 1)] ?? 0
            const count = marked.takeNear(block, room)
            assert.equal(
              count > 0,
              [...set].some((one) => pageOf(one) === pageOf(block)),
            )
            goes(count, pageOf(block))
          } else goes(marked.takeFirst(room), null)
          assert.equal(marked.size, set.size)
          for (const block of live) assert.equal(marked.has(block), set.has(block))
          const visited: number[] = []
          marked.forEach((block) => visited.push(block))
          assert.deepEqual(inOrder(visited), inOrder(set))
        }
        // Until all have been taken: pages without marks are passed over.
        for (let tries = marked.pageCount; tries > 0; tries--) goes(marked.takeFirst(room), null)
        assert.equal(marked.size, 0)
      }),
    )
  })
})
