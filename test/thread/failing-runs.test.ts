import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import { TaskBlocks } from '../../src/core/task-blocks.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'

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
