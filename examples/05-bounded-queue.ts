/** A full queue refuses, or makes its producer wait, or parks what is due: never does it stop the clock. */
import { QueueFullError, ScheduledTaskContext, SchedulerThread } from 'scheduler-thread'

await using scheduler = new SchedulerThread({ queues: { print: { maxSize: 1 } } })
await scheduler.start()
await scheduler.addTask(new ScheduledTaskContext('print', 'page 1'))

// As soon as possible is not possible: an error at once.
await scheduler.addTask(new ScheduledTaskContext('print', 'page 2')).catch((error: unknown) => {
  console.log(error instanceof QueueFullError, 'page 2 is refused')
})

// A producer may wait for room, as long as it likes.
const page3 = new ScheduledTaskContext('print', 'page 3')
const added = scheduler.addTask(page3, { blocking: true, timeout: '10s' })

// What has a time is never refused: when it is due, it is parked until there is room, ahead of those who wait.
await scheduler.addTask(new ScheduledTaskContext('print', 'page 4', '1h'))
await scheduler.runAll()
console.log('parked:', (await scheduler.stats()).queues['print']?.parked)

for await (const context of scheduler.tasks('print')) {
  console.log('printing', context.subject)
  if (context.subject === 'page 3') break
}
console.log('page 3 was', await added)

// Output:
// true page 2 is refused
// parked: 1
// printing page 1
// printing page 4
// printing page 3
// page 3 was added
