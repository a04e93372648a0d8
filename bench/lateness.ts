/**
 * How late does a task begin that was scheduled for a time: at a worker thread of the scheduler, and in a `setTimeout`
 * of the application, while the application is idle and while it is busy 30 ms of every 40?
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ScheduledTaskContext, SchedulerThread } from 'scheduler-thread'
import { now, summary, type Summary } from './measure.ts'

const deadlines = 400
const overMs = 4000
const passes = 3

interface Pass {
  readonly contender: 'SchedulerThread' | 'setTimeout'
  readonly application: 'idle' | 'busy'
  readonly latenessMs: readonly number[]
}

export interface LatenessResult {
  readonly contender: string
  readonly application: string
  readonly summary: Summary
}

/** Alternates the contenders, and keeps the pass with the median p50 of each. */
export async function latenessBench(): Promise<LatenessResult[]> {
  const done: Pass[] = []
  for (let pass = 0; pass < passes; pass++) {
    for (const application of ['idle', 'busy'] as const) {
      done.push({
        contender: 'setTimeout',
        application,
        latenessMs: await whileIt(application, timers),
      })
      done.push({
        contender: 'SchedulerThread',
        application,
        latenessMs: await whileIt(application, threads),
      })
    }
  }
  const results: LatenessResult[] = []
  for (const application of ['idle', 'busy']) {
    for (const contender of ['setTimeout', 'SchedulerThread']) {
      const summaries = done
        .filter((one) => one.contender === contender && one.application === application)
        .map(({ latenessMs }) => summary(latenessMs))
        .toSorted((a, b) => a.p50 - b.p50)
      const median = summaries[Math.floor(summaries.length / 2)]
      if (median) results.push({ contender, application, summary: median })
    }
  }
  return results
}

/** Times spread evenly, at odd fractions of a millisecond. */
function times(start: number): number[] {
  return Array.from(
    { length: deadlines },
    (_, n) => start + ((n + (n % 7) / 7) * overMs) / deadlines,
  )
}

async function timers(): Promise<number[]> {
  const start = now() + 200
  return Promise.all(
    times(start).map(
      (due) =>
        new Promise<number>((resolve) => setTimeout(() => resolve(now() - due), due - now())),
    ),
  )
}

async function threads(): Promise<number[]> {
  const lateness = new Float64Array(
    new SharedArrayBuffer(deadlines * Float64Array.BYTES_PER_ELEMENT),
  )
  await using scheduler = await new SchedulerThread({ queues: ['late'] }).start()
  const options = scheduler.workerOptions({ workerData: { lateness } })
  const worker = new Worker(new URL('./lateness-worker.js', import.meta.url), options)
  await once(worker, 'message')
  const start = now() + 200
  // One by one: a relative time counts from the call, and packing hundreds takes a while.
  const added = times(start).map((due, index) =>
    scheduler.addTask(new ScheduledTaskContext('late', index, (due - now()) / 1000, { due })),
  )
  await Promise.all(added)
  await sleep(start + overMs + 200 - now())
  await scheduler.join('late')
  return [...lateness]
}

/** Runs something while the application's loop is idle, or blocked 30 ms of every 40. */
async function whileIt(
  application: Pass['application'],
  run: () => Promise<number[]>,
): Promise<number[]> {
  if (application === 'idle') return run()
  const timer = setInterval(() => {
    const until = now() + 30
    while (now() < until);
  }, 40)
  try {
    return await run()
  } finally {
    clearInterval(timer)
  }
}
