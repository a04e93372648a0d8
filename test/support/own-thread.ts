import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { AnyQueues, QueueTypes, SchedulerThread } from '../../src/index.ts'

/** A file of test/fixtures, compiled. */
export function fixture(name: string): URL {
  return new URL(`../fixtures/${name}.js`, import.meta.url)
}

/** A thread that a test started itself, as an application would. */
export interface OwnThread {
  readonly worker: Worker
  /** Resolves with its exit code. */
  readonly exited: Promise<number>
  /** What it died of, if of an error. */
  readonly errors: Error[]
}

/** Starts a thread on a fixture, with a connection of the scheduler. */
export function startOwnThread<Q extends QueueTypes<Q> = AnyQueues>(
  scheduler: SchedulerThread<Q>,
  name: string,
  options: WorkerOptions = {},
): OwnThread {
  const worker = new Worker(fixture(name), scheduler.workerOptions(options))
  const errors: Error[] = []
  worker.on('error', (error: Error) => errors.push(error))
  const exited = new Promise<number>((resolve) => worker.on('exit', resolve))
  return { worker, exited, errors }
}
