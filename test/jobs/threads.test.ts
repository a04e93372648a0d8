import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ScheduledTaskContext, SchedulerThread, type SchedulerClient } from '../../src/index.ts'
import { FakeClock } from '../../src/testing.ts'
import { noteJobs, noteRuns } from '../support/job-events.ts'
import { fixture } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

interface Workplace extends AsyncDisposable {
  readonly scheduler: SchedulerThread
  readonly clock: FakeClock
  readonly logger: RecordingLogger
}

/** A scheduler on a thread of its own, on a fake clock, with so many worker threads. */
async function workplace(threads: number): Promise<Workplace> {
  const clock = new FakeClock()
  const logger = new RecordingLogger()
  const scheduler = new SchedulerThread({ clock, logger, queues: ['run', 'notes', 'gate'] })
  await scheduler.startWorkers(fixture('job-handlers'), { threads })
  await scheduler.start()
  return {
    scheduler,
    clock,
    logger,
    [Symbol.asyncDispose]: async () => void (await scheduler.stop({ wait: false })),
  }
}

/** What the next handler noted. */
async function nextNote(scheduler: SchedulerClient): Promise<ScheduledTaskContext> {
  const note = await scheduler.getTask('notes')
  await scheduler.taskDone(note)
  return note
}

function job(id: string, what: string, more: object = {}): never {
  const trigger = { interval: { seconds: 10 } }
  return { id, taskName: 'run', trigger, attributes: { what }, ...more } as never
}

