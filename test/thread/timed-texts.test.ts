import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import type { NewTask } from '../../src/core/task-record.ts'
import { FakeClock } from '../../src/thread/fake-clock.ts'
import { InlineScheduler } from '../../src/thread/inline-scheduler.ts'
import { timedRunsOf } from '../../src/thread/timed-texts.ts'
import { TaskBatch, tasksOf, type WireTasks } from '../../src/thread/wire-tasks.ts'

function wireOf(tasks: readonly NewTask[]): WireTasks {
  const batch = new TaskBatch(true)
  for (const task of tasks) batch.push(task)
  return structuredClone(batch.wire())
}

function timed(index: number, cargo = `{"n":${index}}`): NewTask {
  const subjectKey = index % 3 === 0 ? null : `string:${index}`
  const record = { id: `é ${index}`, taskName: `queue ${index % 2}`, subjectKey, cargo }
  return index % 5 === 0
    ? { record, due: null, epochMs: 1e12 + index }
    : { record, due: index / 7, epochMs: null }
}

/** What the pieces say, read bit by bit. */
function readBack(wire: WireTasks): NewTask[] {
  const tasks: NewTask[] = []
  for (const run of timedRunsOf(wire) ?? []) {
    let start = 0
    const textTo = (end: number): string => {
      const text = Buffer.from(run.text.bytes.subarray(start, end)).toString('latin1')
      start = end
      return text
    }
    for (let index = 0; index < run.count; index++) {
      const [idEnd = 0, keyEnd = 0, cargoEnd = 0] = run.ends.subarray(3 * index)
      const id = textTo(idEnd - run.base)
      const subjectKey = keyEnd < 0 ? null : textTo(keyEnd - run.base)
      const taskName = run.taskNames[run.queues?.[index] ?? 0] ?? ''
      const epochMs = run.epochs?.[index] ?? Number.NaN
      tasks.push({
        record: { id, taskName, subjectKey, cargo: textTo(cargoEnd - run.base) },
        due: Number.isNaN(epochMs) ? (run.dues[index] ?? 0) : null,
        epochMs: Number.isNaN(epochMs) ? null : epochMs,
      })
    }
  }
  return tasks
}

/** As plain objects. */
function plain(tasks: readonly NewTask[]): NewTask[] {
  return tasks.map(({ record: { id, taskName, subjectKey, cargo }, due, epochMs }) => ({
    record: { id, taskName, subjectKey, cargo },
    due,
    epochMs,
  }))
}

describe('Contexts that have a time, on their way', () => {
  test('They arrive as they were, together or one by one, however many and however long they are.', () => {
    const long = (length: number): string => `{"a":"${'x'.repeat(length)}"}`
    const batches = [
      [1, 2, 3, 4].map((index) => timed(index)),
      Array.from({ length: 300 }, (_, index) => timed(index)),
      Array.from({ length: 300 }, (_, index) => timed(index, long(5000))),
      [1, 2, 3, 4, 5].map((index) => timed(index, long(index % 2 === 0 ? 1e6 : 1000))),
      [1, 2, 3, 4].map(() => timed(2, '')),
    ]
    for (const tasks of batches) {
      assert.deepEqual(readBack(wireOf(tasks)), tasks)
      assert.deepEqual(plain(tasksOf(wireOf(tasks))), tasks)
    }
  })

  test('Those are looked at one by one of which some have no time or wide characters, and few.', () => {
    const four = [1, 2, 3, 4].map((index) => timed(index))
    const odd: readonly (readonly NewTask[])[] = [
      four.slice(1),
      [...four, { ...timed(5), epochMs: null, due: null }],
      [...four, timed(5, '{"a":"\u{1f600}"}')],
    ]
    for (const tasks of odd) {
      assert.equal(timedRunsOf(wireOf(tasks)), null)
      assert.deepEqual(plain(tasksOf(wireOf(tasks))), tasks)
    }
  })
})

describe('Adding contexts that have a time in one turn', () => {
  const later = (id: string, n: number, taskName = 'q'): ScheduledTaskContext =>
    new ScheduledTaskContext(taskName, 'x', 60, { n }, { id })

  test('Each call is told whether its context took the place of another, also of one of the same turn.', async () => {
    await using scheduler = new InlineScheduler({ queues: ['q'], clock: new FakeClock() })
    const add = async (ids: string): Promise<string[]> =>
      Promise.all(ids.split('').map((id, n) => scheduler.addTask(later(id, n))))
    const results = [await add('abcd'), await add('efbgdh'), await add('xyzzxx')]
    assert.deepEqual(
      results.map((all) => all.map((one) => one.slice(0, 1)).join('')),
      ['aaaa', 'aarara', 'aaarrr'],
    )
    const scheduled = await scheduler.getScheduled({ taskName: 'q' })
    assert.equal(scheduled.length, 11)
    const { totals } = await scheduler.stats()
    assert.deepEqual([totals.added, totals.replaced], [11, 5])
  })

  test('One for a queue that does not exist is refused alone; of an array, all are.', async () => {
    await using scheduler = new InlineScheduler({ queues: ['q'], clock: new FakeClock() })
    const tasks = (): ScheduledTaskContext[] =>
      ['q', 'q', 'none', 'q', 'q'].map((taskName, n) => later(`${n}`, n, taskName))
    const settled = await Promise.allSettled(tasks().map((task) => scheduler.addTask(task)))
    assert.equal(settled.map(({ status }) => status.slice(0, 1)).join(''), 'ffrff')
    await assert.rejects(scheduler.addTasks(tasks()), { code: 'QUEUE_NOT_FOUND' })
    assert.equal((await scheduler.stats()).totals.replaced, 0)
  })

  test('What is past is parked before a full queue, and whoever listens hears of each.', async () => {
    await using scheduler = new InlineScheduler({
      queues: { q: { maxSize: 1 } },
      clock: new FakeClock(),
    })
    await scheduler.start()
    await scheduler.addTask(new ScheduledTaskContext('q'))
    const heard: string[] = []
    const past = (ids: string): ScheduledTaskContext[] =>
      ids.split('').map((id) => new ScheduledTaskContext('q', 'x', new Date(0), {}, { id }))
    await scheduler.addTasks(past('abcde'))
    assert.equal((await scheduler.stats()).queues['q']?.parked, 5)
    scheduler.on('taskAdded', ({ id }) => heard.push(id))
    await scheduler.addTasks(past('fghij'))
    assert.equal(heard.join(''), 'fghij')
    assert.equal((await scheduler.stats()).queues['q']?.parked, 10)
  })
})
