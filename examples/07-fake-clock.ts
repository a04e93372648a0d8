/** Tests need not wait: a clock that moves when it is told to makes a day pass in no time. */
import assert from 'node:assert/strict'
import { QueueEmptyError, ScheduledTaskContext } from 'scheduler-thread'
import { FakeClock, InlineScheduler } from 'scheduler-thread/testing'

const clock = new FakeClock({ wall: new Date('2026-12-31T12:00:00Z') })
// The same verbs without a thread; `new SchedulerThread({ clock })` takes the clock, too.
await using scheduler = new InlineScheduler({ clock, queues: ['greet'] })
await scheduler.start()

await scheduler.addTask(
  new ScheduledTaskContext('greet', 'happy new year', new Date('2027-01-01T00:00:00Z')),
)
await scheduler.addTask(new ScheduledTaskContext('greet', 'good afternoon', '2h30m'))

await clock.advance('2h')
await assert.rejects(scheduler.getTask('greet', { blocking: false }), QueueEmptyError)

for (const duration of ['30m', '9h30m']) {
  await clock.advance(duration)
  const { subject, dueAt, lateness } = await scheduler.getTask('greet')
  console.log(dueAt?.toISOString(), subject, lateness, 's late')
  await scheduler.taskDone('greet')
}

// Output:
// 2026-12-31T14:30:00.000Z good afternoon 0 s late
// 2027-01-01T00:00:00.000Z happy new year 0 s late
