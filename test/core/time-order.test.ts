import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BlockStore, type BlockOwner } from '../../src/core/block-store.ts'
import { plainCargo } from '../../src/core/cargo-codec.ts'
import { TaskBlocks } from '../../src/core/task-blocks.ts'
import { TaskIds } from '../../src/core/task-ids.ts'
import { slotMs, TimeOrder } from '../../src/core/time-order.ts'

interface Setting {
  readonly store: BlockStore
  readonly tasks: TaskBlocks
  readonly order: TimeOrder
  /** Adds a context that is due then; gives its number. */
  readonly add: (due: number, sequence: number) => number
  readonly move: (task: number, due: number) => void
  /** Takes the first out, over and over, and says in which order their sequences came. */
  readonly drain: () => number[]
}

function setUp(): Setting {
  const store = new BlockStore()
  const tasks = new TaskBlocks(store, plainCargo, new TaskIds())
  const order = new TimeOrder(store, tasks)
  const owner = store.addOwner('a')
  return {
    store,
    tasks,
    order,
    add: (due, sequence) => {
      const record = { id: `${sequence}`, taskName: 'a', subjectKey: null, cargo: null }
      const task = tasks.create(owner, record, due, null, sequence)
      order.add(task)
      return task
    },
    move: (task, due) => {
      order.remove(task)
      tasks.setDue(task, due)
      order.add(task)
    },
    drain: () => {
      const drained: number[] = []
      for (let first = order.first(); first !== 0; first = order.first()) {
        drained.push(tasks.sequence(first))
        order.remove(first)
      }
      return drained
    },
  }
}

