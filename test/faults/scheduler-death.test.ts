import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { ScheduledTaskContext, SchedulerLostError, SchedulerThread } from '../../src/index.ts'
import { Ledger, now } from '../support/ledger.ts'
import { fixture, startOwnThread } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import { runProgram } from '../support/run-program.ts'
import { CloseWatch } from '../support/thread-life.ts'

const timeout = 300_000
const queues = { empty: {}, full: { maxSize: 1 }, later: {} }
const nothingLeft = { scheduled: 0, parked: 0, queued: 0, taken: [] }
const lostTwice = ['SCHEDULER_LOST', 'SCHEDULER_LOST']

function isLost(error: unknown): boolean {
  return error instanceof SchedulerLostError && error.code === 'SCHEDULER_LOST'
}

/** Adds until the scheduler thread's heap is full. */
async function fill(scheduler: SchedulerThread): Promise<never> {
  const attributes = { text: 'x'.repeat(200) }
  for (;;) {
    await scheduler.addTasks(
      Array.from({ length: 500 }, (_, n) => new ScheduledTaskContext('later', n, null, attributes)),
    )
  }
}

/** One that dies of a hundred thousand contexts, and is ready for them. */
async function smallScheduler(): Promise<SchedulerThread> {
  const resourceLimits = { maxOldGenerationSizeMb: 16 }
  return new SchedulerThread({ queues, logger: new RecordingLogger(), resourceLimits }).start()
}

/** Posts them, in a text of wide characters, of which each becomes an object; rejects when the scheduler dies of it. */
async function overfill(scheduler: SchedulerThread): Promise<void> {
  const numbers = Array.from({ length: 100_000 }, (_, n) => n)
  await scheduler.addTasks(numbers.map((n) => new ScheduledTaskContext('later', `Ω${n}`, '1h')))
}

/** Blocks this thread's loop for some milliseconds, and gives the time at which it is free. */
function blockFor(ms: number): number {
  const until = now() + ms
  while (now() < until);
  return now()
}

for (const [cause, resourceLimits] of [
  ['an error', {}],
  ['its heap limit', { maxOldGenerationSizeMb: 24 }],
] as const) {
  describe(`A scheduler thread that dies of ${cause}`, { timeout }, () => {
    test('Whatever waits, in whichever thread, is told so; later calls are, too; and stopping resolves.', async () => {
      const ledger = Ledger.bequeath(100)
      const logger = new RecordingLogger()
      const scheduler = await new SchedulerThread({ queues, logger, resourceLimits }).start()
      const murderer = startOwnThread(scheduler, 'poisons')
      const waiting = startOwnThread(scheduler, 'waits-in-get')
      const blocked = startOwnThread(scheduler, 'blocks-in-get')
      const ends = [once(waiting.worker, 'message'), once(blocked.worker, 'message')]
      await ledger.until('started', 2)
      const group = await scheduler.startWorkers(fixture('empty-handler'), { threads: 2 })
      await scheduler.addTasks([1, 2].map((n) => new ScheduledTaskContext('later', n)))
      const aborted = new Promise((resolve) => {
        void scheduler.consume('later', (_, { signal }) => {
          signal.addEventListener('abort', () => resolve(signal.reason))
          return new Promise<void>(() => undefined)
        })
      })
      const held = await scheduler.getTask('later')
      const consumer = await scheduler.consume('empty', () => undefined)
      await scheduler.addTask(new ScheduledTaskContext('full', 1))

      const pending = [
        scheduler.addTask(new ScheduledTaskContext('full', 2), { blocking: true }),
        scheduler.getTask('empty'),
        scheduler.getTask('empty', { timeout: '1h' }),
        scheduler.getTask('empty', { signal: new AbortController().signal }),
        scheduler.join('full'),
        consumer.closed,
        group.closed,
        scheduler.startWorkers(fixture('never-loads'), { threads: 1 }),
        (async () => {
          for await (const context of scheduler.tasks('empty')) assert.fail(String(context))
        })(),
      ]
      if (cause === 'an error') murderer.worker.postMessage(0)
      else pending.push(fill(scheduler))
      await Promise.all(pending.map((promise) => assert.rejects(promise, isLost)))
      assert.ok(isLost(await aborted))
      assert.deepEqual((await Promise.all(ends)).flat(), [lostTwice, lostTwice])

      assert.equal(scheduler.running, false)
      assert.equal(group.threads, 0)
      await assert.rejects(scheduler.addTask(new ScheduledTaskContext('later', 1)), isLost)
      await assert.rejects(scheduler.taskDone(held), isLost)
      await assert.rejects(held.reschedule(1), isLost)
      await assert.rejects(scheduler.stats(), isLost)
      await assert.rejects(scheduler.start(), isLost)
      await assert.rejects(scheduler.startWorkers(fixture('empty-handler')), isLost)
      assert.throws(() => scheduler.workerOptions(), isLost)
      assert.deepEqual(await scheduler.stop(), nothingLeft)
      assert.deepEqual(await scheduler.stop(), nothingLeft)

      // It is said once, with the cause; and no thread was replaced that had nothing to live for.
      const said = logger.entries.filter(({ level }) => level !== 'debug')
      assert.deepEqual(
        said.map(({ level, message }) => `${level}: ${message.split(':')[0]}`),
        ['error: A thread of the scheduler died'],
      )
      const { error } = said[0]?.details ?? {}
      assert.ok(error instanceof SchedulerLostError && error.cause instanceof Error)
      murderer.worker.postMessage(0)
      const exits = [murderer, waiting, blocked].map(({ exited }) => exited)
      assert.deepEqual(await Promise.all(exits), [0, 0, 0])
    })
  })
}

