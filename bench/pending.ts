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
      const number = first + index
      const about = smallAttributes(number)
      const subject = `subject ${Math.floor(number / 10)}`
      return new ScheduledTaskContext('pending', subject, 3600 + random() * 3600, about)
    })
    inFlight.push(scheduler.addTasks(contexts))
    if (inFlight.length === chunksInFlight) await inFlight.shift()
  }
  await Promise.all(inFlight)
}

/** What a task of the benchmarks carries, in every contender; no two are the same. */
export function smallAttributes(index: number): Readonly<Record<string, unknown>> {
  return { retries: 3, url: `http://ocsp.example.org/${index}`, ok: true }
}