describe('An order of time', () => {
  test('The first is the earliest and, among equals, the one added first.', () => {
    const { order, add, drain } = setUp()
    for (const [index, due] of [30, 10, 20, 10, 30, 10].entries()) add(due, index)
    assert.equal(order.size, 6)
    assert.equal(order.slotCount, 1)
    assert.deepEqual(drain(), [1, 3, 5, 2, 0, 4])
    assert.equal(order.size, 0)
    assert.equal(order.slotCount, 0)
  })

  test('One that comes late to its time takes the place that its adding gives it.', () => {
    for (const late of [0, 1, 2]) {
      const { add, move, drain } = setUp()
      const tasks = [0, 1, 2].map((sequence) => add(sequence === late ? 5 * slotMs : 10, sequence))
      move(tasks[late] ?? 0, 10)
      assert.deepEqual(drain(), [0, 1, 2])
    }
  })

  test('Infinite, negative and fractional times are times like any other, on both sides of a border.', () => {
    const { add, drain } = setUp()
    const times = [
      Infinity,
      0.5,
      -1,
      0,
      0.25,
      -Infinity,
      8.64e15,
      slotMs,
      slotMs - 2 ** -40,
      -slotMs,
    ]
    for (const [index, due] of times.entries()) add(due, index)
    const sorted = times.toSorted((a, b) => (a < b ? -1 : 1))
    assert.deepEqual(
      drain().map((index) => times[index]),
      sorted,
    )
  })

  test('Ten thousand times that come and go leave no slot behind.', () => {
    const { order, add } = setUp()
    const staying = add(1e9, 0)
    for (let count = 1; count <= 10_000; count++) {
      order.remove(add(count * slotMs, count))
      assert.ok(order.slotCount <= 2)
    }
    assert.equal(order.first(), staying)
    order.remove(staying)
    assert.equal(order.first(), 0)
    assert.equal(order.slotCount, 0)
  })

  test('An earlier one is first although a later slot was looked at before, and the other way round.', () => {
    const { order, add } = setUp()
    const later = [10_000, 10_001, 10_002].map((due, index) => add(due, index))
    assert.equal(order.first(), later[0])
    const earlier = [5000, 5001].map((due, index) => add(due, index + 3))
    assert.equal(order.first(), earlier[0])
    for (const task of [earlier[0], later[1], earlier[1]]) order.remove(task ?? 0)
    assert.equal(order.first(), later[0])
    const between = add(10_000.5, 5)
    order.remove(later[0] ?? 0)
    assert.equal(order.first(), between)
    order.remove(between)
    assert.equal(order.first(), later[2])
  })

  test('A million in one slot come in exact order, and none of them waits for all to be put in order.', () => {
    const { order, add } = setUp()
    const count = 1_000_000
    const dues = new Float64Array(count)
    const tasks = new Uint32Array(count)
    for (let index = 0; index < count; index++) {
      const due = ((index * 7919) % 1000) / 8
      dues[index] = due
      tasks[index] = add(due, index)
    }
    assert.equal(order.slotCount, 1)
    for (let index = 0; index < count; index += 3) order.remove(tasks[index] ?? 0)
    const sequenceOf = new Map<number, number>()
    for (let index = 0; index < count; index++) sequenceOf.set(tasks[index] ?? 0, index)
    let last = -1
    let taken = 0
    for (let first = order.first(); first !== 0; first = order.first()) {
      const index = sequenceOf.get(first) ?? -1
      assert.notEqual(index % 3, 0)
      const due = dues[index] ?? 0
      const lastDue = dues[last] ?? -1
      if (due < lastDue || (due === lastDue && index < last)) assert.fail(`${index} after ${last}`)
      order.remove(first)
      last = index
      taken++
    }
    assert.equal(taken, count - Math.ceil(count / 3))
    assert.equal(order.slotCount, 0)
  })

  test('Whatever is added, moved and removed, it is as a sorted array, of at most two slots per slot.', () => {
    const due = fc.oneof(fc.nat(12), fc.double({ min: -300, max: 1000, noNaN: true }))
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ add: due }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(100) }) },
      { weight: 2, arbitrary: fc.record({ move: fc.nat(100), due }) },
      { weight: 1, arbitrary: fc.constant('look') },
      { weight: 1, arbitrary: fc.constant('take') },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (operations) => {
        const { order, add, move, drain } = setUp()
        const array: { task: number; due: number; sequence: number }[] = []
        let sequence = 0
        for (const operation of operations) {
          if (operation === 'look' || operation === 'take') {
            assert.equal(order.first(), array[0]?.task ?? 0)
            const gone = operation === 'take' ? array.shift() : undefined
            if (gone) order.remove(gone.task)
          } else if ('add' in operation) {
            const task = add(operation.add, ++sequence)
            array.push({ task, due: operation.add, sequence })
          } else if ('remove' in operation) {
            const [gone] = array.splice(operation.remove % (array.length + 1), 1)
            if (gone) order.remove(gone.task)
          } else {
            const moved = array[operation.move % (array.length + 1)]
            if (moved) {
              moved.due = operation.due
              move(moved.task, operation.due)
            }
          }
          array.sort((a, b) => a.due - b.due || a.sequence - b.sequence)
          const slots = new Set(array.map((one) => Math.floor(one.due / slotMs))).size
          assert.equal(order.size, array.length)
          assert.ok(order.slotCount >= slots && order.slotCount <= 2 * slots)
        }
        assert.deepEqual(
          drain(),
          array.map((one) => one.sequence),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('A group that was full takes nobody else in when it is the first of its slot again.', () => {
    const { order, add, drain } = setUp()
    add(0, 0)
    const later = Array.from({ length: 40 }, (_, index) => add(5000, index + 1))
    // The only one of the fourth group: the third, which is full, comes first then.
    order.remove(later.pop() ?? 0)
    for (let index = 40; index < 60; index++) add(5000, index + 1)
    assert.deepEqual(
      drain(),
      Array.from({ length: 61 }, (_, index) => index).filter((index) => index !== 40),
    )
  })

  test('A slot of very many is in exact order before it is the first.', () => {
    const { add, tasks } = setUp()
    add(0, 0)
    const many = Array.from({ length: 321 * 13 }, (_, index) => add(5000, index + 1))
    assert.ok(many.every((task) => tasks.isInHeap(task)))
  })

  for (const name of ['slots of time', 'groups of a slot']) {
    test(`Where there is no memory for ${name}, nothing has changed.`, (t) => {
      const { store, tasks, order, add, drain } = setUp()
      // Two slots that are known at the same place, far apart.
      const [near, far] = [5, 5 + 8192 * slotMs]
      const first = add(near, 1)
      const second = add(far, 2)
      order.remove(second)
      const size = order.size
      const take = store.take.bind(store)
      const failing = t.mock.method(store, 'take', (owner: BlockOwner, words: number) => {
        if (owner.name === name) throw new RangeError('Array buffer allocation failed')
        return take(owner, words)
      })
      const slots = name === 'slots of time' ? far + slotMs : far
      tasks.setDue(second, slots)
      assert.throws(() => order.add(second), RangeError)
      assert.equal(order.size, size)
      failing.mock.restore()
      order.add(second)
      assert.deepEqual(drain(), [1, 2])
      assert.equal(order.slotCount, 0)
      assert.notEqual(first, second)
    })
  }
})
