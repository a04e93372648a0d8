import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { connect } from '../../src/worker.ts'
import type { WorkerConnection } from '../../src/worker.ts'
import { startOwnThread } from '../support/own-thread.ts'
import { untilQueue } from '../support/until-queue.ts'
import { mortalLimits } from '../support/ways-of-dying.ts'

const timeout = 300_000

function numbered(from: number, to: number, taskName = 'work'): ScheduledTaskContext[] {
  return Array.from({ length: to - from }, (_, n) => new ScheduledTaskContext(taskName, from + n))
}

/** The subjects and attempts of the next contexts of a queue, in order. */
async function drain(scheduler: SchedulerThread, count: number): Promise<[unknown, number][]> {
  const seen: [unknown, number][] = []
  while (seen.length < count) {
    const context = await scheduler.getTask('work', { timeout: 20 })
    seen.push([context.subject, context.attempt])
    await scheduler.taskDone(context)
  }
  return seen
}

function entries(from: number, to: number, attempt: number): [unknown, number][] {
  return Array.from({ length: to - from }, (_, n) => [from + n, attempt])
}

describe('A thread that held contexts gives them back', { timeout }, () => {
  for (const how of ['end', 'exit', 'throw', 'heap', 'terminate', 'block', 'close']) {
    test(`in order, at the front, one attempt later (${how}).`, async () => {
      await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
      await scheduler.addTasks(numbered(0, 8))
      const thread = startOwnThread(scheduler, 'takes-and-ends', {
        workerData: { count: 5, how },
        resourceLimits: mortalLimits,
      })
      // Not by `once`, which would reject when the thread's error comes first.
      await new Promise((resolve) => thread.worker.once('message', resolve))
      await scheduler.addTasks(numbered(8, 10))
      if (how === 'terminate' || how === 'block') void thread.worker.terminate()
      await untilQueue(scheduler, 'work', { taken: 0 })
      const queued = await scheduler.getQueued('work')
      assert.deepEqual(
        queued.map(({ subject }) => subject),
        Array.from({ length: 10 }, (_, n) => n),
      )
      assert.deepEqual(await drain(scheduler, 10), [...entries(0, 5, 2), ...entries(5, 10, 1)])
      await thread.exited
    })
  }

  test('again and again, each time one attempt later.', async () => {
    await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
    await scheduler.addTasks(numbered(0, 3))
    for (let death = 0; death < 3; death++) {
      const workerData = { count: 3 - death, how: 'exit' }
      await startOwnThread(scheduler, 'takes-and-ends', { workerData }).exited
      await untilQueue(scheduler, 'work', { taken: 0, queued: 3 })
    }
    assert.deepEqual(await drain(scheduler, 3), [
      [0, 4],
      [1, 3],
      [2, 2],
    ])
  })

  test('also to a queue that has filled up meanwhile, before what is parked and who waits for room.', async () => {
    const queues = { work: { maxSize: 3 } }
    await using scheduler = await new SchedulerThread({ queues }).start()
    await scheduler.addTasks(numbered(0, 3))
    const workerData = { count: 3, how: 'block' }
    const { worker } = startOwnThread(scheduler, 'takes-and-ends', { workerData })
    await once(worker, 'message')
    await scheduler.addTasks(numbered(3, 6))
    await scheduler.addTask(new ScheduledTaskContext('work', 6, 0.001))
    await untilQueue(scheduler, 'work', { parked: 1 })
    const waiting = scheduler.addTask(new ScheduledTaskContext('work', 7), { blocking: true })
    await worker.terminate()
    await untilQueue(scheduler, 'work', { taken: 0, queued: 6, parked: 1 })
    const expected = [...entries(0, 3, 2), ...entries(3, 8, 1)]
    assert.deepEqual(await drain(scheduler, 8), expected)
    assert.equal(await waiting, 'added')
  })

  test('to whoever waits for one, in order of waiting.', async () => {
    await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
    await scheduler.addTasks(numbered(0, 2))
    const workerData = { count: 2, how: 'block' }
    const { worker } = startOwnThread(scheduler, 'takes-and-ends', { workerData })
    await once(worker, 'message')
    const patience = new AbortController()
    const { signal } = patience
    const waiting = [1, 2, 3].map(() => scheduler.getTask('work', { signal }))
    await untilQueue(scheduler, 'work', { consumers: 3 })
    void worker.terminate()
    const taken = await Promise.all(waiting.slice(0, 2))
    assert.deepEqual(
      taken.map(({ subject, attempt }) => [subject, attempt]),
      entries(0, 2, 2),
    )
    patience.abort()
    await assert.rejects(Promise.all(waiting), { name: 'AbortError' })
    for (const context of taken) await scheduler.taskDone(context)
  })
})

