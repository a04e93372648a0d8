import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import { BlockStore } from '../../src/core/block-store.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import { TaskBlocks } from '../../src/core/task-blocks.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { checkJobDefaults } from '../../src/thread/job-defaults.ts'
import { OpenQuestions } from '../../src/thread/open-questions.ts'
import type { FromServer, Request } from '../../src/thread/protocol.ts'
import { SchedulerServer } from '../../src/thread/server.ts'
import { TaskBatch } from '../../src/thread/wire-tasks.ts'

const outcome = async (promise: Promise<unknown>): Promise<unknown> => {
  const [end] = await Promise.allSettled([promise])
  return end.status === 'fulfilled' ? end.value : end.reason.code
}

async function started(): Promise<InlineScheduler> {
  const silent = (): void => undefined
  const logger = { debug: silent, info: silent, warn: silent, error: silent }
  return new InlineScheduler({ queues: ['q'], clock: new FakeClock(), logger }).start()
}

test('Where memory ends amid contexts that are added together, each is told, and those before are found and released.', async () => {
  await using scheduler = await started()
  const failing = mock.method(TaskBlocks.prototype, 'createOfBytes')
  failing.mock.mockImplementationOnce(() => {
    throw new RangeError('Array buffer allocation failed')
  }, 3)
  const contexts = [0, 1, 2, 3, 4, 5].map((n) => new ScheduledTaskContext('q', n, 60))
  const added = contexts.map((one) => outcome(scheduler.addTask(one)))
  assert.deepEqual(
    await Promise.all(added),
    contexts.map(() => 'SCHEDULER_ERROR'),
  )
  failing.mock.restore()
  assert.equal((await scheduler.getScheduled()).length, 3)
  assert.equal((await scheduler.stats()).totals.added, 3)
  assert.equal(await scheduler.cancelTask(contexts[1]?.id ?? ''), true)
  assert.equal(await scheduler.runAll(), 2)
})

test("Where there is no memory for them, contexts take nobody's place.", async () => {
  await using scheduler = await started()
  const contexts = ['a', 'b', 'c', 'd'].map(
    (id) => new ScheduledTaskContext('q', id, 60, { of: id }, { id }),
  )
  await scheduler.addTasks(contexts)
  const before = await scheduler.getScheduled()
  for (const count of [1, 4]) {
    const failing = mock.method(BlockStore.prototype, 'reserve', () => {
      throw new RangeError('Array buffer allocation failed')
    })
    const added = contexts.slice(0, count).map((one) => outcome(scheduler.addTask(one)))
    assert.deepEqual(await Promise.all(added), Array(count).fill('SCHEDULER_ERROR'))
    failing.mock.restore()
    assert.deepEqual(await scheduler.getScheduled(), before)
  }
  const { totals } = await scheduler.stats()
  assert.deepEqual([totals.added, totals.replaced], [4, 0])
  assert.equal(await scheduler.runAll(), 4)
})

test('Where cancelling several together fails, each is told, and what was called before is not done again.', async () => {
  await using scheduler = await started()
  const contexts = [0, 1, 2, 3].map((n) => new ScheduledTaskContext('q', n, 60))
  await scheduler.addTasks(contexts)
  const failing = mock.method(Scheduler.prototype, 'cancelTasks', () => {
    throw new TypeError('unexpected')
  })
  const added = scheduler.addTask(new ScheduledTaskContext('q', 'now'))
  const cancelled = contexts.map((one) => outcome(scheduler.cancelTask(one)))
  assert.deepEqual(
    await Promise.all(cancelled),
    contexts.map(() => 'SCHEDULER_ERROR'),
  )
  assert.equal(await added, 'added')
  failing.mock.restore()
  const { queues } = await scheduler.stats()
  assert.equal(queues['q']?.queued, 1)
  const again = await Promise.all(contexts.map((one) => scheduler.cancelTask(one)))
  assert.deepEqual(again, [true, true, true, true])
})

test('Of calls that cancel together, one whose id is none fails alone.', () => {
  const clock = { now: () => 0, wall: () => 0 }
  const questions = new OpenQuestions([], () => undefined)
  const server = new SchedulerServer(clock, { q: 0 }, checkJobDefaults(), questions)
  const heard: FromServer[] = []
  const connection = server.connect((messages) => heard.push(...messages))
  const batch = new TaskBatch(true)
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const record = { id, taskName: 'q', subjectKey: null, cargo: '{}' }
    batch.push({ record, due: 60_000, epochMs: null })
  }
  const ids: unknown[] = ['a', 'b', 'c', 5, 'd', 'e', 'none', 'f']
  server.receive(connection, [
    { id: 1, call: 'addTasks', args: [batch.wire(), -Infinity] },
    ...ids.map((id, n) => ({ id: n + 2, call: 'cancelTask', args: [id, false] }) as Request),
  ])
  server.flush()
  const answers = heard.flatMap((one) =>
    one.type === 'value' ? [one.value] : one.type === 'error' ? [one.id] : [],
  )
  assert.deepEqual(answers.slice(1), [true, true, true, 5, true, true, false, true])
})

test('What is queued, too, may be cancelled by several calls of one turn, beside such as leave it.', async () => {
  await using scheduler = await started()
  const contexts = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => new ScheduledTaskContext('q', n))
  await scheduler.addTasks(contexts)
  const cancelled = contexts.map((one, n) => scheduler.cancelTask(one, { queued: n % 8 < 5 }))
  assert.deepEqual(await Promise.all(cancelled), [
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ])
  const left = await scheduler.getQueued('q')
  assert.deepEqual(
    left.map(({ subject }) => subject),
    [5, 6, 7],
  )
})
