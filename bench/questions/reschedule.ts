/** How often a second can workers reschedule what they work on? At once, and in a millisecond. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { now } from '../measure.ts'
import { perSecond } from '../peers/pools.ts'
import { workerFile } from '../questions.ts'
import { amount, type Contender, type Question } from '../question.ts'

const contexts = 512

export const question: Question = {
  name: 'reschedule',
  asks: 'How often a second can two workers reschedule what they work on?',
  contenders: [rescheduling('at once', 0), rescheduling('in a millisecond', 0.001)],
}

function rescheduling(name: string, inSeconds: number): Contender {
  return {
    name,
    run: async (settings) => {
      await using scheduler = await new SchedulerThread({ queues: ['again'] }).start()
      const options = { workerData: { inSeconds } }
      const threads = [1, 2].map(
        () => new Worker(workerFile('reschedules'), scheduler.workerOptions(options)),
      )
      await Promise.all(threads.map((thread) => once(thread, 'message')))
      await run(scheduler, threads, amount(settings, 20))
      const times = amount(settings, 100)
      const start = now()
      await run(scheduler, threads, times)
      return { perSecond: perSecond(contexts * times, start) }
    },
  }
}

/** Resolves when every context has run so often. */
async function run(
  scheduler: SchedulerThread,
  threads: readonly Worker[],
  times: number,
): Promise<void> {
  let over = 0
  const all = new Promise<void>((resolve) => {
    for (const thread of threads) {
      thread.removeAllListeners('message')
      thread.on('message', () => {
        if (++over === contexts) resolve()
      })
    }
  })
  const tasks = Array.from(
    { length: contexts },
    (_, index) => new ScheduledTaskContext('again', index, null, { left: times }),
  )
  await scheduler.addTasks(tasks)
  await all
}
