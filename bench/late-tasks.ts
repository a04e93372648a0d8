import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ScheduledTaskContext, SchedulerThread } from '../src/index.ts'
import { now, randomNumbers } from './measure.ts'
import { addPending } from './pending.ts'
import { workerFile } from './questions.ts'

/** A timer begins early enough before its first time that everything is set. */
const leadMs = 200
/** What adding one task takes at most, with everything on two cores. */
const addingMs = 0.05

/** When tasks are due: at random fractions of a millisecond, so many a second. */
export interface Arrivals {
  readonly perSecond: number
  readonly seconds: number
  /** Evenly, each somewhere in its own interval, or anywhere. @default false */
  readonly anywhere?: boolean
}

/** The times, in order, on the clock of `now`. */
export function dueTimes({ perSecond, seconds, anywhere = false }: Arrivals): number[] {
  const random = randomNumbers(7)
  const count = Math.round(perSecond * seconds)
  const start = now() + leadMs + count * addingMs
  const times = Array.from(
    { length: count },
    (_, index) => start + (anywhere ? random() * count : index + random()) * (1000 / perSecond),
  )
  return times.sort((a, b) => a - b)
}

export interface LateTasks extends Arrivals {
  readonly threads: number
  /** Scheduled for later, while it is measured. */
  readonly pending?: number
  /** The application's loop is blocked 5 ms of every 5 ms and a bit. */
  readonly callerBusy?: boolean
  /** How long the worker is busy with each. */
  readonly busyMs?: (index: number) => number
}

/** How many milliseconds late each task begins at a worker thread of the scheduler. */
export async function latenessAtWorkers(tasks: LateTasks): Promise<number[]> {
  const { threads, pending = 0, callerBusy = false, busyMs = () => 0 } = tasks
  await using scheduler = await new SchedulerThread({ queues: ['late'] }).start()
  const count = Math.round(tasks.perSecond * tasks.seconds)
  const lateness = new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT))
  lateness.fill(Number.NaN)
  for (let number = 0; number < threads; number++) {
    const options = scheduler.workerOptions({ workerData: { lateness } })
    await once(new Worker(workerFile('late'), options), 'message')
  }
  if (pending > 0) await addPending(scheduler, pending)
  await warmUp(scheduler)
  const times = dueTimes(tasks)
  // One by one: a relative time counts from the call, and packing hundreds takes a while.
  const added = times.map((due, index) => {
    const about = { due, busyMs: busyMs(index) }
    return scheduler.addTask(new ScheduledTaskContext('late', index, (due - now()) / 1000, about))
  })
  await Promise.all(added)
  await until((times.at(-1) ?? 0) + leadMs, callerBusy)
  await scheduler.join('late', { timeout: 20 })
  return [...lateness]
}

/** The paths that are measured have been taken so often that they are compiled, as in a program that has run for minutes. */
async function warmUp(scheduler: SchedulerThread): Promise<void> {
  for (let round = 0; round < 1000; round++) {
    const about = { due: now(), busyMs: 0 }
    const contexts = Array.from(
      { length: 10 },
      () => new ScheduledTaskContext('late', 0, 0.0005, about),
    )
    await Promise.all(contexts.map((context) => scheduler.addTask(context)))
  }
  await sleep(20)
  await scheduler.join('late', { timeout: 20 })
}

/** Waits on an idle loop, or on one that is blocked for 5 ms in every turn. */
export async function until(time: number, busy: boolean): Promise<void> {
  if (!busy) {
    await sleep(time - now())
    return
  }
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      const end = now() + 5
      while (now() < end);
      if (end < time) setImmediate(turn)
      else resolve()
    }
    turn()
  })
}
