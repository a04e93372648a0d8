import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TimeHeap, type PlaceKeeper } from '../../src/core/time-heap.ts'

class Places implements PlaceKeeper {
  readonly #places = new Map<number, number>()

  placeOf(member: number): number {
    return this.#places.get(member) ?? -1
  }

  setPlace(member: number, place: number): void {
    this.#places.set(member, place)
  }
}

function drain(heap: TimeHeap): number[] {
  const drained: number[] = []
  while (heap.size > 0) {
    const first = heap.first()
    drained.push(first)
    heap.remove(first)
  }
  return drained
}

describe('A heap of times', () => {
  test('The first is the earliest and, among equals, the one with the smallest sequence.', () => {
    const heap = new TimeHeap(new Places())
    for (const [index, time] of [30, 10, 20, 10, -Infinity, 10.5].entries()) {
      heap.add(index + 1, time, index)
    }
    assert.deepEqual(drain(heap), [5, 2, 4, 6, 3, 1])
    assert.equal(heap.first(), 0)
  })

  test('What is added loosely is in order after arranging, equal times by sequence.', () => {
    const heap = new TimeHeap(new Places(), 1)
    for (let member = 1; member <= 1000; member++) heap.addLoose(member, member % 3, -member)
    heap.arrange()
    const expected = Array.from({ length: 1000 }, (_, index) => index + 1)
    assert.deepEqual(
      drain(heap),
      expected.sort((a, b) => (a % 3) - (b % 3) || b - a),
    )
  })

  test('Whatever is added and removed, it is as a sorted array.', () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ time: fc.oneof(fc.nat(5), fc.double({ noNaN: true })) }),
      },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(1000) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const heap = new TimeHeap(new Places(), 1)
        const array: { member: number; time: number }[] = []
        let members = 0
        for (const next of steps) {
          if ('time' in next) {
            array.push({ member: ++members, time: next.time })
            heap.add(members, next.time, members)
          } else {
            const [gone] = array.splice(next.remove % (array.length + 1), 1)
            if (gone) heap.remove(gone.member)
          }
          array.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.member - b.member))
          assert.equal(heap.size, array.length)
          assert.equal(heap.first(), array[0]?.member ?? 0)
        }
        assert.deepEqual(
          drain(heap),
          array.map(({ member }) => member),
        )
      }),
    )
  })
})
