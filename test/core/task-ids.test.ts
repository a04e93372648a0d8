import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import { textOrigin } from '../../src/core/id-layout.ts'
import { TaskIds } from '../../src/core/task-ids.ts'

const prefix = '0123abcd-4567'

describe('Ids of contexts', () => {
  test('A generated id is a number, and turns back into the same text.', () => {
    const ids = new TaskIds()
    for (let count = 0; count < 100; count++) {
      const { id } = new ScheduledTaskContext('a')
      ids.keep(id)
      assert.notEqual(ids.origin, textOrigin)
      assert.equal(ids.textOf(ids.origin, ids.number), id)
    }
    assert.equal(ids.prefixCount, 1)
  })

  test('Only the one form that a count has is a number.', () => {
    const ids = new TaskIds()
    for (const id of ['1', 'zz', '1z141z3', '10']) {
      ids.keep(`${prefix}-${id}`)
      assert.equal(ids.textOf(ids.origin, ids.number), `${prefix}-${id}`)
    }
    for (const id of ['', '0', '01', 'A', '1z141z4', '10000000', '1-', ' 1', '١']) {
      ids.keep(`${prefix}-${id}`)
      assert.equal(ids.origin, textOrigin, id)
    }
    ids.keep('no-prefix-1')
    assert.equal(ids.origin, textOrigin)
  })

  test('A prefix is forgotten with the last of its ids, and its number used again.', () => {
    const ids = new TaskIds()
    for (let round = 0; round < 1000; round++) {
      const id = `${String(round).padStart(13, 'x')}-1`
      ids.keep(id)
      ids.keep(id)
      const { origin, number } = ids
      assert.equal(ids.textOf(origin, number), id)
      ids.release(origin)
      assert.equal(ids.find(id), true)
      assert.equal(ids.origin, origin)
      ids.release(origin)
      assert.equal(ids.find(id), false)
      assert.equal(ids.prefixCount, 0)
    }
  })

  test('An id of one prefix too many is kept as text, and found as text when there is room again.', () => {
    const ids = new TaskIds()
    const idOf = (round: number): string => `${String(round).padStart(13, 'x')}-1`
    for (let round = 0; round < textOrigin; round++) ids.keep(idOf(round))
    assert.notEqual(ids.origin, textOrigin)
    ids.keep(idOf(textOrigin))
    assert.equal(ids.origin, textOrigin)
    assert.equal(ids.mayBeText, true)
    ids.releaseText(idOf(textOrigin))
    assert.equal(ids.mayBeText, false)
  })

  test('A count greater than any that was kept is surely new, others may not be.', () => {
    const ids = new TaskIds()
    ids.keep(`${prefix}-5`)
    assert.equal(ids.find(`${prefix}-6`), false)
    assert.equal(ids.find(`${prefix}-4`), true)
    assert.equal(ids.find('any text'), true)
  })

  test('Every id that is a number turns back into itself.', () => {
    const text = fc.oneof(
      fc.string(),
      fc.nat(0xffffffff).map((count) => `${prefix}-${count.toString(36)}`),
      fc.string({ minLength: 13, maxLength: 13 }).map((own) => `${own}-9x`),
    )
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const ids = new TaskIds()
        for (const id of texts) {
          ids.keep(id)
          if (ids.origin !== textOrigin) assert.equal(ids.textOf(ids.origin, ids.number), id)
        }
      }),
    )
  })
})
