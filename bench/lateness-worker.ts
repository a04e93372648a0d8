import { parentPort, workerData } from 'node:worker_threads'
import { connect } from 'scheduler-thread/worker'
import { now } from './measure.ts'

/** Notes for each task how much later than due it got here. */
const { lateness } = workerData as { lateness: Float64Array }
const scheduler = connect<{ late: { due: number } }>()
parentPort?.postMessage('ready')
for await (const { subject, attributes } of scheduler.tasks('late')) {
  lateness[Number(subject)] = now() - attributes.due
}
