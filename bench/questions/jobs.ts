/** How late is a task while very many jobs are due, and is each of them run, once, in its minute? */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { until } from '../late-tasks.ts'
import { now } from '../measure.ts'
import { amount, type Pass, type Question, type Settings } from '../question.ts'
import { workerFile } from '../questions.ts'

const minuteMs = 60_000
/** Tasks come for so long before the jobs are due, and after. */
const beforeMs = 500
const afterMs = 8000
const everyMs = 10
/** So many jobs are added before anything else is done. */
const batch = 1000

export const question: Question = {
  name: 'jobs',
  asks: 'How late is a task every 10 ms while 100,000 cron jobs are due in one minute?',
  contenders: [
    { name: 'no jobs', limitSeconds: 200, once: true, run: (settings) => measure(settings, 0) },
    {
      name: '100,000 jobs',
      limitSeconds: 200,
      once: true,
      run: (settings) => measure(settings, 1e5),
    },
  ],
}

/** Jobs of one minute on one worker, tasks on another; the jobs that were not run exactly once are an error. */
async function measure(settings: Settings, jobs: number): Promise<Pass> {
  await using scheduler = await new SchedulerThread({ queues: ['late', 'jobs'] }).start()
  const count = amount(settings, jobs)
  const lateness = new Float64Array(new SharedArrayBuffer(8 * ((beforeMs + afterMs) / everyMs)))
  lateness.fill(Number.NaN)
  const options = scheduler.workerOptions({ workerData: { lateness } })
  await once(new Worker(workerFile('late'), options), 'message')
  await scheduler.startWorkers(workerFile('noop-job'), { threads: 1 })

  const wallOffset = Date.now() - now()
  const addingMs = await addJobs(scheduler, count)
  const first = await scheduler.getJob('job 0')
  const due = (first?.nextRunTime?.getTime() ?? Date.now() + beforeMs) - wallOffset
  await until(due - beforeMs - 200, false)
  const added = Array.from(lateness, (_, index) => {
    const at = due - beforeMs + index * everyMs
    const about = { due: at, busyMs: 0 }
    return scheduler.addTask(new ScheduledTaskContext('late', index, (at - now()) / 1000, about))
  })
  await Promise.all(added)
  await until(due + afterMs, false)
  await scheduler.join('late', { timeout: 20 })
  // On a busy machine some have not been begun yet.
  const end = now() + 60_000
  let { queues } = await scheduler.stats()
  while ((queues['jobs']?.done ?? 0) < count && now() < end) {
    await sleep(50)
    ;({ queues } = await scheduler.stats())
  }
  const left = await scheduler.getJobs()
  const again = left.filter(({ runs, nextRunTime }) => runs !== 1 || nextRunTime === null).length
  if (queues['jobs']?.done !== count || again > 0) {
    throw new Error(`${queues['jobs']?.done} runs of ${count} jobs, ${again} of them not once`)
  }
  return {
    msWaited: [...lateness].map((one) => Math.round(one * 1e4) / 1e4),
    addingJobsMs: addingMs,
    lastJobMs: (queues['jobs']?.lateness.max ?? 0) * 1000,
  }
}

/** Adds jobs that all run at the next minute but one; gives how long it took. */
async function addJobs(scheduler: SchedulerThread, count: number): Promise<number> {
  const start = now()
  const startDate = new Date((Math.floor(Date.now() / minuteMs) + 1) * minuteMs + 1)
  for (let from = 0; from < count; from += batch) {
    const size = Math.min(batch, count - from)
    await Promise.all(
      Array.from({ length: size }, (_, index) =>
        scheduler.addJob({
          id: `job ${from + index}`,
          taskName: 'jobs',
          trigger: { cron: { minute: '*', startDate, timezone: 'Europe/Berlin' } },
        }),
      ),
    )
  }
  return now() - start
}
