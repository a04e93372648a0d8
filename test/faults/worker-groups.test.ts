import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ScheduledTaskContext, SchedulerThread, type SchedulerEvents } from '../../src/index.ts'
import { Ledger } from '../support/ledger.ts'
import { fixture } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import { CloseWatch } from '../support/thread-life.ts'
import { untilQueue } from '../support/until-queue.ts'

const timeout = 300_000
const threads = 3
const maxRestarts = 2
const tasks = 30

function numbered(): ScheduledTaskContext<'work', { task: number }>[] {
  return Array.from(
    { length: tasks },
    (_, task) => new ScheduledTaskContext('work', task, null, { task }),
  )
}

describe('Workers that cannot live', { timeout }, () => {
  test('A file that never loads is tried again as often as allowed, and no thread of it is left.', async () => {
    await using watch = await CloseWatch.start(100)
    const { ledger } = watch
    const logger = new RecordingLogger()
    await using scheduler = await new SchedulerThread({ queues: ['work'], logger }).start()
    const starting = scheduler.startWorkers(fixture('fails-at-load'), { threads, maxRestarts })
    await assert.rejects(starting, { name: 'RangeError', message: 'never' })
    // The first thread that is given up ends the group; the others need not have come that far.
    const births = ledger.count('born')
    assert.ok(births > maxRestarts && births <= threads * (1 + maxRestarts), `${births} births`)
    await ledger.until('closed', births)
    const error = logger.entries.find(({ level }) => level === 'error')
    assert.match(error?.message ?? '', /not replaced any more: never/)
    assert.equal(ledger.count('born'), births)
  })

  test('A handler that kills whoever takes its task: every death is told, the last ends the group, and no task is lost.', async () => {
    await using watch = await CloseWatch.start(200)
    const { ledger } = watch
    const logger = new RecordingLogger()
    await using scheduler = await new SchedulerThread({ queues: ['work'], logger }).start()
    const exits: SchedulerEvents['workerExited'][] = []
    scheduler.on('workerExited', (payload) => exits.push(payload))
    const group = await scheduler.startWorkers(fixture('fatal-handler'), { threads, maxRestarts })
    assert.equal(group.threads, threads)
    await scheduler.addTasks(numbered())
    await assert.rejects(group.closed, /exited with code: 7/)

    const deaths = threads * (1 + maxRestarts)
    assert.equal(group.threads, 0)
    assert.equal(ledger.count('born'), deaths)
    await ledger.until('closed', deaths)
    const levels = logger.entries.map(({ level }) => level).filter((level) => level !== 'debug')
    assert.equal(levels.filter((level) => level === 'warn').length, threads * maxRestarts)
    assert.equal(levels.filter((level) => level === 'error').length, threads)
    await untilQueue(scheduler, 'work', { queued: tasks, taken: 0, done: 0, consumers: 0 })
    assert.equal(exits.length, deaths)
    for (let thread = 0; thread < threads; thread++) {
      const replaced = exits.filter((exit) => exit.thread === thread).map((exit) => exit.replaced)
      assert.deepEqual(replaced, [true, true, false])
    }

    // Everything is in its old place, and knows how many it has cost.
    const queued = await scheduler.getQueued('work')
    assert.deepEqual(
      queued.map(({ subject }) => subject),
      Array.from({ length: tasks }, (_, n) => n),
    )
    await scheduler.startWorkers(fixture('good-handler'), { threads: 1 })
    await scheduler.join('work')
    const finished = ledger.of('finished')
    assert.deepEqual(
      finished.map(({ task }) => task),
      Array.from({ length: tasks }, (_, n) => n),
    )
    const again = finished.reduce((sum, { value }) => sum + value - 1, 0)
    assert.equal(again, deaths)
    for (const { task, value } of finished) {
      const started = ledger.of('started').filter((entry) => entry.task === task)
      assert.equal(value, started.length + 1, `task ${task}`)
    }
  })

  test('A group that is stopped after one of its threads was given up has come to its end, not failed.', async () => {
    Ledger.bequeath(100)
    const logger = new RecordingLogger()
    await using scheduler = await new SchedulerThread({ queues: ['frail', 'held'], logger }).start()
    const options = { threads: 2, maxRestarts: 0 }
    const group = await scheduler.startWorkers(fixture('frail-handler'), options)
    await scheduler.addTask(new ScheduledTaskContext('frail', 1, null, { task: 1 }))
    // One died of it, the other finished it.
    await scheduler.join('frail')
    await logger.logged(/not replaced/)
    await group.stop()
    await group.closed
    assert.equal(group.threads, 0)
  })

  test('A group that is stopped while one of its threads is only just beginning ends it in order, not by force.', async () => {
    const queues = Array.from({ length: 100 }, (_, n) => `queue ${n}`)
    const logger = new RecordingLogger()
    // With some luck one would be early enough, or late enough.
    for (let round = 0; round < 5; round++) {
      const ledger = Ledger.bequeath(100)
      await using scheduler = await new SchedulerThread({ queues, logger }).start()
      const group = await scheduler.startWorkers(fixture('many-handlers'), { threads: 1 })
      await scheduler.addTask(new ScheduledTaskContext('queue 99'))
      await ledger.until('born', 2)
      for (let turn = 0; turn < 4 * round; turn++) await scheduler.stats()
      await group.stop()
      assert.deepEqual(
        ledger.of('noted').map(({ life }) => life),
        [1],
      )
    }
  })
})
