/** How long does it take to begin? The import, the scheduler thread, and the first task of a worker thread. */
import { now } from '../measure.ts'
import { loadPeer } from '../peers.ts'
import { workerFile } from '../questions.ts'
import type { Pass, Question } from '../question.ts'

export const question: Question = {
  name: 'startup',
  asks: 'How long does it take to begin?',
  contenders: [
    { name: 'SchedulerThread', run: begin },
    { name: 'piscina', needs: ['piscina'], run: beginPiscina },
  ],
}

/** Nothing of the package was loaded in this process before. */
async function begin(): Promise<Pass> {
  const start = now()
  const { ScheduledTaskContext, SchedulerThread } = await import('../../src/index.ts')
  const imported = now()
  await using scheduler = await new SchedulerThread({ queues: ['noop'] }).start()
  const started = now()
  await scheduler.startWorkers(workerFile('noop'), { threads: 1 })
  await scheduler.addTask(new ScheduledTaskContext('noop'))
  await scheduler.join('noop', { timeout: 20 })
  return {
    importMs: tenths(imported - start),
    threadMs: tenths(started - imported),
    firstTaskMs: tenths(now() - started),
  }
}

async function beginPiscina(): Promise<Pass> {
  const start = now()
  const { Piscina } = await loadPeer<{
    readonly Piscina: new (options: object) => {
      run(task: unknown, options: object): Promise<unknown>
      destroy(): Promise<void>
    }
  }>('piscina')
  const imported = now()
  const pool = new Piscina({ filename: workerFile('noop'), minThreads: 1, maxThreads: 1 })
  await pool.run({}, { name: 'noop' })
  const first = now()
  await pool.destroy()
  return { importMs: tenths(imported - start), firstTaskMs: tenths(first - imported) }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
