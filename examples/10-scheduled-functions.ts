/** A function that is called by a trigger, in this thread, and a program that ends with its last job. */
import { SchedulerThread } from 'scheduler-thread'

await using scheduler = new SchedulerThread()
const started = Date.now()

const beat = scheduler.scheduledJob(
  { interval: { seconds: 0.05 } },
  { maxRuns: 3 },
)(function beat({ dueAt }) {
  const seconds = ((dueAt?.getTime() ?? 0) - started) / 1000
  console.log('beat', seconds > 0)
})

// Here the program waits, as long as there are jobs.
await scheduler.run()
console.log('it was', (await beat.job).name)

// Output:
// beat true
// beat true
// beat true
// it was beat
