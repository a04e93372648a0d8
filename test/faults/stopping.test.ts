import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { ScheduledTaskContext, SchedulerStoppedError, SchedulerThread } from '../../src/index.ts'
import { FakeClock } from '../../src/testing.ts'
import { Ledger } from '../support/ledger.ts'
import { fixture, startOwnThread } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import { runProgram } from '../support/run-program.ts'
import { CloseWatch } from '../support/thread-life.ts'

const timeout = 300_000
const stoppedTwice = ['SCHEDULER_STOPPED', 'SCHEDULER_STOPPED']

describe('Stopping', { timeout }, () => {
  test('Handlers that never end are waited for as long as asked, named, and ended with their threads.', async () => {
    await using watch = await CloseWatch.start(100)
    const { ledger } = watch
    const clock = new FakeClock()
    const logger = new RecordingLogger()
    const endless = ['pending', 'spinning']
    const scheduler = await new SchedulerThread({ clock, logger, queues: endless }).start()
    const group = await scheduler.startWorkers(fixture('endless-handlers'), { threads: 3 })
    await scheduler.addTasks(
      ['pending', 'pending', 'spinning', 'spinning'].map(
        (taskName, n) =>
          new ScheduledTaskContext(taskName, n, null, {}, { id: `${taskName} ${n}` }),
      ),
    )
    await ledger.until('started', 3)
    let stopped = false
    const reports = [scheduler.stop({ timeout: 30 }), scheduler.stop()]
    const stopping = reports.map(async (report) => {
      await report
      stopped = true
    })
    await clock.advance(29)
    assert.equal(stopped, false)
    await clock.advance(1)
    await Promise.all(stopping)
    const [report, same] = await Promise.all(reports)
    assert.equal(report, same)
    assert.equal(report?.taken.length, ledger.count('started'))
    assert.equal(report.queued, 4 - report.taken.length)
    for (const id of report.taken) assert.match(id, /^(pending|spinning) \d$/)
    await group.closed
    assert.equal(group.threads, 0)
    await ledger.until('closed', 3)
    assert.deepEqual((await logger.logged(/still being worked on/)).details, {
      taken: report.taken,
    })
  })

  test('A thread that blocks in getTaskSync is told, also one that is only just beginning.', async () => {
    const ledger = Ledger.bequeath(100)
    const scheduler = await new SchedulerThread({ queues: ['empty'] }).start()
    const threads = [startOwnThread(scheduler, 'blocks-in-get')]
    await ledger.until('started', 1)
    threads.push(startOwnThread(scheduler, 'blocks-in-get'))
    const ends = threads.map(({ worker }) => once(worker, 'message'))
    await scheduler.stop()
    assert.deepEqual((await Promise.all(ends)).flat(), [stoppedTwice, stoppedTwice])
    assert.deepEqual(await Promise.all(threads.map(({ exited }) => exited)), [0, 0])
  })

  test('Workers that are only just beginning are ended, and starting them is rejected.', async () => {
    await using watch = await CloseWatch.start(100)
    const { ledger } = watch
    const scheduler = await new SchedulerThread({ queues: ['pending', 'spinning'] }).start()
    const starting = scheduler.startWorkers(fixture('endless-handlers'), { threads: 2 })
    await Promise.all([assert.rejects(starting, SchedulerStoppedError), scheduler.stop()])
    await ledger.until('closed', ledger.count('born'))
  })

  test('Threads that die one after the other are not replaced any more.', async () => {
    await using watch = await CloseWatch.start(10_000)
    const { ledger } = watch
    const logger = new RecordingLogger()
    const scheduler = await new SchedulerThread({ queues: ['work'], logger }).start()
    const options = { threads: 2, maxRestarts: 10_000 }
    const group = await scheduler.startWorkers(fixture('fatal-handler'), options)
    await scheduler.addTask(new ScheduledTaskContext('work', 1, null, { task: 1 }))
    await ledger.until('born', 10)
    const report = await scheduler.stop()
    assert.equal(report.queued + report.taken.length, 1)
    await group.closed
    await ledger.until('closed', ledger.count('born'))
  })

  test('A scheduler is stopped at the end of its block, when that throws, too.', async () => {
    const kept: SchedulerThread[] = []
    const block = async (): Promise<void> => {
      await using scheduler = await new SchedulerThread({ queues: ['empty'] }).start()
      kept.push(scheduler)
      await scheduler.startWorkers(fixture('empty-handler'), { threads: 1 })
      throw new RangeError('out of the block')
    }
    await assert.rejects(block(), RangeError)
    for (const scheduler of kept) {
      assert.equal(scheduler.running, false)
      await assert.rejects(scheduler.stats(), SchedulerStoppedError)
    }
    assert.equal(kept.length, 1)
  })

  test('A program whose scheduler is unref ends by itself, whatever it waits for.', async () => {
    const { code, lines } = await runProgram('waiting-program', ['unref'])
    assert.deepEqual(lines, ['added'])
    assert.equal(code, 0)
  })

  test('A program whose scheduler is not ends when that is stopped.', async () => {
    const { code, lines } = await runProgram('waiting-program')
    assert.deepEqual(lines, ['added', 'SCHEDULER_STOPPED', 'SCHEDULER_STOPPED', 'stopped 1'])
    assert.equal(code, 0)
  })
})
