import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Holder, type Delivery } from '../../src/core/delivery.ts'
import { DeliveryIndex } from '../../src/core/delivery-index.ts'
import { TaskDoneError } from '../../src/core/errors.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import type { TaskRecord } from '../../src/core/timetable.ts'

function record(id: string, taskName = 'a', subjectKey: string | null = null): TaskRecord {
  return { id, taskName, subjectKey, cargo: null }
}

describe('A holder', () => {
  test('It knows what it has held of a queue for the longest, and everything in order of entering.', () => {
    const index = new DeliveryIndex()
    const holder = new Holder()
    const [first, second, third] = ['a', 'b', 'a'].map((name) =>
      index.create(record(name, name), 0, null, 0),
    ) as [Delivery, Delivery, Delivery]
    for (const delivery of [third, second, first]) holder.take(delivery)
    assert.equal(holder.oldestOf('a'), third)
    assert.equal(holder.oldestOf('b'), second)
    assert.equal(holder.oldestOf('c'), null)
    assert.deepEqual(holder.all(), [first, second, third])
    holder.release(third)
    holder.release(third)
    assert.equal(holder.oldestOf('a'), first)
    assert.deepEqual(holder.all(), [first, second])
  })

  test('What is dropped in its hands it may finish once, and nobody else may.', () => {
    const scheduler = new Scheduler({ now: () => 0, wall: () => 0 })
    const [holder, other] = [new Holder(), new Holder()]
    const number = takeOne(scheduler, holder)
    scheduler.removeQueue('a')
    assert.deepEqual(holder.all(), [])
    assert.throws(() => scheduler.finish(number, other), TaskDoneError)
    scheduler.finish(number, holder)
    assert.throws(() => scheduler.finish(number, holder), TaskDoneError)
  })

  test('What it holds, nobody else can finish or give back.', () => {
    const scheduler = new Scheduler({ now: () => 0, wall: () => 0 })
    const [holder, other] = [new Holder(), new Holder()]
    const number = takeOne(scheduler, holder)
    assert.throws(() => scheduler.finish(number, other), TaskDoneError)
    scheduler.giveBack(number, other)
    assert.equal(scheduler.isEmptyQueue('a'), true)
    scheduler.giveBack(number, holder)
    assert.equal(scheduler.isEmptyQueue('a'), false)
  })

  test('What is dropped in its hands is forgotten when it is given back.', () => {
    const scheduler = new Scheduler({ now: () => 0, wall: () => 0 })
    const holder = new Holder()
    const number = takeOne(scheduler, holder)
    scheduler.removeQueue('a')
    scheduler.giveBack(number, holder)
    assert.equal(holder.settleDropped(number), false)
  })
})

describe('The index of deliveries', () => {
  test('It finds them by number, context and subject, and keeps nothing of one that is gone.', () => {
    const index = new DeliveryIndex()
    const first = index.create(record('1', 'a', 'x'), 5, null, 10)
    const again = index.create(record('1', 'a', 'x'), 5, null, 11)
    const other = index.create(record('2'), 5, null, 12)
    assert.deepEqual(
      [first, again, other].map(({ number }) => number),
      [1, 2, 3],
    )
    assert.equal(index.get(2), again)
    assert.deepEqual([...index.ofContext('1')], [first, again])
    assert.deepEqual([...index.ofSubject('x')], [first, again])
    assert.deepEqual(index.sizes, { deliveries: 3, deliveredContexts: 2, deliveredSubjects: 1 })
    for (const delivery of [first, again, other]) index.delete(delivery)
    assert.deepEqual(index.sizes, { deliveries: 0, deliveredContexts: 0, deliveredSubjects: 0 })
    assert.equal(first.state, 'gone')
  })
})

/** Adds a queue and takes a context from it; gives the number of the delivery. */
function takeOne(scheduler: Scheduler, holder: Holder): number {
  scheduler.addQueue('a')
  scheduler.addTasks([{ record: record('1'), due: null, epochMs: null }])
  const numbers: number[] = []
  scheduler.getTask('a', holder, -Infinity, {
    resolve: ({ number }) => numbers.push(number),
    reject: assert.fail,
  })
  const [number] = numbers
  assert.ok(number)
  return number
}
