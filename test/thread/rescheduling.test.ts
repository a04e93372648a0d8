import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduledTaskContext } from '../../src/index.ts'
import { InlineScheduler } from '../../src/testing.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('A refused reschedule leaves a taken context to be finished.', async () => {
  const scheduler = new InlineScheduler({ queues: { work: { maxSize: 1 } } })
  await scheduler.start()
  await scheduler.addTask(new ScheduledTaskContext('work', 'a'))
  const taken = await scheduler.getTask('work')
  await scheduler.addTask(new ScheduledTaskContext('work', 'b'))
  await assert.rejects(taken.reschedule(), { code: 'QUEUE_FULL' })
  assert.equal(taken.scheduler, scheduler)
  await scheduler.taskDone(taken)
  await scheduler.stop()
})

test('A consumer whose handler was refused a reschedule finishes its context.', async () => {
  const scheduler = new InlineScheduler({ queues: { work: { maxSize: 1 } } })
  await scheduler.start()
  let refused = ''
  await scheduler.consume('work', async (context) => {
    if (context.subject !== 'a') return
    await scheduler.addTask(new ScheduledTaskContext('work', 'b'))
    await context.reschedule().catch((error: Error) => (refused = error.name))
  })
  await scheduler.addTask(new ScheduledTaskContext('work', 'a'))
  for (let n = 0; n < 20; n++) await turn()
  const { queued, taken, done } = (await scheduler.stats()).queues['work'] ?? {}
  assert.equal(refused, 'QueueFullError')
  assert.deepEqual({ queued, taken, done }, { queued: 0, taken: 0, done: 2 })
  await scheduler.stop({ timeout: 0 })
})

test('A context that a handler gives to another scheduler is finished at the first.', async () => {
  const first = new InlineScheduler({ queues: ['work'] })
  const second = new InlineScheduler({ queues: ['work'] })
  await first.start()
  await first.consume('work', async (context) => {
    await second.addTask(context)
  })
  await first.addTask(new ScheduledTaskContext('work', 'a'))
  for (let n = 0; n < 20; n++) await turn()
  const { taken, done } = (await first.stats()).queues['work'] ?? {}
  assert.deepEqual({ taken, done }, { taken: 0, done: 1 })
})
