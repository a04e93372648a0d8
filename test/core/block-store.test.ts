import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { mostBlockWords, pageBits } from '../../src/core/block-sizes.ts'
import { BlockStore } from '../../src/core/block-store.ts'

const chunkBytes = 2 ** 20

/** The blocks of an owner that a test keeps marked, in order of number. */
function markedOf(store: BlockStore, owner: ReturnType<BlockStore['addOwner']>): number[] {
  const blocks: number[] = []
  store.forEach(owner, (block) => {
    if (store.get(block + 1) !== 0) blocks.push(block)
  })
  return blocks.sort((a, b) => a - b)
}

/** One by one, or as many at a time as a page has room for. */
function takeMany(
  store: BlockStore,
  owner: ReturnType<BlockStore['addOwner']>,
  words: number,
  count: number,
): number[] {
  if (count === 1) return [store.take(owner, words)]
  const blocks = new Uint32Array(count)
  for (let taken = 0; taken < count;) {
    const next = store.takeSome(owner, words, blocks, taken, count)
    assert.ok(next > taken && next <= count)
    taken = next
  }
  return [...blocks]
}

describe('A store of blocks', () => {
  test('A block keeps its words, and a float is two of them.', () => {
    const store = new BlockStore()
    const owner = store.addOwner('a')
    const block = store.take(owner, 5)
    assert.ok(block > 0 && store.wordsOf(block) >= 5)
    store.set(block, 0xffffffff)
    store.setFloat(block + 1, -Math.PI)
    store.write(block + 3, Uint32Array.of(7, 8, 9), 1, 3)
    assert.equal(store.get(block), 0xffffffff)
    assert.equal(store.getFloat(block + 1), -Math.PI)
    const words = new Uint32Array(3)
    store.read(block + 3, words, 1, 3)
    assert.deepEqual([...words], [0, 8, 9])
    assert.equal(store.ownerOf(block), owner)
    assert.equal(store.ownerOf(block).name, 'a')
  })

  test('A block that is freed is soon taken again, and an owner without blocks has no page.', () => {
    const store = new BlockStore()
    const owner = store.addOwner('a')
    const blocks = Array.from({ length: 1000 }, () => store.take(owner, 40))
    const freed = blocks[500] ?? 0
    store.free(freed)
    // A page of which there is a block left is used up first.
    const more: number[] = []
    while (more.at(-1) !== freed && more.length < 60) more.push(store.take(owner, 40))
    assert.equal(more.at(-1), freed)
    for (const block of [...more, ...blocks.filter((one) => one !== freed)]) store.free(block)
    assert.equal(owner.blocks, 0)
    assert.equal(owner.firstPage, 0)
    assert.ok(owner.partial.every((page) => page === 0))
  })

  test('Memory is taken ahead when eighty pages are left, and not before, whatever was given back.', () => {
    const store = new BlockStore()
    const owner = store.addOwner('a')
    for (let round = 0; round < 4; round++) {
      const blocks: number[] = []
      // Four of them are a page.
      const takePage = (): void => {
        for (let n = 0; n < 4; n++) blocks.push(store.take(owner, mostBlockWords))
      }
      for (let pages = 0; pages < 126 - 80; pages++) takePage()
      store.reserve()
      assert.equal(store.bytes, chunkBytes)
      takePage()
      store.reserve()
      assert.equal(store.bytes, 2 * chunkBytes)
      store.reserve()
      for (let pages = 0; pages < 79 + 126 - 80; pages++) takePage()
      store.reserve()
      assert.equal(store.bytes, 2 * chunkBytes)
      // Those of the first chunk last, or of the second.
      for (const block of round % 2 === 0 ? blocks : blocks.reverse()) store.free(block)
      assert.equal(store.bytes, chunkBytes)
    }
  })

  test('What a hundred thousand blocks took is given back, but for one chunk, and used again.', () => {
    const store = new BlockStore()
    const owner = store.addOwner('a')
    let most = 0
    for (let round = 0; round < 3; round++) {
      const blocks = Array.from({ length: 100_000 }, () => store.take(owner, 40))
      most = most || store.bytes
      assert.equal(store.bytes, most)
      // Sixteen MB of blocks, and little more.
      assert.ok(store.bytes < 16_000_000 * 1.05)
      for (const block of round === 1 ? blocks.reverse() : blocks) store.free(block)
      assert.ok(store.bytes <= 2 * chunkBytes)
    }
  })

  test('A thousand owners of one block each take little room, and their numbers are used again.', () => {
    const store = new BlockStore()
    const owners = Array.from({ length: 1000 }, (_, index) => store.addOwner(`${index}`))
    const blocks = owners.map((owner) => store.take(owner, 40))
    assert.ok(store.bytes <= 9 * chunkBytes)
    for (const [index, owner] of owners.entries()) {
      store.free(blocks[index] ?? 0)
      store.removeOwner(owner)
    }
    assert.ok(store.addOwner('other').number < 1000)
  })

  test('A block is of 512 words at most.', () => {
    const store = new BlockStore()
    const owner = store.addOwner('a')
    assert.ok(store.wordsOf(store.take(owner, mostBlockWords)) >= mostBlockWords)
    assert.throws(() => store.take(owner, mostBlockWords + 1), RangeError)
  })

  test('All of an owner can be freed while they are walked.', () => {
    const store = new BlockStore()
    const [owner, other] = [store.addOwner('a'), store.addOwner('b')]
    for (let index = 0; index < 1000; index++) {
      store.set(store.take(index % 2 === 0 ? owner : other, 30 + (index % 5)) + 1, 1)
    }
    let visited = 0
    store.forEach(owner, (block) => {
      if (store.get(block + 1) === 0) return
      visited++
      store.set(block + 1, 0)
      store.free(block)
    })
    assert.equal(visited, 500)
    assert.equal(owner.blocks, 0)
    assert.equal(markedOf(store, other).length, 500)
  })

  test('Whatever is taken and freed, no two blocks share a word and an owner knows its own.', () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          take: fc.oneof(fc.constant(8), fc.integer({ min: 3, max: 512 })),
          by: fc.nat(2),
          count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ free: fc.nat(1000), count: fc.integer({ min: 1, max: 200 }) }),
      },
      { weight: 1, arbitrary: fc.record({ freeSome: fc.nat(1000), most: fc.nat(256) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = new BlockStore()
        const owners = ['a', 'b', 'c'].map((name) => store.addOwner(name))
        const kept: { block: number; words: number; owner: number; mark: number }[] = []
        let mark = 0
        for (const next of steps) {
          if ('take' in next) {
            const owner = owners[next.by]
            assert.ok(owner)
            for (const block of takeMany(store, owner, next.take, next.count)) {
              mark++
              for (let word = 0; word < next.take; word++) store.set(block + word, mark)
              kept.push({ block, words: next.take, owner: next.by, mark })
            }
          } else if ('free' in next) {
            for (const gone of kept.splice(next.free % (kept.length + 1), next.count)) {
              store.set(gone.block + 1, 0)
              store.free(gone.block)
            }
          } else {
            const page = (kept[next.freeSome % (kept.length + 1)]?.block ?? 0) >>> pageBits
            const some = kept.filter(({ block }) => block >>> pageBits === page).slice(0, next.most)
            for (const gone of some) {
              store.set(gone.block + 1, 0)
              kept.splice(kept.indexOf(gone), 1)
            }
            store.freeSome(
              Uint32Array.from(some, ({ block }) => block),
              some.length,
            )
          }
        }
        for (const one of kept) {
          for (let word = 0; word < one.words; word++) {
            assert.equal(store.get(one.block + word), one.mark)
          }
        }
        for (const [index, owner] of owners.entries()) {
          const own = kept.filter((one) => one.owner === index).map(({ block }) => block)
          assert.equal(owner.blocks, own.length)
          assert.deepEqual(
            markedOf(store, owner),
            own.sort((a, b) => a - b),
          )
        }
      }),
      { numRuns: 200 },
    )
  })
})
