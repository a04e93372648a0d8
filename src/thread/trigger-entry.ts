/** The thread of a custom trigger begins here. */
import { parentPort, workerData } from 'node:worker_threads'
import { runTrigger } from './trigger-runner.ts'

if (!parentPort) throw new Error('trigger-entry is the entry of a worker thread.')
void runTrigger((workerData as { readonly file: string }).file, parentPort)
