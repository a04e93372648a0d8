import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../measure.ts'
import { loadPeer } from '../peers.ts'
import { smallAttributes } from '../pending.ts'
import type { Settings } from '../question.ts'
import { workerFile } from '../questions.ts'
import { steadyRate } from '../steady-rate.ts'
import { perSecond } from './pools.ts'
import { calendarOffset } from './timers.ts'

/** What is used of BullMQ. */
export interface Bullmq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: unknown, options: object): Promise<unknown>
    addBulk(jobs: readonly { name: string; data: unknown; opts: object }[]): Promise<unknown>
    obliterate(options: object): Promise<void>
    close(): Promise<void>
  }
  readonly Worker: new (
    name: string,
    run: (job: { readonly data: { readonly due: number } }) => Promise<void>,
    options: object,
  ) => {
    on(event: string, listener: () => void): void
    waitUntilReady(): Promise<unknown>
    close(force?: boolean): Promise<void>
  }
}

const chunk = 256
const forgotten = { removeOnComplete: true, removeOnFail: true }

/** Jobs that were completed, per second, of jobs that are added in chunks and worked on by two threads. */
export async function bullmqRate(url: string, settings: Settings): Promise<number> {
  const { Queue } = await loadPeer<Bullmq>('bullmq')
  const name = `bench-${process.pid}-${Date.now()}`
  const queue = new Queue(name, { connection: { url } })
  const completed = new Int32Array(new SharedArrayBuffer(4))
  const threads = [1, 2].map(
    () => new Worker(workerFile('noop-bullmq'), { workerData: { url, name, completed } }),
  )
  await Promise.all(threads.map((thread) => once(thread, 'message')))
  const run = async (jobs: number): Promise<number> => {
    const start = now()
    const target = Atomics.load(completed, 0) + jobs
    const inFlight: Promise<unknown>[] = []
    for (let first = 0; first < jobs; first += chunk) {
      const length = Math.min(chunk, jobs - first)
      const chunkOfJobs = Array.from({ length }, (_, index) => {
        return { name: 'noop', data: smallAttributes(first + index), opts: forgotten }
      })
      inFlight.push(queue.addBulk(chunkOfJobs))
      if (inFlight.length === 4) await inFlight.shift()
    }
    await Promise.all(inFlight)
    while (Atomics.load(completed, 0) < target) await sleep(1)
    return perSecond(jobs, start)
  }
  try {
    return await steadyRate(settings, run)
  } finally {
    for (const thread of threads) thread.postMessage('end')
    await Promise.all(threads.map((thread) => once(thread, 'exit')))
    await queue.obliterate({ force: true })
    await queue.close()
  }
}

/** How many milliseconds late delayed jobs begin. */
export async function bullmqLateness(
  url: string,
  count: number,
  jobsPerSecond: number,
): Promise<number[]> {
  const { Queue, Worker: JobWorker } = await loadPeer<Bullmq>('bullmq')
  const name = `bench-${process.pid}-${Date.now()}`
  const connection = { url }
  const queue = new Queue(name, { connection })
  const lateness: number[] = []
  const offset = calendarOffset()
  const worker = new JobWorker(
    name,
    async ({ data }) => {
      lateness.push(now() + offset - data.due)
    },
    { connection: { ...connection, maxRetriesPerRequest: null }, concurrency: 10 },
  )
  worker.on('error', () => undefined)
  try {
    await worker.waitUntilReady()
    await queue.add('warm', { due: 0 }, forgotten)
    while (lateness.length === 0) await sleep(10)
    lateness.length = 0
    const start = Date.now() + 1000
    const jobs = Array.from({ length: count }, (_, index) => {
      const due = start + Math.round((index * 1000) / jobsPerSecond)
      return queue.add('late', { due }, { ...forgotten, delay: due - Date.now() })
    })
    await Promise.all(jobs)
    const end = now() + 30_000
    while (lateness.length < count && now() < end) await sleep(50)
    if (lateness.length < count) throw new Error(`${lateness.length} of ${count} jobs came`)
    return lateness
  } finally {
    await worker.close(true)
    await queue.obliterate({ force: true })
    await queue.close()
  }
}
