import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TimeBuckets, type Bucket, type Timed } from '../../src/core/time-buckets.ts'

class Entry implements Timed<Entry> {
  due: number
  readonly sequence: number
  bucket: Bucket<Entry> | null = null
  previous: Entry | null = null
  next: Entry | null = null

  constructor(due: number, sequence: number) {
    this.due = due
    this.sequence = sequence
  }
}

/** Takes the first out, over and over, and says in which order they came. */
function drain(buckets: TimeBuckets<Entry>): Entry[] {
  const drained: Entry[] = []
  for (let first = buckets.first(); first; first = buckets.first()) {
    buckets.remove(first)
    drained.push(first)
  }
  return drained
}

function byTime(a: Entry, b: Entry): number {
  return a.due - b.due || a.sequence - b.sequence
}

describe('Buckets of times', () => {
  test('The first is the earliest and, among equals, the one added first.', () => {
    const buckets = new TimeBuckets<Entry>()
    const entries = [30, 10, 20, 10, 30, 10].map((due, index) => new Entry(due, index))
    for (const entry of entries) buckets.insert(entry)
    assert.equal(buckets.size, 6)
    assert.equal(buckets.bucketCount, 3)
    assert.deepEqual(
      drain(buckets).map(({ sequence }) => sequence),
      [1, 3, 5, 2, 0, 4],
    )
    assert.equal(buckets.size, 0)
    assert.equal(buckets.bucketCount, 0)
  })

  test('An entry that comes late to its time takes the place that its adding gives it.', () => {
    for (const order of [
      [2, 1, 0],
      [0, 2, 1],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const buckets = new TimeBuckets<Entry>()
      for (const sequence of order) buckets.insert(new Entry(10, sequence))
      assert.deepEqual(
        drain(buckets).map(({ sequence }) => sequence),
        [0, 1, 2],
      )
    }
  })

  test('Nothing is first in none, and removing what is not there changes nothing.', () => {
    const buckets = new TimeBuckets<Entry>()
    assert.equal(buckets.first(), null)
    const entry = new Entry(10, 0)
    buckets.remove(entry)
    buckets.insert(entry)
    buckets.remove(entry)
    buckets.remove(entry)
    assert.equal(buckets.size, 0)
    assert.equal(buckets.first(), null)
  })

  test('An entry that was removed can be added again, at another time.', () => {
    const buckets = new TimeBuckets<Entry>()
    const entry = new Entry(10, 0)
    buckets.insert(entry)
    buckets.insert(new Entry(20, 1))
    buckets.remove(entry)
    entry.due = 30
    buckets.insert(entry)
    assert.deepEqual(
      drain(buckets).map(({ due }) => due),
      [20, 30],
    )
  })

  test('Infinite, negative and fractional times are times like any other.', () => {
    const buckets = new TimeBuckets<Entry>()
    const times = [Infinity, 0.5, -1, 0, 0.25, -Infinity, 8.64e15]
    for (const [index, due] of times.entries()) buckets.insert(new Entry(due, index))
    assert.deepEqual(
      drain(buckets).map(({ due }) => due),
      [-Infinity, -1, 0, 0.25, 0.5, 8.64e15, Infinity],
    )
  })

  test('Ten thousand times that come and go leave no bucket behind.', () => {
    const buckets = new TimeBuckets<Entry>()
    const staying = new Entry(1e9, 0)
    buckets.insert(staying)
    for (let time = 1; time <= 10_000; time++) {
      const entry = new Entry(time, time)
      buckets.insert(entry)
      buckets.remove(entry)
      assert.ok(buckets.bucketCount <= 2)
    }
    assert.equal(buckets.first(), staying)
    buckets.remove(staying)
    assert.equal(buckets.bucketCount, 0)
  })

  test('Whatever is inserted and removed, they are as a sorted array, of at most two buckets per time.', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ insert: fc.nat(12) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(100) }) },
      { weight: 2, arbitrary: fc.record({ reinsert: fc.nat(100), due: fc.nat(12) }) },
      { weight: 1, arbitrary: fc.constant('take') },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (operations) => {
        const buckets = new TimeBuckets<Entry>()
        const array: Entry[] = []
        let sequence = 0
        for (const operation of operations) {
          if (operation === 'take') {
            const first = buckets.first()
            assert.equal(first, array.shift() ?? null)
            if (first) buckets.remove(first)
          } else if ('insert' in operation) {
            const entry = new Entry(operation.insert, ++sequence)
            buckets.insert(entry)
            array.push(entry)
          } else if ('remove' in operation) {
            const [entry] = array.splice(operation.remove % (array.length + 1), 1)
            if (entry) buckets.remove(entry)
          } else {
            const entry = array[operation.reinsert % (array.length + 1)]
            if (entry) {
              buckets.remove(entry)
              entry.due = operation.due
              buckets.insert(entry)
            }
          }
          array.sort(byTime)
          const times = new Set(array.map(({ due }) => due)).size
          assert.equal(buckets.size, array.length)
          assert.ok(buckets.bucketCount >= times && buckets.bucketCount <= 2 * times)
          assert.equal(buckets.first(), array[0] ?? null)
          assert.deepEqual(new Set(buckets), new Set(array))
        }
        assert.deepEqual(drain(buckets), array)
      }),
      { numRuns: 300 },
    )
  })
})
