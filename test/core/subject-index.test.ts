import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BlockStore } from '../../src/core/block-store.ts'
import { SubjectIndex } from '../../src/core/subject-index.ts'
import { fixedWords } from '../../src/core/task-layout.ts'

function setUp(): { subjects: SubjectIndex; add: (key: string | null) => number } {
  const store = new BlockStore()
  const owner = store.addOwner('tasks')
  const subjects = new SubjectIndex(store)
  const add = (key: string | null): number => {
    const task = store.take(owner, fixedWords)
    subjects.add(task, key)
    return task
  }
  return { subjects, add }
}

function tasksOf(subjects: SubjectIndex, key: string): number[] {
  const tasks: number[] = []
  for (let task = subjects.first(key); task !== 0; task = subjects.next(task)) tasks.push(task)
  return tasks
}

function taken(subjects: SubjectIndex, key: string, most: number): number[] {
  const room = new Uint32Array(most)
  return [...room.subarray(0, subjects.take(key, room))]
}

describe('An index of subjects', () => {
  test('Its tasks are in order of adding, and a subject goes with its last one.', () => {
    const { subjects, add } = setUp()
    const [first, second, other, third] = ['x', 'x', 'y', 'x'].map(add)
    assert.deepEqual(tasksOf(subjects, 'x'), [first, second, third])
    assert.equal(subjects.keyOf(other ?? 0), 'y')
    for (const task of [second, first, third]) subjects.remove(task ?? 0)
    assert.deepEqual(tasksOf(subjects, 'x'), [])
    assert.equal(subjects.size, 1)
    subjects.remove(other ?? 0)
    assert.equal(subjects.size, 0)
    assert.equal(subjects.first('y'), 0)
  })

  test('A task about nothing is in no list.', () => {
    const { subjects, add } = setUp()
    const task = add(null)
    assert.equal(subjects.keyOf(task), null)
    assert.equal(subjects.size, 0)
    subjects.remove(task)
  })

  test('Some can be taken off a subject together, in order of adding, and the others stay.', () => {
    const { subjects, add } = setUp()
    const tasks = Array.from({ length: 10 }, () => add('x'))
    const other = add('y')
    assert.deepEqual(taken(subjects, 'x', 4), tasks.slice(0, 4))
    assert.equal(subjects.keyOf(tasks[0] ?? 0), null)
    // Removing them is no error, and removes no other.
    for (const task of tasks.slice(0, 4)) subjects.remove(task)
    assert.deepEqual(tasksOf(subjects, 'x'), tasks.slice(4))
    subjects.remove(tasks[4] ?? 0)
    assert.deepEqual(taken(subjects, 'x', 10), tasks.slice(5))
    assert.deepEqual(taken(subjects, 'x', 10), [])
    assert.equal(subjects.size, 1)
    assert.deepEqual(tasksOf(subjects, 'y'), [other])
  })

  test('Whatever is added and removed, it is as a map of lists.', () => {
    const keys = [
      '',
      'a',
      'aa',
      'b'.repeat(3000),
      'b'.repeat(3001),
      'é',
      '\u0100',
      '\ud800',
      '__proto__',
    ]
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ key: fc.constantFrom(...keys) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(1000) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { subjects, add } = setUp()
        const list: { key: string; task: number }[] = []
        for (const next of steps) {
          if ('key' in next) list.push({ key: next.key, task: add(next.key) })
          else {
            const [gone] = list.splice(next.remove % (list.length + 1), 1)
            if (gone) {
              assert.equal(subjects.keyOf(gone.task), gone.key)
              subjects.remove(gone.task)
            }
          }
        }
        for (const key of keys) {
          const expected = list.filter((one) => one.key === key).map(({ task }) => task)
          assert.deepEqual(tasksOf(subjects, key), expected)
        }
        assert.equal(subjects.size, new Set(list.map(({ key }) => key)).size)
      }),
    )
  })
})
