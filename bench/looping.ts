import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { SchedulerThread } from '../src/index.ts'
import { rateInChunks } from './immediate.ts'
import type { Settings } from './question.ts'
import { workerFile } from './questions.ts'
import { steadyRate } from './steady-rate.ts'
import type { LoopKind } from './workers/loop.ts'

/** Tasks per second through two worker threads with a loop of their own. */
export async function rateOfLoops(kind: LoopKind, settings: Settings): Promise<number> {
  await using scheduler = await new SchedulerThread({ queues: ['noop'] }).start()
  for (let thread = 0; thread < 2; thread++) {
    const options = scheduler.workerOptions({ workerData: { kind } })
    await once(new Worker(workerFile('loop'), options), 'message')
  }
  const rate = await steadyRate(settings, (count) => rateInChunks(scheduler, count, 256))
  return rate
}