describe('A thread leaves nothing behind', { timeout }, () => {
  for (const how of ['wait', 'block']) {
    test(`when it dies while it waits for work (${how}).`, async () => {
      await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
      const { worker } = startOwnThread(scheduler, 'waits-and-ends', { workerData: { how } })
      await untilQueue(scheduler, 'work', { consumers: 1 })
      if (how === 'block') void worker.terminate()
      else worker.postMessage('end')
      await untilQueue(scheduler, 'work', { consumers: 0 })
      await scheduler.addTasks(numbered(0, 1))
      assert.deepEqual(await drain(scheduler, 1), [[0, 1]])
    })

    test(`when what it waited for comes as it dies (${how}).`, async () => {
      await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
      for (let task = 0; task < 10; task++) {
        const { worker } = startOwnThread(scheduler, 'waits-and-ends', { workerData: { how } })
        await untilQueue(scheduler, 'work', { consumers: 1 })
        void worker.terminate()
        await scheduler.addTasks(numbered(task, task + 1))
        // It was on its way to the dead thread, or it was not.
        const [[subject, attempt] = []] = await drain(scheduler, 1)
        assert.equal(subject, task)
        assert.ok(attempt === 1 || attempt === 2)
      }
      await untilQueue(scheduler, 'work', { consumers: 0, taken: 0, queued: 0, done: 10 })
    })
  }

  test('when it dies before it saw an answer; what it had posted counts.', async () => {
    const queues = ['work', 'added']
    await using scheduler = await new SchedulerThread({ queues }).start()
    await scheduler.addTasks(numbered(0, 5))
    const threads = Array.from({ length: 20 }, () => startOwnThread(scheduler, 'asks-and-exits'))
    await Promise.all(threads.map(({ exited }) => exited))
    await untilQueue(scheduler, 'work', { queued: 5, taken: 0, consumers: 0 })
    await untilQueue(scheduler, 'added', { queued: 20 })
    assert.deepEqual(
      (await drain(scheduler, 5)).map(([subject]) => subject),
      [0, 1, 2, 3, 4],
    )
  })

  test('when it dies before it looked at its connection, or was never born.', async () => {
    await using scheduler = await new SchedulerThread({ queues: ['work'] }).start()
    const threads = [
      ...Array.from({ length: 10 }, () => startOwnThread(scheduler, 'exits-at-once')),
      ...Array.from({ length: 10 }, () => startOwnThread(scheduler, 'no-such-file')),
      ...Array.from({ length: 10 }, () => startOwnThread(scheduler, 'waits-and-ends')),
    ]
    for (const { worker } of threads.slice(20)) void worker.terminate()
    const codes = await Promise.all(threads.map(({ exited }) => exited))
    assert.deepEqual(codes.slice(0, 20), [
      ...Array.from({ length: 10 }, () => 7),
      ...Array.from({ length: 10 }, () => 1),
    ])
    assert.throws(() => new Worker('not a path', scheduler.workerOptions()))
    await untilQueue(scheduler, 'work', { queued: 0, taken: 0, consumers: 0 })
    await scheduler.addTasks(numbered(0, 1))
    assert.deepEqual(await drain(scheduler, 1), [[0, 1]])
  })

  test('after 5,000 connections that were opened and closed.', async (t) => {
    // Not much larger than a scheduler with nothing in it: what stayed of every connection would be too much.
    const resourceLimits = { maxOldGenerationSizeMb: 16 }
    await using scheduler = await new SchedulerThread({ queues: ['work'], resourceLimits }).start()
    const rss: number[] = []
    for (let opened = 0; opened < 5000; opened++) {
      if (opened % 1000 === 0) rss.push(Math.round(process.memoryUsage().rss / 2 ** 20))
      await scheduler.addTask(new ScheduledTaskContext('work', opened))
      const client = connect(connectionOf(scheduler.workerOptions()))
      const waiting = client.getTask('work')
      waiting.catch(() => undefined)
      if (opened % 2 === 0) await client.taskDone(await waiting)
      client.close()
      if (opened % 2 === 1) await scheduler.taskDone(await scheduler.getTask('work'))
    }
    rss.push(Math.round(process.memoryUsage().rss / 2 ** 20))
    t.diagnostic(`MiB of the process after every 1,000 connections: ${rss.join(', ')}`)
    await untilQueue(scheduler, 'work', { queued: 0, taken: 0, consumers: 0, done: 5000 })
  })
})

function connectionOf(options: WorkerOptions): WorkerConnection {
  return (options.workerData as { scheduler: WorkerConnection }).scheduler
}