describe('Jobs on worker threads', () => {
  test('The events of runs come in order, and one that throws takes nothing from another.', async () => {
    await using place = await workplace(2)
    const { scheduler, clock, logger } = place
    const noted = noteRuns(scheduler)
    const messages: string[] = []
    scheduler.on('jobError', ({ error }) => messages.push(`${error.name}: ${error.message}`))
    await scheduler.addJob(job('bad', 'throw', { maxRuns: 2 }))
    await scheduler.addJob(job('good', 'note', { maxRuns: 2 }))
    const ended = scheduler.run()
    for (let n = 0; n < 2; n++) {
      await clock.advance(10)
      await scheduler.join('run')
    }
    await ended
    const of = (id: string): string[] => noted.filter((line) => line.split(' ')[1] === id)
    assert.deepEqual(of('bad'), [
      'jobSubmitted bad 00:00:10',
      'jobError bad 00:00:10',
      'jobSubmitted bad 00:00:20',
      'jobError bad 00:00:20',
      'jobRemoved bad',
    ])
    assert.deepEqual(of('good'), [
      'jobSubmitted good 00:00:10',
      'jobExecuted good 00:00:10',
      'jobSubmitted good 00:00:20',
      'jobExecuted good 00:00:20',
      'jobRemoved good',
    ])
    assert.deepEqual(messages, ['RangeError: bad went too far', 'RangeError: bad went too far'])
    await logger.logged(/handler of 'run' threw/)
  })

  test('A slow worker holds an instance until it is done; runs that are due meanwhile are skipped.', async () => {
    await using place = await workplace(3)
    const { scheduler, clock } = place
    const noted = noteRuns(scheduler)
    await scheduler.addJob(job('slow', 'slow', { maxInstances: 2 }))
    for (let n = 0; n < 2; n++) {
      await clock.advance(10)
      await nextNote(scheduler)
    }
    await clock.advance(10)
    assert.equal((await scheduler.getJob('slow'))?.instances, 2)
    const oneEnded = new Promise((resolve) => scheduler.on('jobExecuted', resolve))
    await scheduler.addTask(new ScheduledTaskContext('gate', 'open'))
    await oneEnded
    await clock.advance(10)
    await nextNote(scheduler)
    assert.deepEqual(
      noted.filter((line) => !line.startsWith('jobExecuted')),
      [
        'jobSubmitted slow 00:00:10',
        'jobSubmitted slow 00:00:20',
        'jobMaxInstances slow 00:00:30',
        'jobSubmitted slow 00:00:40',
      ],
    )
  })

  test('A job that is paused and resumed across a due time does not run it.', async () => {
    await using place = await workplace(1)
    const { scheduler, clock } = place
    await scheduler.addJob(job('a', 'note'))
    await clock.advance(5)
    await scheduler.pauseJob('a')
    await clock.advance(10)
    await scheduler.resumeJob('a')
    await clock.advance(5)
    assert.equal((await nextNote(scheduler)).subject, 'a@2026-01-01T00:00:20.000Z')
  })

  test('A job is changed while it is running; what is running goes on as it was.', async () => {
    await using place = await workplace(1)
    const { scheduler, clock } = place
    const noted = noteJobs(scheduler, ['jobModified', 'jobSubmitted', 'jobExecuted'])
    const added = await scheduler.addJob(job('a', 'slow'))
    await clock.advance(10)
    await nextNote(scheduler)
    await added.modify({ name: 'renamed', attributes: { what: 'note' } })
    await added.reschedule({ interval: { seconds: 1 } })
    const ended = new Promise((resolve) => scheduler.on('jobExecuted', resolve))
    await scheduler.addTask(new ScheduledTaskContext('gate', 'open'))
    await ended
    await clock.advance(1)
    assert.equal((await nextNote(scheduler)).subject, 'a@2026-01-01T00:00:11.000Z')
    await scheduler.join('run')
    assert.deepEqual(noted, [
      'jobSubmitted a 00:00:10',
      'jobModified a',
      'jobModified a',
      'jobExecuted a 00:00:10',
      'jobSubmitted a 00:00:11',
      'jobExecuted a 00:00:11',
    ])
  })

  test('Jobs are added, changed and removed from a worker thread.', async () => {
    await using place = await workplace(1)
    const { scheduler, clock } = place
    await scheduler.addJob(job('manager', 'manage', { maxRuns: 5 }))
    await scheduler.addJob(job('other', 'note', { nextRunTime: null }))
    await clock.advance(10)
    await scheduler.join('run')
    assert.deepEqual(
      (await scheduler.getJobs()).map(({ id, name }) => [id, name]),
      [
        ['manager', 'changed from inside'],
        ['from inside', 'run'],
      ],
    )
  })

  test('The run of a worker that dies is given to another, and is one run.', async () => {
    await using place = await workplace(1)
    const { scheduler, clock } = place
    const noted = noteRuns(scheduler)
    await scheduler.addJob(job('a', 'die', { maxRuns: 1 }))
    const ended = scheduler.run()
    await clock.advance(10)
    assert.equal((await nextNote(scheduler)).attributes['attempt'], 1)
    assert.equal((await nextNote(scheduler)).attributes['attempt'], 2)
    await ended
    assert.deepEqual(noted, ['jobSubmitted a 00:00:10', 'jobExecuted a 00:00:10', 'jobRemoved a'])
  })

  test('A run with a grace is not handed ahead: a worker that is fast gets none that is too late.', async () => {
    const clock = new FakeClock()
    await using scheduler = new SchedulerThread({ clock, queues: ['q', 'timed'] })
    await scheduler.start()
    const noted = noteRuns(scheduler)
    const trigger = { interval: { seconds: 10 } }
    const ids = Array.from({ length: 20 }, (_, n) => `job ${String(n).padStart(2, '0')}`)
    for (const id of ids) {
      await scheduler.addJob({ id, taskName: 'timed', trigger, misfireGraceTime: 5, maxRuns: 1 })
    }
    await clock.advance(10)
    // Fast enough to be handed many ahead, if they were.
    for (let n = 0; n < 10; n++) await scheduler.taskDone(await scheduler.getTask('timed'))
    await clock.advance(6)
    assert.equal(await scheduler.isEmptyQueue('timed'), true)
    assert.equal(noted.filter((line) => line.startsWith('jobExecuted')).length, 10)
    assert.equal(noted.filter((line) => line.startsWith('jobMissed')).length, 10)
    assert.deepEqual(await scheduler.getJobs(), [])
  })

  test('With the real time, every run of a job is on its grid.', async () => {
    await using scheduler = new SchedulerThread({ queues: ['q'] })
    await scheduler.start()
    const planned: number[] = []
    const trigger = { interval: { seconds: 0.02 } }
    await scheduler.consume('q', ({ dueAt, lateness }) => {
      assert.ok(lateness >= 0)
      planned.push(dueAt?.getTime() ?? 0)
    })
    await scheduler.addJob({ taskName: 'q', trigger, coalesce: false, maxInstances: 5, maxRuns: 5 })
    await scheduler.run()
    // Where the machine is late, those that are due together are one instance, and the next may run beside it.
    planned.sort((a, b) => a - b)
    assert.deepEqual(
      planned.slice(1).map((time, n) => time - (planned[n] ?? 0)),
      [20, 20, 20, 20],
    )
  })
})
