import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { Ledger } from '../support/ledger.ts'
import { startOwnThread } from '../support/own-thread.ts'

const timeout = 300_000
const tasks = 2000

function numbered(): ScheduledTaskContext<'work', { task: number }>[] {
  return Array.from(
    { length: tasks },
    (_, task) => new ScheduledTaskContext('work', task, undefined, { task }),
  )
}

test(
  'A thread that dies of one costs one run again; what it was handed ahead is unchanged and in its old order.',
  { timeout },
  async () => {
    for (const deadly of [3, 50, 777, 1500]) {
      const ledger = Ledger.bequeath(3 * tasks)
      await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
      await scheduler.addTasks(numbered())
      const dying = startOwnThread(scheduler, 'works-or-dies', { workerData: { life: 1, deadly } })
      await dying.exited
      // It may not be given up yet.
      while ((await scheduler.stats()).queues['work']?.taken !== 0);
      const next = startOwnThread(scheduler, 'works-or-dies', { workerData: { life: 2 } })
      await scheduler.join('work')

      const started = ledger.of('started')
      const runs = (life: number): [number, number][] =>
        started.filter((one) => one.life === life).map(({ task, value }) => [task, value])
      const expected = (from: number, to: number): [number, number][] =>
        Array.from({ length: to - from }, (_, index) => [from + index, 1])
      assert.deepEqual(runs(1), expected(0, deadly + 1))
      assert.deepEqual(runs(2), [[deadly, 2], ...expected(deadly + 1, tasks)])
      const { totals } = await scheduler.stats()
      assert.deepEqual(totals, { added: tasks, replaced: 0, done: tasks, cancelled: 0, dropped: 0 })
      await scheduler.stop()
      await next.exited
    }
  },
)

test(
  'A task that was finished never loses its reschedule, whenever its thread dies.',
  { timeout },
  async () => {
    for (const deadly of [1, 64, 500, 1999]) {
      const ledger = Ledger.bequeath(3 * tasks)
      await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
      await scheduler.addTasks(numbered())
      const workerData = { deadly }
      await startOwnThread(scheduler, 'reschedules-then-dies', { workerData }).exited
      // It may not be given up yet.
      let taken = 1
      let rest = { scheduled: 0, queued: 0, done: 0 }
      while (taken > 0) {
        const { queues } = await scheduler.stats()
        const { work } = queues
        assert.ok(work)
        rest = work
        taken = work.taken
      }
      const finished = ledger.count('finished')
      assert.equal(finished, deadly)
      assert.equal(rest.scheduled, finished)
      assert.deepEqual([rest.done, rest.queued], [finished, tasks - finished])
    }
  },
)