describe('A scheduler thread that dies', { timeout }, () => {
  test('Threads wake while the main loop is blocked, blocked ones too.', async () => {
    const ledger = Ledger.bequeath(100)
    const scheduler = new SchedulerThread({ queues, logger: new RecordingLogger() })
    const murderer = startOwnThread(scheduler, 'poisons')
    const threads = ['waits-in-get', 'blocks-in-get'].map((name) => startOwnThread(scheduler, name))
    await ledger.until('started', 2)
    murderer.worker.postMessage(300)
    const freeAt = blockFor(1500)
    // One waited, the other blocked twice.
    assert.equal(ledger.of('noted').filter(({ at }) => at < freeAt).length, 3)
    await Promise.all(threads.map(({ exited }) => exited))
    await scheduler.stop()
  })

  test('A thread that is connected to a dead one, before anybody noticed, is told so.', async () => {
    Ledger.bequeath(100)
    const scheduler = await smallScheduler()
    const adding = overfill(scheduler)
    // In this microtask they are posted.
    await Promise.resolve()
    blockFor(1500)
    // It has died, and the event that says so waits for this loop.
    const { worker } = startOwnThread(scheduler, 'blocks-in-get')
    const end = once(worker, 'message')
    await assert.rejects(adding, isLost)
    assert.deepEqual(await end, [lostTwice])
    await scheduler.stop()
  })

  test('If another is connected already, it is told so while the main loop is blocked.', async () => {
    const ledger = Ledger.bequeath(100)
    const scheduler = await smallScheduler()
    const first = startOwnThread(scheduler, 'waits-in-get')
    await ledger.until('started', 1)
    const adding = overfill(scheduler)
    // In this microtask they are posted.
    await Promise.resolve()
    blockFor(1500)
    const second = startOwnThread(scheduler, 'blocks-in-get')
    const freeAt = blockFor(1500)
    assert.equal(ledger.of('noted').filter(({ at }) => at < freeAt).length, 3)
    await assert.rejects(adding, isLost)
    await Promise.all([first.exited, second.exited])
    await scheduler.stop()
  })

  test('Stopping that waits for contexts resolves, of the scheduler and of a group.', async () => {
    await using watch = await CloseWatch.start(100)
    const { ledger } = watch
    const logger = new RecordingLogger()
    const endless = ['pending', 'spinning']
    const scheduler = await new SchedulerThread({ queues: endless, logger }).start()
    const murderer = startOwnThread(scheduler, 'poisons')
    const group = await scheduler.startWorkers(fixture('endless-handlers'), { threads: 2 })
    await scheduler.addTasks(endless.map((taskName) => new ScheduledTaskContext(taskName)))
    await ledger.until('started', 2)
    const stopped = scheduler.stop({ timeout: '1h' })
    const groupStopped = group.stop()
    murderer.worker.postMessage(0)
    await groupStopped
    assert.deepEqual(await stopped, nothingLeft)
    assert.equal(group.threads, 0)
    await ledger.until('closed', 2)
  })

  test('The process ends by itself.', async () => {
    const { code, lines } = await runProgram('dies-with-its-scheduler')
    assert.deepEqual(lines.toSorted(), [
      'adding SCHEDULER_LOST',
      "blocked [ 'SCHEDULER_LOST', 'SCHEDULER_LOST' ]",
      'waiting SCHEDULER_LOST',
    ])
    assert.equal(code, 0)
  })
})
