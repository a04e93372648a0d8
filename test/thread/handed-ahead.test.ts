import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduledTaskContext, SchedulerThread, type Consumer } from '../../src/index.ts'
import { Ledger } from '../support/ledger.ts'
import { startOwnThread } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

const timeout = 300_000
interface Work {
  readonly task: number
}

/**
 * A consumer of this thread that was fast, so that it was handed contexts ahead, and then met one that it does not end:
 * task 100, which `release` ends. The tasks up to 199 are queued behind it.
 */
async function stalled(maxSize = 0): Promise<{
  scheduler: SchedulerThread<{ work: Work }>
  consumer: Consumer
  seen: number[]
  release: () => void
}> {
  const scheduler = new SchedulerThread<{ work: Work }>({
    queues: { work: { maxSize } },
    logger: new RecordingLogger(),
  })
  await scheduler.start()
  await scheduler.addTasks(numbered(0, 200))
  const seen: number[] = []
  let begun: () => void = () => undefined
  let release: () => void = () => undefined
  const slowBegan = new Promise<void>((resolve) => (begun = resolve))
  const slow = new Promise<void>((resolve) => (release = resolve))
  const consumer = await scheduler.consume('work', async ({ attributes: { task } }) => {
    seen.push(task)
    if (task !== 100) return
    begun()
    await slow
  })
  await slowBegan
  return { scheduler, consumer, seen, release }
}

function numbered(from: number, to: number): ScheduledTaskContext<'work', Work>[] {
  return Array.from({ length: to - from }, (_, index) => {
    const task = from + index
    return new ScheduledTaskContext('work', task, undefined, { task }, { id: `${task}` })
  })
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

test('What was handed ahead is queued: it is counted, listed, and can be cancelled.', async () => {
  const { scheduler, seen, release } = await stalled(200)
  const { queued, taken, done } = (await scheduler.stats()).queues['work'] ?? {}
  assert.deepEqual([queued, taken, done], [99, 1, 100])
  assert.equal(await scheduler.isEmptyQueue('work'), false)
  const listed = await scheduler.getQueued('work')
  assert.deepEqual(
    listed.map(({ id }) => Number(id)),
    range(101, 200),
  )
  assert.equal(await scheduler.cancelTask('100', { queued: true }), false)
  assert.equal(await scheduler.cancelTask('101', { queued: true }), true)
  assert.equal(await scheduler.cancelBySubject(102, { queued: true }), 1)
  await scheduler.addTasks(numbered(200, 303))
  await assert.rejects(scheduler.addTasks(numbered(303, 304)), { code: 'QUEUE_FULL' })
  release()
  await scheduler.join('work')
  assert.deepEqual(seen, [...range(0, 101), ...range(103, 303)])
  const { totals } = await scheduler.stats()
  assert.deepEqual(totals, { added: 303, replaced: 0, done: 301, cancelled: 2, dropped: 0 })
  await scheduler.stop()
})

test(
  'Nothing waits behind a slow one: another consumer gets it, in order.',
  { timeout },
  async () => {
    const ledger = Ledger.bequeath(1000)
    const { scheduler, seen, release } = await stalled()
    const { exited } = startOwnThread(scheduler, 'works-or-dies', { workerData: { life: 7 } })
    await ledger.until('finished', 99)
    assert.deepEqual(
      ledger.of('started').map(({ task }) => task),
      range(101, 200),
    )
    const { queued, taken, done } = (await scheduler.stats()).queues['work'] ?? {}
    assert.deepEqual([queued, taken, (done ?? 0) >= 198], [0, taken, true])
    release()
    await scheduler.join('work')
    assert.deepEqual(seen, range(0, 101))
    await scheduler.stop()
    await exited
  },
)

test('It is dropped with its queue, and the consumer ends.', { timeout }, async () => {
  const { scheduler, consumer, seen, release } = await stalled()
  await scheduler.removeQueue('work')
  release()
  await consumer.closed
  assert.deepEqual(seen, range(0, 101))
  const { totals } = await scheduler.stats()
  assert.deepEqual(totals, { added: 200, replaced: 0, done: 100, cancelled: 0, dropped: 100 })
  await scheduler.stop()
})

test(
  'A scheduler that stops reports it as queued, and hands none of it out.',
  { timeout },
  async () => {
    const { scheduler, consumer, seen, release } = await stalled()
    const stopping = scheduler.stop()
    release()
    const { queued, taken } = await stopping
    await consumer.closed
    assert.deepEqual([queued, taken], [99, []])
    assert.deepEqual(seen, range(0, 101))
  },
)

test('A consumer that stops leaves it to others.', { timeout }, async () => {
  const { scheduler, consumer, seen, release } = await stalled()
  const stopping = consumer.stop()
  release()
  await stopping
  const rest: number[] = []
  for await (const { attributes } of scheduler.tasks('work')) {
    rest.push(attributes.task)
    if (rest.length === 99) break
  }
  assert.deepEqual(seen, range(0, 101))
  assert.deepEqual(rest, range(101, 200))
  await scheduler.join('work')
  await scheduler.stop()
})

test('Each knows when it was taken, and the events tell all of it.', { timeout }, async () => {
  await using scheduler = new SchedulerThread<{ work: Work }>({ queues: ['work'] })
  await scheduler.start()
  const told: string[] = []
  scheduler.on('taskTaken', ({ id, attempt, lateness }) => {
    assert.ok(attempt === 1 && lateness >= 0)
    told.push(`taken ${id}`)
  })
  scheduler.on('taskDone', ({ id }) => told.push(`done ${id}`))
  await scheduler.addTasks(numbered(0, 300))
  const contexts: ScheduledTaskContext<'work', Work>[] = []
  const consumer = await scheduler.consume('work', (context) => contexts.push(context))
  await scheduler.join('work')
  let last = 0
  for (const { takenAt, queuedAt, lateness } of contexts) {
    const takenMs = takenAt?.getTime() ?? Number.NaN
    assert.ok(takenMs >= last && takenMs >= (queuedAt?.getTime() ?? Number.NaN))
    assert.ok(lateness >= 0 && lateness < 60)
    last = takenMs
  }
  const { queues } = await scheduler.stats()
  assert.equal(queues['work']?.lateness.count, 300)
  for (const id of range(0, 300)) {
    const taken = told.indexOf(`taken ${id}`)
    assert.ok(taken >= 0 && taken < told.indexOf(`done ${id}`), `${id}`)
  }
  assert.equal(told.length, 600)
  await consumer.stop()
})

test('A loop that blocks its thread gets everything, once and in order.', { timeout }, async () => {
  const tasks = 3000
  const ledger = Ledger.bequeath(2 * tasks)
  await using scheduler = await new SchedulerThread<{ work: Work }>({ queues: ['work'] }).start()
  const { exited } = startOwnThread(scheduler, 'works-sync')
  await scheduler.addTasks(numbered(0, tasks))
  await scheduler.join('work')
  assert.deepEqual(
    ledger.of('started').map(({ task }) => task),
    range(0, tasks),
  )
  await scheduler.stop()
  await exited
})
