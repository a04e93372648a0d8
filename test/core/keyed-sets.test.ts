import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { KeyedSets } from '../../src/core/keyed-sets.ts'

interface Member {
  readonly name: string
}

const [one, two, three] = ['one', 'two', 'three'].map((name): Member => ({ name })) as [
  Member,
  Member,
  Member,
]

describe('Members by key', () => {
  test('They are found in order of adding, and a key goes with its last member.', () => {
    const sets = new KeyedSets<Member>()
    assert.deepEqual([...sets.of('a')], [])
    sets.add('a', two)
    sets.add('a', one)
    sets.add('b', one)
    assert.deepEqual([...sets.of('a')], [two, one])
    assert.deepEqual([...sets.of('b')], [one])
    assert.equal(sets.keyCount, 2)
    sets.delete('a', two)
    sets.delete('a', one)
    sets.delete('b', one)
    assert.equal(sets.keyCount, 0)
  })

  test('Deleting a member that is not there changes nothing.', () => {
    const sets = new KeyedSets<Member>()
    sets.delete('a', one)
    sets.add('a', one)
    sets.delete('a', two)
    sets.delete('b', one)
    assert.deepEqual([...sets.of('a')], [one])
    assert.equal(sets.keyCount, 1)
  })

  test('All of a key can be deleted while they are walked, be it one or many.', () => {
    for (const members of [[one], [one, two], [one, two, three]]) {
      const sets = new KeyedSets<Member>()
      for (const member of members) sets.add('a', member)
      const walked: Member[] = []
      for (const member of sets.of('a')) {
        walked.push(member)
        sets.delete('a', member)
      }
      assert.deepEqual(walked, members)
      assert.equal(sets.keyCount, 0)
    }
  })

  test('Whatever is added and deleted, they are as lists.', () => {
    const step = fc.record({
      add: fc.boolean(),
      key: fc.constantFrom('a', 'b', '__proto__'),
      member: fc.constantFrom(one, two, three),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const sets = new KeyedSets<Member>()
        let list: { readonly key: string; readonly member: Member }[] = []
        for (const { add, key, member } of steps) {
          const known = list.some((other) => other.key === key && other.member === member)
          if (add) {
            sets.add(key, member)
            if (!known) list.push({ key, member })
          } else {
            sets.delete(key, member)
            list = list.filter((other) => other.key !== key || other.member !== member)
          }
          const expected = list.filter((other) => other.key === key).map((other) => other.member)
          assert.deepEqual([...sets.of(key)], expected)
          assert.equal(sets.countOf(key), expected.length)
          assert.equal(sets.keyCount, new Set(list.map((other) => other.key)).size)
        }
      }),
    )
  })
})
