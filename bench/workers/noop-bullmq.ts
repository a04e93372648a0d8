import { parentPort, workerData } from 'node:worker_threads'
import type { Bullmq } from '../peers/bullmq.ts'
import { loadPeer } from '../peers.ts'

/** A worker of BullMQ on a thread, which counts what it completed. */
const { url, name, completed } = workerData as { url: string; name: string; completed: Int32Array }
const { Worker } = await loadPeer<Bullmq>('bullmq')
const worker = new Worker(name, async () => undefined, {
  connection: { url, maxRetriesPerRequest: null },
  concurrency: 50,
})
worker.on('error', () => undefined)
worker.on('completed', () => void Atomics.add(completed, 0, 1))
await worker.waitUntilReady()
parentPort?.once('message', () => void worker.close())
parentPort?.postMessage('ready')
