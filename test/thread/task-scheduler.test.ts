import { on } from 'node:events'
import type { TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { FakeClock } from '../../src/thread/fake-clock.ts'
import { InlineScheduler } from '../../src/thread/inline-scheduler.ts'
import { SchedulerThread } from '../../src/thread/scheduler-thread.ts'
import { decodeError, type WireError } from '../../src/thread/wire-error.ts'
import { exerciseTaskScheduler, runCase } from '../support/exercise-task-scheduler.ts'

exerciseTaskScheduler('The in-thread scheduler', async (title, t) => {
  const clock = new FakeClock()
  const scheduler = await new InlineScheduler({ clock }).start()
  t.after(() => scheduler.stop({ wait: false }))
  await runCase(title, { scheduler, clock })
})

exerciseTaskScheduler('The scheduler thread, from the application thread', async (title, t) => {
  const clock = new FakeClock()
  const scheduler = await new SchedulerThread({ clock }).start()
  t.after(() => scheduler.stop({ wait: false }))
  await runCase(title, { scheduler, clock })
})

exerciseTaskScheduler('The scheduler thread, from inside a worker thread', async (title, t) => {
  const clock = new FakeClock()
  const scheduler = await new SchedulerThread({ clock }).start()
  t.after(() => scheduler.stop({ wait: false }))
  await runInWorker(title, t, scheduler, clock)
})

async function runInWorker(
  title: string,
  { signal }: TestContext,
  scheduler: SchedulerThread,
  clock: FakeClock,
): Promise<void> {
  const options = scheduler.workerOptions({ workerData: { title, clock: clock.buffer } })
  const worker = new Worker(new URL('../fixtures/conformance-worker.js', import.meta.url), options)
  for await (const [error] of on(worker, 'message', { signal }) as AsyncIterable<
    [WireError | null]
  >) {
    await worker.terminate()
    if (error !== null) throw decodeError(error)
    return
  }
}
