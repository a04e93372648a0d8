import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { Ledger } from '../support/ledger.ts'
import { fixture, startOwnThread } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

const timeout = 300_000

/** A call is posted when the microtask ends that it was made in; from then on, its thread's death does not undo it. */

test(
  '1,000 tasks, finished by 100 threads that die in the same breath, are done and not taken again.',
  { timeout },
  async () => {
    const tasks = 1000
    const ledger = Ledger.bequeath(tasks * 4)
    await using scheduler = await new SchedulerThread({
      queues: ['work'],
      logger: new RecordingLogger(),
    }).start()
    const group = await scheduler.startWorkers(fixture('done-then-exit'), {
      threads: 2,
      maxRestarts: tasks,
    })
    await scheduler.addTasks(numbered(tasks))
    const work = async (): Promise<void> => {
      while (ledger.count('started') < tasks) {
        // Enough threads of the test's own to have a part in it; who comes too late waits until the scheduler stops.
        const { exited } = startOwnThread(scheduler, 'done-then-exit')
        await exited
      }
    }
    const own = [work(), work()]
    await scheduler.join('work')

    assert.deepEqual(
      ledger.of('started').map(({ value }) => value),
      Array.from({ length: tasks }, () => 1),
    )
    assert.equal(new Set(ledger.of('finished').map(({ task }) => task)).size, tasks)
    const { totals } = await scheduler.stats()
    assert.deepEqual(totals, { added: tasks, replaced: 0, done: tasks, cancelled: 0, dropped: 0 })
    await group.stop()
    await scheduler.stop()
    await Promise.all(own)
  },
)

test(
  'What a thread posted before it died counts, though the scheduler thread hears of the death first.',
  { timeout },
  async () => {
    const deaths = 8
    const ledger = Ledger.bequeath(100)
    await using scheduler = await new SchedulerThread({ queues: ['work', 'later'] }).start()
    await scheduler.addTasks(
      Array.from({ length: 10_000 }, () => new ScheduledTaskContext('later', 'x', '1h')),
    )
    await scheduler.addTasks(numbered(deaths))
    for (let death = 0; death < deaths; death++) {
      const dying = startOwnThread(scheduler, 'done-when-told')
      // A pass looks at deaths, then at posts in the order of connecting: the death is heard of while it is at the second.
      const listing = startOwnThread(scheduler, 'lists-when-told')
      await ledger.until('started', death + 1)
      listing.worker.postMessage('list')
      await once(listing.worker, 'message')
      dying.worker.postMessage('finish')
      await Promise.all([dying.exited, listing.exited])
    }
    // The last of them may not be given up yet.
    let taken = 1
    let done = 0
    while (taken > 0) ({ taken = 0, done = 0 } = (await scheduler.stats()).queues['work'] ?? {})

    assert.equal(done, deaths)
    assert.deepEqual(
      ledger.of('started').map(({ task, value }) => [task, value]),
      Array.from({ length: deaths }, (_, task) => [task, 1]),
    )
  },
)

function numbered(count: number): ScheduledTaskContext<'work', { task: number }>[] {
  return Array.from(
    { length: count },
    (_, task) => new ScheduledTaskContext('work', task, null, { task }),
  )
}
