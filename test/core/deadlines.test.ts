import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Deadlines, type Deadline } from '../../src/core/deadlines.ts'

describe('Deadlines', () => {
  test('They expire when their time has come, in order of time and then of setting.', () => {
    const deadlines = new Deadlines()
    const expired: string[] = []
    for (const [at, name] of [
      [20, 'c'],
      [10, 'a1'],
      [30, 'd'],
      [10, 'a2'],
      [10, 'a3'],
      [15, 'b'],
    ] as const) {
      deadlines.set(at, () => expired.push(name))
    }
    deadlines.expire(9.999)
    assert.deepEqual(expired, [])
    deadlines.expire(20)
    assert.deepEqual(expired, ['a1', 'a2', 'a3', 'b', 'c'])
    assert.equal(deadlines.next(), 30)
    assert.equal(deadlines.size, 1)
  })

  test('With none set, the next is at Infinity.', () => {
    const deadlines = new Deadlines()
    assert.equal(deadlines.next(), Infinity)
    deadlines.expire(Infinity)
    assert.equal(deadlines.size, 0)
  })

  test('One of Infinity is never set, and clearing nothing is nothing.', () => {
    const deadlines = new Deadlines()
    assert.equal(
      deadlines.set(Infinity, () => assert.fail()),
      null,
    )
    deadlines.clear(null)
    deadlines.expire(Infinity)
    assert.equal(deadlines.size, 0)
  })

  test('A cleared one does not expire, and clearing it again changes nothing.', () => {
    const deadlines = new Deadlines()
    let expired = 0
    const cleared = deadlines.set(10, () => assert.fail())
    deadlines.set(10, () => expired++)
    deadlines.clear(cleared)
    deadlines.clear(cleared)
    assert.equal(deadlines.size, 1)
    deadlines.expire(10)
    assert.equal(expired, 1)
    deadlines.clear(cleared)
    assert.equal(deadlines.size, 0)
  })

  test('One that expires can clear others, and set one that has come already.', () => {
    const deadlines = new Deadlines()
    const expired: string[] = []
    deadlines.set(10, () => {
      expired.push('first')
      deadlines.clear(second)
      deadlines.set(5, () => expired.push('set by the first'))
    })
    const second = deadlines.set(11, () => assert.fail())
    deadlines.set(12, () => expired.push('third'))
    deadlines.expire(20)
    assert.deepEqual(expired, ['first', 'set by the first', 'third'])
    assert.equal(deadlines.size, 0)
  })

  test('Whatever is set, cleared and expired, they are as a sorted list.', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ set: fc.nat(20) }) },
      { weight: 2, arbitrary: fc.record({ clear: fc.nat(100) }) },
      { weight: 1, arbitrary: fc.record({ expire: fc.nat(20) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (operations) => {
        const deadlines = new Deadlines()
        const made: (Deadline | null)[] = []
        const expired: number[] = []
        let list: { readonly at: number; readonly number: number }[] = []
        const expectedExpired: number[] = []
        for (const operation of operations) {
          if ('set' in operation) {
            const number = made.length
            made.push(deadlines.set(operation.set, () => expired.push(number)))
            list.push({ at: operation.set, number })
          } else if ('clear' in operation) {
            const number = operation.clear % (made.length + 1)
            deadlines.clear(made[number] ?? null)
            list = list.filter((other) => other.number !== number)
          } else {
            deadlines.expire(operation.expire)
            const due = list.filter(({ at }) => at <= operation.expire)
            due.sort((a, b) => a.at - b.at || a.number - b.number)
            expectedExpired.push(...due.map(({ number }) => number))
            list = list.filter(({ at }) => at > operation.expire)
          }
          assert.equal(deadlines.size, list.length)
          assert.equal(deadlines.next(), Math.min(...list.map(({ at }) => at)))
          assert.deepEqual(expired, expectedExpired)
        }
      }),
      { numRuns: 300 },
    )
  })
})
