import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../../src/worker.ts'

/** Reschedules each task until it has run as often as it is to, then says so. */
const { inSeconds } = workerData as { inSeconds: number }
const scheduler = connect<{ again: { left: number } }>()
parentPort?.postMessage('ready')
for await (const context of scheduler.tasks('again')) {
  if (context.attributes.left-- > 1) await context.reschedule(inSeconds)
  else parentPort?.postMessage('last')
}
