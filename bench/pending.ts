import { ScheduledTaskContext, type SchedulerThread } from '../src/index.ts'
import { randomNumbers } from './measure.ts'

const chunk = 1000
const chunksInFlight = 4

/** Schedules so many tasks for times within the hour after next: they wait while something else is measured. */
export async function addPending(scheduler: SchedulerThread, count: number): Promise<void> {
  await scheduler.addQueue('pending')
  const random = randomNumbers(1)
  const inFlight: Promise<unknown>[] = []
  for (let first = 0; first < count; first += chunk) {
    const contexts = Array.from({ length: Math.min(chunk, count - first) }, (_, index) => {
      const subject = `subject ${Math.floor((first + index) / 10)}`
      return new ScheduledTaskContext('pending', subject, 3600 + random() * 3600, attributes)
    })
    inFlight.push(scheduler.addTasks(contexts))
    if (inFlight.length === chunksInFlight) await inFlight.shift()
  }
  await Promise.all(inFlight)
}

/** What a task of the benchmarks carries, in every contender. */
export const attributes: Readonly<Record<string, unknown>> = {
  retries: 3,
  url: 'http://ocsp.example.org/request',
  ok: true,
}
