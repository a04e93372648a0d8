import { ScheduledTaskContext, SchedulerThread } from '../src/index.ts'
import { now } from './measure.ts'
import { perSecond } from './peers/pools.ts'
import { smallAttributes } from './pending.ts'
import { workerFile } from './questions.ts'

/** So many chunks may wait for their answer while the next is made. */
const chunksInFlight = 8

/** A scheduler with two worker threads whose handler does nothing. */
export async function schedulerWithNoops(threads = 2): Promise<SchedulerThread> {
  const scheduler = await new SchedulerThread({ queues: ['noop'] }).start()
  await scheduler.startWorkers(workerFile('noop'), { threads })
  return scheduler
}

let made = 0

/** A task without a time. */
function immediateTask(carried?: object): ScheduledTaskContext<string, object> {
  const about = carried ?? smallAttributes(++made)
  return new ScheduledTaskContext('noop', `subject ${made % 1000}`, null, about)
}

/** Tasks per second from the first call to the last task done, by `addTasks` in chunks. */
export async function rateInChunks(
  scheduler: SchedulerThread,
  count: number,
  chunk: number,
  carried?: object,
): Promise<number> {
  const start = now()
  const inFlight: Promise<unknown>[] = []
  for (let added = 0; added < count; added += chunk) {
    const length = Math.min(chunk, count - added)
    inFlight.push(scheduler.addTasks(Array.from({ length }, () => immediateTask(carried))))
    if (inFlight.length === chunksInFlight) await inFlight.shift()
  }
  await Promise.all(inFlight)
  await scheduler.join('noop', { timeout: 80 })
  return perSecond(count, start)
}

/** The same, by `addTask` for each: `width` calls in one turn, and every promise is awaited before the next turn. */
export async function rateOfCalls(
  scheduler: SchedulerThread,
  count: number,
  width: number,
): Promise<number> {
  const start = now()
  for (let added = 0; added < count; added += width) {
    const length = Math.min(width, count - added)
    await Promise.all(Array.from({ length }, () => scheduler.addTask(immediateTask())))
  }
  await scheduler.join('noop', { timeout: 80 })
  return perSecond(count, start)
}
