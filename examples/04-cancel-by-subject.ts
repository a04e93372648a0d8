/** One call removes everything that relates to a subject, from all queues. */
import { ScheduledTaskContext, SchedulerThread } from 'scheduler-thread'

await using scheduler = new SchedulerThread({ queues: ['remind', 'invoice'] })
await scheduler.start()

const alice = { customer: 'alice' }
const bob = { customer: 'bob' }
await scheduler.addTasks([
  new ScheduledTaskContext('remind', alice, '1h'),
  new ScheduledTaskContext('remind', bob, '2h'),
  new ScheduledTaskContext('invoice', alice, { days: 30 }),
  // No time: at once on its queue, and no longer scheduled.
  new ScheduledTaskContext('invoice', alice),
])

console.log('about alice:', (await scheduler.getScheduled({ subject: alice })).length)
console.log('cancelled:', await scheduler.cancelBySubject(alice))
console.log('cancelled again:', await scheduler.cancelBySubject(alice))
console.log('of those queued:', await scheduler.cancelBySubject(alice, { queued: true }))

const left = await scheduler.getScheduled()
console.log('left:', left.map(({ taskName }) => taskName).join(', '))

// An object is compared by identity; a subject from a database is better compared by a key.
const fromDatabase = { customer: 'carol' }
await scheduler.addTask(
  new ScheduledTaskContext('remind', fromDatabase, '1h', {}, { subjectKey: 'carol' }),
)
console.log('by key:', await scheduler.cancelBySubject('carol'))

// Output:
// about alice: 2
// cancelled: 2
// cancelled again: 0
// of those queued: 1
// left: remind
// by key: 1
