import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { quantiles } from '../support/figures.ts'
import { Ledger, now } from '../support/ledger.ts'
import { fixture, startOwnThread } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

type Queues = Record<'steady' | 'frail' | 'held', { task: number }>

test('While the main loop is blocked for 5 s, all of 4 s is worked on, and who dies is replaced.', async (t) => {
  const steady = 390
  const frail = 6
  const held = steady + frail
  const ledger = Ledger.bequeath(2000)
  await using scheduler = await new SchedulerThread<Queues>({
    queues: ['steady', 'frail', 'held'],
    logger: new RecordingLogger(),
  }).start()
  await scheduler.addTask(new ScheduledTaskContext('held', null, null, { task: held }))
  startOwnThread(scheduler, 'holds-then-dies')
  await ledger.until('started', 1)
  await scheduler.startWorkers(fixture('steady-handler'), { threads: 2 })
  // One thread: what it dies of is worked on by its replacement, or by nobody.
  await scheduler.startWorkers(fixture('frail-handler'), { threads: 1, maxRestarts: frail + 1 })

  const due: number[] = []
  const added: Promise<unknown>[] = []
  const add = (taskName: 'steady' | 'frail', seconds: number): void => {
    const task = due.push(now() + seconds * 1000) - 1
    added.push(scheduler.addTask(new ScheduledTaskContext(taskName, null, seconds, { task })))
  }
  for (let task = 0; task < steady; task++) add('steady', 0.1 + task / 100)
  for (let task = 0; task < frail; task++) add('frail', 0.5 + task / 2)
  await Promise.all(added)
  const blockedAt = now()
  while (now() < blockedAt + 5000);
  const freeAt = now()

  // Nothing has had the chance to happen in this thread since.
  const entries = ledger.entries().filter(({ at }) => at < freeAt)
  const taken = entries.filter(({ event, task }) => event === 'started' && task < steady)
  const late = taken.map(({ task, at }) => at - (due[task] ?? 0))
  t.diagnostic(`lateness of ${steady} tasks while main was blocked: ${quantiles(late)}`)
  const again = entries.filter(({ event, value }) => event === 'started' && value === 2)
  const gaps = again.map(({ task, at }) => {
    const death = entries.find((entry) => entry.event === 'dying' && entry.task === task)
    return at - (death?.at ?? 0)
  })
  t.diagnostic(
    `from ${gaps.length} deaths to the replacement's taking, main blocked: ${quantiles(gaps)}`,
  )

  assert.deepEqual(
    taken.map(({ task }) => task).sort((a, b) => a - b),
    Array.from({ length: steady }, (_, task) => task),
  )
  assert.ok(
    late.every((ms) => ms >= 0),
    'One was early.',
  )
  const mortal = Array.from({ length: frail + 1 }, (_, n) => steady + n)
  for (const task of mortal) {
    assert.deepEqual(
      entries.filter((entry) => entry.task === task).map(({ event }) => event),
      ['started', 'dying', 'started', 'finished'],
    )
  }
  assert.equal((await scheduler.stats()).queues['frail']?.done, frail)
})
