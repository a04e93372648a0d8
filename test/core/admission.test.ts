import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Holder } from '../../src/core/delivery.ts'
import { QueueFullError, type SchedulerError } from '../../src/core/errors.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import type { NewTask } from '../../src/core/timetable.ts'
import type { Wait } from '../../src/core/waiting-line.ts'

const holder = new Holder()

/** A scheduler on a clock that is moved by hand, with short words for what these tests do often. */
function setUp(queues: Readonly<Record<string, number>>): {
  readonly scheduler: Scheduler
  /** What those who wait were told, in order. */
  readonly told: string[]
  readonly errors: SchedulerError[]
  /** Adds batches such as `'a b b'`: the context a1 to queue a, the contexts b2 and b3 to queue b. */
  readonly add: (batch: string) => void
  readonly addWhenRoom: (batch: string, deadline?: number) => Wait | null
  readonly take: (taskName: string) => void
  readonly queued: (taskName: string) => string[]
  readonly tickAt: (time: number) => void
} {
  let now = 0
  let added = 0
  const scheduler = new Scheduler({ now: () => now, wall: () => now })
  for (const [taskName, maxSize] of Object.entries(queues)) scheduler.addQueue(taskName, maxSize)
  const told: string[] = []
  const errors: SchedulerError[] = []
  const batchOf = (batch: string): NewTask[] =>
    batch.split(' ').map((taskName) => newTask(`${taskName}${++added}`, taskName))
  return {
    scheduler,
    told,
    errors,
    add: (batch) => void scheduler.addTasks(batchOf(batch)),
    addWhenRoom: (batch, deadline = Infinity) =>
      scheduler.addTasksWhenRoom(batchOf(batch), deadline, {
        resolve: () => void told.push(`${batch}: in`),
        reject: (error) => {
          told.push(`${batch}: ${error.code}`)
          errors.push(error)
        },
      }),
    take: (taskName) =>
      void scheduler.getTask(taskName, holder, -Infinity, {
        resolve: () => undefined,
        reject: assert.fail,
      }),
    queued: (taskName) => scheduler.queued(taskName).map(({ record }) => record.id),
    tickAt: (time) => {
      now = time
      scheduler.tick()
    },
  }
}

function newTask(id: string, taskName: string): NewTask {
  return { record: { id, taskName, subjectKey: 'x', cargo: null }, due: null, epochMs: null }
}

describe('Those who wait for room', () => {
  test('They are let in in order of arrival, each when all of its batch has room.', () => {
    const { told, add, addWhenRoom, take, queued } = setUp({ a: 2 })
    add('a a')
    addWhenRoom('a a')
    addWhenRoom('a')
    take('a')
    assert.deepEqual(told, [])
    take('a')
    assert.deepEqual(told, ['a a: in'])
    take('a')
    assert.deepEqual(told, ['a a: in', 'a: in'])
    assert.deepEqual(queued('a'), ['a4', 'a5'])
  })

  test('Who stands behind a batch too large for the room gets in when that batch is withdrawn.', () => {
    const { told, add, addWhenRoom, take } = setUp({ a: 2 })
    add('a a')
    const large = addWhenRoom('a a')
    addWhenRoom('a')
    take('a')
    assert.equal(large?.withdraw(), true)
    assert.deepEqual(told, ['a: in'])
  })

  test('Who stands behind a batch too large for the room gets in when the time of that batch is over.', () => {
    const { told, add, addWhenRoom, take, tickAt } = setUp({ a: 2 })
    add('a a')
    addWhenRoom('a a', 10)
    addWhenRoom('a')
    take('a')
    tickAt(10)
    assert.deepEqual(told, ['a a: QUEUE_FULL', 'a: in'])
  })

  test('Of two whose time is over at once, the one who came first leaves first and so lets the other in.', () => {
    const { told, add, addWhenRoom, take, tickAt } = setUp({ a: 3 })
    add('a a a')
    addWhenRoom('a a', 10)
    for (let more = 0; more < 5; more++) addWhenRoom('a a a', 10)
    addWhenRoom('a', 10)
    take('a')
    tickAt(10)
    assert.deepEqual(told, [
      'a a: QUEUE_FULL',
      ...Array.from({ length: 5 }, () => 'a a a: QUEUE_FULL'),
      'a: in',
    ])
  })

  test('What is parked goes before them, on every queue that one cancel made room on.', () => {
    const { scheduler, told, add, addWhenRoom, queued } = setUp({ a: 1, b: 1 })
    scheduler.start()
    add('a b')
    const late = { id: 'late', taskName: 'b', subjectKey: null, cargo: null }
    scheduler.addTasks([{ record: late, due: 0, epochMs: null }])
    scheduler.tick()
    addWhenRoom('a b')
    assert.equal(scheduler.cancelBySubject('x', true), 2)
    assert.deepEqual(queued('b'), ['late'])
    assert.deepEqual(queued('a'), [])
    assert.deepEqual(told, [])
  })
})

describe('A batch for several queues', () => {
  test('It waits where there is no room, and then where there is none by then.', () => {
    const { told, add, addWhenRoom, take } = setUp({ a: 1, b: 1 })
    add('a b')
    addWhenRoom('a b')
    take('a')
    assert.deepEqual(told, [])
    take('b')
    assert.deepEqual(told, ['a b: in'])
  })

  test('When its time is over, the error names the queue that it waited for last.', () => {
    const { errors, add, addWhenRoom, take, tickAt } = setUp({ a: 1, b: 1 })
    add('a b')
    addWhenRoom('a b', 10)
    take('a')
    tickAt(10)
    assert.deepEqual(
      errors.map(({ details }) => details),
      [{ taskName: 'b', size: 1, maxSize: 1 }],
    )
  })

  test('It fails at once when it can never fit one of them, also if another is the first without room.', () => {
    const { told, errors, add, addWhenRoom } = setUp({ a: 1, b: 1 })
    add('a')
    assert.equal(addWhenRoom('a b b'), null)
    assert.deepEqual(told, ['a b b: QUEUE_FULL'])
    assert.ok(errors[0] instanceof QueueFullError)
    assert.equal(errors[0].details['taskName'], 'b')
  })

  test('It fails when one of them was made anew, so small that it can never fit.', () => {
    const { scheduler, told, add, addWhenRoom, take } = setUp({ a: 1, b: 2 })
    add('a')
    addWhenRoom('a b b')
    scheduler.removeQueue('b')
    scheduler.addQueue('b', 1)
    take('a')
    assert.deepEqual(told, ['a b b: QUEUE_FULL'])
  })

  test('It fails when one of them is gone by the time that there is room.', () => {
    const { scheduler, told, add, addWhenRoom, take } = setUp({ a: 1, b: 1 })
    add('a')
    addWhenRoom('a b')
    scheduler.removeQueue('b')
    assert.deepEqual(told, [])
    take('a')
    assert.deepEqual(told, ['a b: QUEUE_NOT_FOUND'])
  })
})
