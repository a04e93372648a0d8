/** The supervisor thread begins here. */
import { isMainThread, workerData } from 'node:worker_threads'
import type { SupervisorData } from './supervisor-protocol.ts'
import { Supervisor } from './supervisor.ts'

if (isMainThread) throw new Error('supervisor-entry is the entry of a worker thread.')
const data: SupervisorData = workerData
export const supervisor: Supervisor = new Supervisor(data)
