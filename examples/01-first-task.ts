/** A context goes to the queue of its task name when it is due, and stays taken until it is done. */
import { ScheduledTaskContext, SchedulerThread } from 'scheduler-thread'

await using scheduler = new SchedulerThread<{ resize: { width: number } }>({ queues: ['resize'] })

const photo = new ScheduledTaskContext('resize', 'photo.jpg', '50ms', { width: 640 })
console.log(await scheduler.addTask(photo))
console.log('scheduled:', (await scheduler.getScheduled()).length)
// Every verb works at once; what starts here is the releasing of what is due.
await scheduler.start()

const context = await scheduler.getTask('resize')
console.log('resize', context.subject, 'to', context.attributes.width, 'pixels')
console.log('early:', context.lateness < 0)
await scheduler.taskDone(context)

const { queues } = await scheduler.stats()
console.log('done:', queues['resize']?.done)

// Output:
// added
// scheduled: 1
// resize photo.jpg to 640 pixels
// early: false
// done: 1
