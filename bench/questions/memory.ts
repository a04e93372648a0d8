/** How much memory does a scheduled task take, with all that is kept of it? And do ten million fit a worker's heap? */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { SchedulerThread } from '../../src/index.ts'
import { addPending } from '../pending.ts'
import { workerFile } from '../questions.ts'
import { amount, type Contender, type Pass, type Question } from '../question.ts'

export const question: Question = {
  name: 'memory',
  asks: 'How much memory does a scheduled task take?',
  contenders: [
    { ...ofCore('1e4', 1e4), once: true },
    { ...ofCore('1e5', 1e5), once: true },
    ofCore('1e6', 1e6),
    { ...ofCore('1e6, given ids', 1e6, { givenIds: true }), once: true },
    { ...ofCore('1e6, little in common', 1e6, { unlike: true }), once: true },
    { ...ofCore('1e7', 1e7), once: true },
    {
      name: 'SchedulerThread, whole process, 1e6',
      once: true,
      run: async (settings) => ofProcess(amount(settings, 1e6)),
    },
  ],
}

/** In a thread with the heap that threads are given: where it does not fit, the thread dies, and only that. */
function ofCore(
  name: string,
  count: number,
  { givenIds = false, unlike = false }: { givenIds?: boolean; unlike?: boolean } = {},
): Contender {
  return {
    name,
    flags: ['--expose-gc'],
    limitSeconds: 240,
    run: async (settings) => {
      const workerData = { count: amount(settings, count), givenIds, unlike }
      const worker = new Worker(workerFile('holds-many'), { workerData })
      const [pass] = (await once(worker, 'message')) as [Pass]
      await worker.terminate()
      return pass
    },
  }
}

/** Through the public API, as the system sees the process: garbage included, for want of a way to have it collected. */
async function ofProcess(count: number): Promise<Pass> {
  await using scheduler = await new SchedulerThread().start()
  const before = process.memoryUsage.rss()
  await addPending(scheduler, count)
  return { rssBytesPerTask: Math.round((process.memoryUsage.rss() - before) / count) }
}
