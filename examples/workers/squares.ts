/** The worker thread of 02-worker-thread. */
import { SchedulerStoppedError } from 'scheduler-thread'
import { ScheduledTaskContext, connect } from 'scheduler-thread/worker'

interface Queues {
  square: { number: number }
  result: { square: number }
}

const scheduler = connect<Queues>()
try {
  for (;;) {
    const { subject, attributes } = scheduler.getTaskSync('square')
    const square = attributes.number ** 2
    void scheduler.addTask(new ScheduledTaskContext('result', subject, null, { square }))
    scheduler.taskDoneSync('square')
  }
} catch (error) {
  if (!(error instanceof SchedulerStoppedError)) throw error
}
