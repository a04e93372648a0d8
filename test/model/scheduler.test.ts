import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { OperationSequences, verbs } from './operations.ts'
import { TwinRun } from './twin-run.ts'

/** Ten thousand in CI; there, a run that repeats the tests elsewhere may ask for fewer. */
const usual = process.env['CI'] === 'true' ? 10_000 : 500
const numRuns = Number(process.env['PROPERTY_SEQUENCES'] ?? usual)

/** Who is told what by which verb: the moments that a sequence has to reach by luck. */
const moments = [
  'addTasksWhenRoom: true',
  'addTasksWhenRoom: added by addTasksWhenRoom',
  'addTasksWhenRoom: added by getTask',
  'addTasksWhenRoom: added by getTaskWaiting',
  'addTasksWhenRoom: added by cancelTaskQueued',
  'addTasksWhenRoom: added by cancelBySubjectQueued',
  'addTasksWhenRoom: QUEUE_FULL by addTasksWhenRoom',
  'addTasksWhenRoom: QUEUE_FULL by tick',
  'addTasksWhenRoom: QUEUE_NOT_FOUND by removeQueue',
  'addTasksWhenRoom: QUEUE_NOT_FOUND',
  'addTasksWhenRoom: SCHEDULER_STOPPED by end',
  'getTask: some by getTask',
  'getTask: QUEUE_EMPTY by getTask',
  'getTask: QUEUE_NOT_FOUND',
  'getTaskWaiting: true',
  'getTaskWaiting: some by addAsap',
  'getTaskWaiting: some by addTasks',
  'getTaskWaiting: some by addTasksWhenRoom',
  'getTaskWaiting: some by giveBack',
  'getTaskWaiting: some by giveBackAll',
  'getTaskWaiting: some by runAll',
  'getTaskWaiting: some by tick',
  'getTaskWaiting: QUEUE_EMPTY by getTaskWaiting',
  'getTaskWaiting: QUEUE_EMPTY by tick',
  'getTaskWaiting: QUEUE_NOT_FOUND by removeQueue',
  'getTaskWaiting: SCHEDULER_STOPPED by end',
  'join: true',
  'join: joined by join',
  'join: joined by finish',
  'join: joined by finishOldest',
  'join: joined by cancelBySubjectQueued',
  'join: TIMEOUT by tick',
  'join: QUEUE_NOT_FOUND by removeQueue',
  'addTasks: QUEUE_FULL',
  'addTasks: QUEUE_NOT_FOUND',
  'addQueue: QUEUE_EXISTS',
  'removeQueue: QUEUE_NOT_FOUND',
  'finish: TASK_NOT_TAKEN',
  'finishOldest: TASK_NOT_TAKEN',
  'withdraw: true',
  'withdraw: false',
]

describe('The scheduler and a naive model of it', () => {
  test('Both answer alike, tell those who wait alike, and are alike after every call of every sequence.', () => {
    const happened = new Set<string>()
    fc.assert(
      fc.property(new OperationSequences(), (operations) => {
        const run = new TwinRun(happened)
        for (const operation of operations) run.perform(operation)
        run.end()
      }),
      { numRuns, includeErrorInReport: true },
    )
    assert.deepEqual(
      moments.filter((moment) => !happened.has(moment)),
      [],
      'never happened',
    )
  })

  test('The same, while batches stay whole: nobody hears of single contexts, and lists are asked for seldom.', () => {
    const happened = new Set<string>()
    fc.assert(
      fc.property(new OperationSequences(), (operations) => {
        const run = new TwinRun(happened, true)
        for (const operation of operations) run.perform(operation)
        run.end()
      }),
      { numRuns: Math.ceil(numRuns / 4), includeErrorInReport: true },
    )
    assert.ok(happened.has('addTasks: together'))
    assert.ok(happened.has('addAsap: together'))
    for (const verb of ['addTasks', 'addRelative', 'addAbsolute', 'addPast'])
      assert.ok(happened.has(`${verb}: together, timed`), verb)
  })

  test('Every verb occurs in every sequence of 100 to 300 calls.', () => {
    fc.assert(
      fc.property(new OperationSequences(), (operations) => {
        assert.ok(operations.length >= 100 && operations.length <= 300)
        assert.deepEqual(new Set(operations.map(({ verb }) => verb)), new Set(verbs))
      }),
    )
  })
})
