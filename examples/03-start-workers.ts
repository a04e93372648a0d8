/** A file with a function per task name, and as many threads of it as you like; one that dies is replaced. */
import { ScheduledTaskContext, SchedulerThread } from 'scheduler-thread'
import type { Queues } from './workers/page-handlers.ts'

await using scheduler = new SchedulerThread<Queues>({ queues: ['fetch', 'count', 'report'] })
const workers = await scheduler.startWorkers(
  new URL('./workers/page-handlers.js', import.meta.url),
  { threads: 2 },
)
console.log('threads:', workers.threads)

const lines: string[] = []
await scheduler.consume('report', ({ subject, attributes }) => {
  lines.push(`${String(subject)} has ${attributes.words} words`)
})

await scheduler.start()
for (const page of ['index', 'about', 'contact'])
  await scheduler.addTask(new ScheduledTaskContext('fetch', page))

// A handler hands on before it is done, so whatever is on its way is in one of the queues.
for (const taskName of ['fetch', 'count', 'report'] as const) await scheduler.join(taskName)
console.log(lines.sort().join('\n'))

// Output:
// threads: 2
// about has 3 words
// contact has 4 words
// index has 2 words
