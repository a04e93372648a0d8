import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { InlineScheduler } from '../../src/testing.ts'

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  test(`${name} waits for what is months or centuries away, on the real clock, and nothing of it is early.`, async () => {
    await using scheduler = await new Scheduler({ queues: ['q', 'soon'] }).start()
    // 2^31 milliseconds, the longest that a timer of Node.js takes, are not quite 25 days.
    const far = [{ milliseconds: 2 ** 31 }, { days: 25 }, { days: 60 }, new Date('2999-01-01')]
    await scheduler.addTasks(far.map((time, n) => new ScheduledTaskContext('q', n, time)))
    await scheduler.addJob({ taskName: 'q', trigger: { date: '2999-01-01 00:00:00' } })
    // Each takes a wait of its own, during which the others would come if they were early.
    for (const ms of [5, 10, 15]) {
      await scheduler.addTask(new ScheduledTaskContext('soon', ms, { milliseconds: ms }))
      await scheduler.taskDone(await scheduler.getTask('soon'))
    }
    const scheduled = await scheduler.getScheduled({ taskName: 'q' })
    assert.deepEqual(
      scheduled.map(({ subject }) => subject),
      [0, 1, 2, 3],
    )
    assert.equal((await scheduler.stats()).queues['q']?.queued, 0)
  })
}
