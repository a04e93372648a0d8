/** A thread of your own takes tasks with `getTaskSync`: it blocks, so the thread may work without an event loop. */
import { Worker } from 'node:worker_threads'
import { ScheduledTaskContext, SchedulerThread } from 'scheduler-thread'

interface Queues {
  square: { number: number }
  result: { square: number }
}

await using scheduler = new SchedulerThread<Queues>({ queues: ['square', 'result'] })
const worker = new Worker(
  new URL('./workers/squares.js', import.meta.url),
  scheduler.workerOptions({ name: 'squares' }),
)

// The nearest is due first, whatever the order in which they are added.
const contexts = [3, 1, 2].map(
  (number) => new ScheduledTaskContext('square', number, { milliseconds: 10 * number }, { number }),
)
await scheduler.addTasks(contexts)
await scheduler.start()
for (let count = 0; count < 3; count++) {
  const { subject, attributes } = await scheduler.getTask('result')
  console.log(subject, 'times itself is', attributes.square)
  await scheduler.taskDone('result')
}

// The thread's getTaskSync throws a SchedulerStoppedError: it leaves its loop and ends.
worker.on('exit', (code) => console.log('the thread ended with', code))
await scheduler.stop()

// Output:
// 1 times itself is 1
// 2 times itself is 4
// 3 times itself is 9
// the thread ended with 0
