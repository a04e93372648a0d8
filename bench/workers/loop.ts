import { parentPort, workerData } from 'node:worker_threads'
import { SchedulerStoppedError } from '../../src/index.ts'
import { connect } from '../../src/worker.ts'

/** A loop that holds one task at a time. */
export type LoopKind = 'strict' | 'async' | 'sync'

const { kind } = workerData as { kind: LoopKind }
const scheduler = connect()
parentPort?.postMessage('ready')
try {
  if (kind === 'strict') await strict()
  else if (kind === 'async') await async()
  else sync()
} catch (error) {
  if (!(error instanceof SchedulerStoppedError)) throw error
}

/** Says that one is done and asks for the next in one turn, as `tasks()` does. */
async function strict(): Promise<never> {
  let next = scheduler.getTask('noop')
  for (;;) {
    const done = scheduler.taskDone(await next)
    next = scheduler.getTask('noop')
    // When the scheduler stops, both are rejected; the first is thrown.
    next.catch(() => undefined)
    await done
  }
}

async function async(): Promise<never> {
  for (;;) await scheduler.taskDone(await scheduler.getTask('noop'))
}

function sync(): never {
  for (;;) scheduler.taskDoneSync(scheduler.getTaskSync('noop'))
}
