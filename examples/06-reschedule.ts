/** A context remembers its last error and how often it came in a row: what a retry needs to know. */
import { ScheduledTaskContext, SchedulerThread } from 'scheduler-thread'

await using scheduler = new SchedulerThread<{ upload: { size: number } }>({ queues: ['upload'] })
await scheduler.start()

let refusals = 3
function upload(): void {
  if (refusals-- > 0) throw new Error('The server is busy.')
}

await scheduler.addTask(new ScheduledTaskContext('upload', 'photo.jpg', null, { size: 1024 }))
for await (const context of scheduler.tasks('upload')) {
  try {
    upload()
    console.log(`Done, after the same error ${context.errorCount} times.`)
    break
  } catch (error) {
    const milliseconds = 5 * 2 ** context.setLastError(error)
    console.log(`${context.lastError?.message} Again in ${milliseconds} ms.`)
    await context.reschedule({ milliseconds })
  }
}

// Output:
// The server is busy. Again in 10 ms.
// The server is busy. Again in 20 ms.
// The server is busy. Again in 40 ms.
// Done, after the same error 3 times.
