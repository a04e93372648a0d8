import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Deadlines } from '../../src/core/deadlines.ts'
import { Holder, type Delivery } from '../../src/core/delivery.ts'
import { TaskQueue } from '../../src/core/task-queue.ts'

function delivery(number: number): Delivery {
  return {
    number,
    record: { id: `${number}`, taskName: 'a', subjectKey: null, cargo: null },
    due: 0,
    dueEpochMs: null,
    queuedAt: 0,
    takenAt: Number.NaN,
    attempt: 1,
    state: 'queued',
    holder: null,
    ticket: null,
    isYoung: false,
  }
}

/** A queue with as many deliveries on it, numbered from 1. */
function queueOf(count: number, maxSize = 0): { queue: TaskQueue; deliveries: Delivery[] } {
  const queue = new TaskQueue('a', maxSize, new Deadlines())
  const deliveries = Array.from({ length: count }, (_, index) => delivery(index + 1))
  for (const one of deliveries) queue.push(one)
  return { queue, deliveries }
}

function take(queue: TaskQueue): Delivery | null {
  const taken = queue.shift()
  if (taken) taken.state = 'taken'
  return taken
}

function giveBack(queue: TaskQueue, taken: Delivery | null): void {
  assert.ok(taken)
  taken.state = 'queued'
  queue.restore(taken)
}

function withdraw(queue: TaskQueue, queued: Delivery | undefined): void {
  assert.ok(queued)
  queued.state = 'gone'
  queue.leaveHole()
}

function numbersOf(queue: TaskQueue): number[] {
  return queue.queued().map(({ number }) => number)
}

describe('A task queue', () => {
  test('First in is first out.', () => {
    const { queue } = queueOf(3)
    assert.deepEqual([take(queue)?.number, take(queue)?.number, take(queue)?.number], [1, 2, 3])
    assert.equal(take(queue), null)
    assert.equal(queue.size, 0)
  })

  test('Zero and less is no limit.', () => {
    for (const maxSize of [0, -1, -Infinity]) {
      const { queue } = queueOf(3, maxSize)
      assert.equal(queue.maxSize, Infinity)
      assert.equal(queue.room, Infinity)
    }
  })

  test('A consumer who waits is room for one more.', () => {
    const { queue } = queueOf(0, 2)
    assert.equal(queue.room, 2)
    const settle = { resolve: () => assert.fail(), reject: () => assert.fail() }
    const wait = queue.consumers.join(new Holder(), settle, Infinity, () => assert.fail())
    assert.equal(queue.room, 3)
    wait.withdraw()
    assert.equal(queue.room, 2)
  })

  test('What is given back finds its old place, in whatever order it comes.', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const { queue } = queueOf(5)
      const taken = [take(queue), take(queue), take(queue)]
      for (const index of order) giveBack(queue, taken[index] ?? null)
      assert.deepEqual(numbersOf(queue), [1, 2, 3, 4, 5])
    }
  })

  test('What is given back goes behind what entered before it, also when more has been taken since.', () => {
    const { queue } = queueOf(4)
    const first = take(queue)
    const second = take(queue)
    giveBack(queue, second)
    assert.deepEqual(numbersOf(queue), [2, 3, 4])
    queue.push(delivery(5))
    giveBack(queue, first)
    assert.deepEqual(numbersOf(queue), [1, 2, 3, 4, 5])
  })

  test('A full queue takes back what it gave: the room is negative then.', () => {
    const { queue } = queueOf(2, 2)
    const first = take(queue)
    queue.push(delivery(3))
    assert.equal(queue.room, 0)
    giveBack(queue, first)
    assert.equal(queue.room, -1)
    assert.deepEqual(numbersOf(queue), [1, 2, 3])
  })

  test('A withdrawn delivery is not counted, not seen and not handed out.', () => {
    const { queue, deliveries } = queueOf(5, 5)
    withdraw(queue, deliveries[0])
    withdraw(queue, deliveries[2])
    assert.equal(queue.size, 3)
    assert.equal(queue.room, 2)
    assert.deepEqual(numbersOf(queue), [2, 4, 5])
    assert.deepEqual([take(queue)?.number, take(queue)?.number, take(queue)?.number], [2, 4, 5])
    assert.equal(take(queue), null)
    assert.equal(queue.size, 0)
    assert.equal(queue.room, 5)
  })

  test('Holes at the front do not keep a delivery from its old place.', () => {
    const { queue, deliveries } = queueOf(7)
    const first = take(queue)
    const second = take(queue)
    withdraw(queue, deliveries[2])
    withdraw(queue, deliveries[3])
    giveBack(queue, second)
    giveBack(queue, first)
    assert.deepEqual(numbersOf(queue), [1, 2, 5, 6, 7])
    assert.equal(queue.size, 5)
  })

  test('A queue of which all is withdrawn is empty, and works on.', () => {
    const { queue, deliveries } = queueOf(100)
    for (const one of deliveries) withdraw(queue, one)
    assert.equal(queue.size, 0)
    assert.equal(take(queue), null)
    queue.push(delivery(101))
    assert.deepEqual(numbersOf(queue), [101])
    assert.equal(take(queue)?.number, 101)
  })

  test('What is unfinished is what is queued or taken.', () => {
    const { queue, deliveries } = queueOf(3)
    const taken = take(queue)
    assert.ok(taken)
    queue.taken.add(taken)
    assert.equal(queue.unfinished, 3)
    withdraw(queue, deliveries[1])
    assert.equal(queue.unfinished, 2)
    queue.taken.delete(taken)
    assert.equal(queue.unfinished, 1)
  })

  test('Whatever is pushed, taken, given back and withdrawn, it is as an array in order of number.', () => {
    const step = fc.oneof(
      fc.constant({ verb: 'push', pick: 0 }),
      fc.record({ verb: fc.constantFrom('take', 'giveBack', 'withdraw'), pick: fc.nat(50) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { queue } = queueOf(0)
        let queued: Delivery[] = []
        let taken: Delivery[] = []
        let last = 0
        for (const { verb, pick } of steps) {
          if (verb === 'push') {
            const pushed = delivery(++last)
            queue.push(pushed)
            queued.push(pushed)
          } else if (verb === 'take') {
            const [first] = queued
            assert.equal(take(queue), first ?? null)
            queued = queued.slice(1)
            if (first) taken.push(first)
          } else {
            const from = verb === 'giveBack' ? taken : queued
            const one = from[pick % Math.max(1, from.length)]
            if (!one) continue
            taken = taken.filter((other) => other !== one)
            queued = queued.filter((other) => other !== one)
            if (verb === 'withdraw') withdraw(queue, one)
            else {
              giveBack(queue, one)
              queued = [...queued, one].sort((a, b) => a.number - b.number)
            }
          }
          assert.equal(queue.size, queued.length)
          assert.deepEqual(queue.queued(), queued)
        }
      }),
      { numRuns: 300 },
    )
  })
})
