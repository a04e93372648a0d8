/** The scheduler thread begins here. */
import { isMainThread, workerData } from 'node:worker_threads'
import { SchedulerLoop, type SchedulerThreadData } from './scheduler-loop.ts'

if (isMainThread) throw new Error('scheduler-entry is the entry of a worker thread.')
const data: SchedulerThreadData = workerData
new SchedulerLoop(data).run()
