import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../../src/worker.ts'
import { now } from '../measure.ts'

/** Notes for each task how many milliseconds after its time it got here, and is busy for as long as it says. */
const { lateness } = workerData as { lateness: Float64Array }
const scheduler = connect<{ late: { due: number; busyMs: number } }>()
parentPort?.postMessage('ready')
for await (const { subject, attributes } of scheduler.tasks('late')) {
  const started = now()
  lateness[Number(subject)] = started - attributes.due
  while (now() < started + attributes.busyMs);
}
