import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SchedulerThread, type SchedulerClient } from '../../src/index.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { noteJobs, noteRuns } from '../support/job-events.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

function every(seconds: number): { readonly interval: { readonly seconds: number } } {
  return { interval: { seconds } }
}

async function workOne(scheduler: SchedulerClient, taskName = 'q'): Promise<string> {
  const context = await scheduler.getTask(taskName)
  await scheduler.taskDone(context)
  return context.id.slice(context.id.indexOf('T') + 1, -5)
}

/** Takes and finishes what comes until nothing comes any more. */
async function workAll(scheduler: SchedulerClient, taskName = 'q'): Promise<string[]> {
  const times: string[] = []
  while (!(await scheduler.isEmptyQueue(taskName))) times.push(await workOne(scheduler, taskName))
  return times
}

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  const begin = async (
    queues: Readonly<Record<string, { readonly maxSize?: number }>> = { q: {} },
  ): Promise<{
    readonly scheduler: SchedulerThread | InlineScheduler
    readonly clock: FakeClock
  }> => {
    const clock = new FakeClock()
    const scheduler = new Scheduler({ clock, queues, logger: new RecordingLogger() })
    await scheduler.start()
    return { scheduler, clock }
  }

  describe(`The runs of jobs on ${name}`, () => {
    test('The events of a run come in order, its removal last.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      const job = { id: 'a', taskName: 'q', trigger: every(10), maxRuns: 2 }
      await scheduler.addJob(job)
      await clock.advance(10)
      await workAll(scheduler)
      await clock.advance(10)
      const context = await scheduler.getTask('q')
      assert.equal((await scheduler.getJob('a'))?.instances, 1)
      context.setLastError(new RangeError('too far'))
      await scheduler.taskDone(context)
      assert.equal(await scheduler.getJob('a'), null)
      assert.deepEqual(noted, [
        'jobSubmitted a 00:00:10',
        'jobExecuted a 00:00:10',
        'jobSubmitted a 00:00:20',
        'jobError a 00:00:20',
        'jobRemoved a',
      ])
      await scheduler.stop()
    })

    test('What a handler threw is told with its name, message and code, and the job goes on.', async () => {
      const { scheduler, clock } = await begin()
      const errors: unknown[] = []
      scheduler.on('jobError', ({ error: { stack, ...error }, ...run }) => {
        assert.match(stack ?? '', /RangeError/)
        errors.push([run, error])
      })
      let calls = 0
      await scheduler.consume('q', () => {
        calls++
        if (calls === 1) throw Object.assign(new RangeError('too far'), { code: 'FAR' })
      })
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      for (let n = 0; n < 2; n++) {
        await clock.advance(10)
        await scheduler.join('q')
      }
      const plannedTime = new Date(Date.UTC(2026, 0, 1, 0, 0, 10))
      const id = 'a@2026-01-01T00:00:10.000Z'
      assert.deepEqual(errors, [
        [
          { jobId: 'a', id, taskName: 'q', plannedTime },
          { name: 'RangeError', message: 'too far', code: 'FAR' },
        ],
      ])
      assert.equal(calls, 2)
      await scheduler.stop()
    })

    test('An error that a context brought along from an earlier run is not the error of a run of a job.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(60), maxRuns: 1 })
      await clock.advance(60)
      const context = await scheduler.getTask('q')
      context.setLastError(new Error('try again'))
      await context.reschedule(5)
      await scheduler.taskDone(context)
      await clock.advance(5)
      const again = await scheduler.getTask('q')
      assert.equal(again.jobId, 'a')
      assert.equal(again.errorCount, 1)
      await scheduler.taskDone(again)
      assert.deepEqual(noted, ['jobSubmitted a 00:01:00', 'jobError a 00:01:00', 'jobRemoved a'])
      await scheduler.stop()
    })

    test('What a handler schedules again is no part of its run, whose grace and whose cancelling do not touch it.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      const job = { id: 'a', taskName: 'q', trigger: every(60), misfireGraceTime: 3 }
      await scheduler.addJob(job)
      await clock.advance(60)
      const context = await scheduler.getTask('q')
      await context.reschedule(30)
      await clock.advance(10)
      assert.equal((await scheduler.getScheduled()).length, 1)
      await scheduler.taskDone(context)
      await clock.advance(20)
      await workAll(scheduler)
      await clock.advance(30)
      const next = await scheduler.getTask('q')
      await next.reschedule(30)
      assert.equal(await scheduler.cancelTask(next.id), true)
      assert.equal((await scheduler.getJob('a'))?.instances, 1)
      await scheduler.taskDone(next)
      assert.equal((await scheduler.getJob('a'))?.instances, 0)
      assert.deepEqual(noted, [
        'jobSubmitted a 00:01:00',
        'jobExecuted a 00:01:00',
        'jobSubmitted a 00:02:00',
        'jobExecuted a 00:02:00',
      ])
      await scheduler.stop()
    })

    test('Of several due runs only the last is run, unless each is asked for; then one follows the other.', async () => {
      const { scheduler, clock } = await begin({ one: {}, each: {} })
      await scheduler.addJob({ id: 'one', taskName: 'one', trigger: every(10) })
      await scheduler.addJob({ id: 'each', taskName: 'each', trigger: every(10), coalesce: false })
      await clock.advance(35)
      assert.deepEqual(await workAll(scheduler, 'one'), ['00:00:30'])
      assert.equal((await scheduler.getQueued('each')).length, 1)
      assert.deepEqual(await workAll(scheduler, 'each'), ['00:00:10', '00:00:20', '00:00:30'])
      assert.equal((await scheduler.getJob('each'))?.runs, 3)
      await scheduler.stop()
    })

    test('A job that catches up skips what becomes due meanwhile, and has one run in hand.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10), coalesce: false })
      await clock.advance(20)
      await clock.advance(10)
      assert.deepEqual(await workAll(scheduler), ['00:00:10', '00:00:20'])
      await clock.advance(10)
      assert.deepEqual(await workAll(scheduler), ['00:00:40'])
      assert.deepEqual(
        noted.filter((line) => !line.startsWith('jobExecuted')),
        [
          'jobSubmitted a 00:00:10',
          'jobMaxInstances a 00:00:30',
          'jobSubmitted a 00:00:20',
          'jobSubmitted a 00:00:40',
        ],
      )
      await scheduler.stop()
    })

    test('Pausing a job ends what it had to catch up with.', async () => {
      const { scheduler, clock } = await begin()
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10), coalesce: false })
      await clock.advance(35)
      await scheduler.pauseJob('a')
      assert.deepEqual(await workAll(scheduler), ['00:00:10'])
      await scheduler.resumeJob('a')
      await clock.advance(5)
      assert.deepEqual(await workAll(scheduler), ['00:00:40'])
      await scheduler.stop()
    })

    test('A job that is paused and resumed at the time of a run does not run twice.', async () => {
      const { scheduler, clock } = await begin()
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await clock.advance(10)
      await scheduler.pauseJob('a')
      await scheduler.resumeJob('a')
      await clock.advance(0)
      assert.deepEqual(await workAll(scheduler), ['00:00:10'])
      await clock.advance(10)
      assert.deepEqual(await workAll(scheduler), ['00:00:20'])
      await scheduler.stop()
    })

    test('While all job processing is paused a job does not go on with what it has to catch up with.', async () => {
      const { scheduler, clock } = await begin()
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10), coalesce: false })
      await clock.advance(25)
      await scheduler.pause()
      assert.deepEqual(await workAll(scheduler), ['00:00:10'])
      await scheduler.resume()
      assert.deepEqual(await workAll(scheduler), ['00:00:20'])
      await scheduler.stop()
    })

    test('An instance is running from when its run is due until it is done; more than may are skipped.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10), maxInstances: 2 })
      for (let n = 0; n < 3; n++) await clock.advance(10)
      assert.equal((await scheduler.getQueued('q')).length, 2)
      assert.equal(await workOne(scheduler), '00:00:10')
      await clock.advance(10)
      assert.deepEqual(await workAll(scheduler), ['00:00:20', '00:00:40'])
      assert.deepEqual(
        noted.filter((line) => !line.startsWith('jobExecuted')),
        [
          'jobSubmitted a 00:00:10',
          'jobSubmitted a 00:00:20',
          'jobMaxInstances a 00:00:30',
          'jobSubmitted a 00:00:40',
        ],
      )
      await scheduler.stop()
    })

    test('A run that waits for room on its queue is under way, and takes its place in line.', async () => {
      const { scheduler, clock } = await begin({ q: { maxSize: 1 } })
      const noted = noteRuns(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await scheduler.addJob({ id: 'b', taskName: 'q', trigger: every(10) })
      await clock.advance(10)
      const { queues } = await scheduler.stats()
      assert.deepEqual([queues['q']?.queued, queues['q']?.parked], [1, 1])
      await clock.advance(10)
      assert.deepEqual(noted.slice(2), ['jobMaxInstances a 00:00:20', 'jobMaxInstances b 00:00:20'])
      assert.deepEqual(await workAll(scheduler), ['00:00:10', '00:00:10'])
      await scheduler.stop()
    })

    test('A run may be taken exactly as late as its grace; later it is missed, and not handed out.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await scheduler.addJob({
        id: 'a',
        taskName: 'q',
        trigger: every(10),
        misfireGraceTime: '3s',
      })
      await clock.advance(10)
      await clock.advance(3)
      assert.equal(await workOne(scheduler), '00:00:10')
      await clock.advance(7)
      await clock.advance('3001ms')
      assert.equal(await scheduler.isEmptyQueue('q'), true)
      assert.deepEqual(noted, [
        'jobSubmitted a 00:00:10',
        'jobExecuted a 00:00:10',
        'jobSubmitted a 00:00:20',
        'jobMissed a 00:00:20',
      ])
      const { totals } = await scheduler.stats()
      assert.deepEqual([totals.done, totals.cancelled], [1, 1])
      await scheduler.stop()
    })

    test('A run that is too late when it is noticed is missed at once; each of several is judged by itself.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      const job = { taskName: 'q', trigger: every(10), misfireGraceTime: 12 }
      await scheduler.addJob({ ...job, id: 'each', coalesce: false })
      await scheduler.addJob({ ...job, id: 'one', misfireGraceTime: 1 })
      await clock.advance(35)
      assert.deepEqual(noted, [
        'jobMissed each 00:00:10',
        'jobMissed each 00:00:20',
        'jobSubmitted each 00:00:30',
        'jobMissed one 00:00:30',
      ])
      await scheduler.stop()
    })

    test('Missed runs count among maxRuns, and the last of them removes the job.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      const job = { id: 'a', taskName: 'q', trigger: every(10), misfireGraceTime: 1, maxRuns: 2 }
      await scheduler.addJob(job)
      await clock.advance(12)
      await clock.advance(10)
      assert.deepEqual(noted, ['jobMissed a 00:00:10', 'jobMissed a 00:00:20', 'jobRemoved a'])
      await scheduler.stop()
    })

    test('maxRuns ends a job in the middle of what it has to catch up with.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      const job = { id: 'a', taskName: 'q', trigger: every(10), coalesce: false, maxRuns: 3 }
      await scheduler.addJob(job)
      await clock.advance(100)
      assert.deepEqual(await workAll(scheduler), ['00:00:10', '00:00:20', '00:00:30'])
      await clock.advance(100)
      assert.equal(noted.at(-1), 'jobRemoved a')
      assert.deepEqual(await workAll(scheduler), [])
      await scheduler.stop()
    })

    test('Lowering maxRuns below what was run removes the job at its next time.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      for (let n = 0; n < 2; n++) {
        await clock.advance(10)
        await workAll(scheduler)
      }
      await scheduler.modifyJob('a', { maxRuns: 1 })
      await clock.advance(10)
      assert.deepEqual(noted.slice(4), ['jobRemoved a'])
      await scheduler.stop()
    })

    test('A date that has passed is due at once, and judged by its grace.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await clock.advance(60)
      const date = new Date(Date.UTC(2026, 0, 1, 0, 0, 30))
      await scheduler.addDateJob('q', date, { id: 'any' })
      await scheduler.addDateJob('q', date, { id: 'in time', misfireGraceTime: 30 })
      await scheduler.addDateJob('q', date, { id: 'late', misfireGraceTime: 29 })
      await clock.advance(0)
      assert.deepEqual(noted, [
        'jobSubmitted any 00:00:30',
        'jobSubmitted in time 00:00:30',
        'jobMissed late 00:00:30',
        'jobRemoved late',
      ])
      await scheduler.stop()
    })

    test('Jitter delays a run by less than it says, keeps the grid, and takes nothing off the grace.', async () => {
      const { scheduler, clock } = await begin()
      const taken: string[] = []
      await scheduler.consume('q', ({ id, dueAt }) => {
        const planned = Date.parse(id.slice(2))
        const lateMs = (dueAt?.getTime() ?? 0) - planned
        assert.ok(lateMs >= 0 && lateMs <= 4000, `${lateMs} ms`)
        taken.push(id.slice(-9, -5))
      })
      const trigger = { interval: { seconds: 10, jitter: 4 } }
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger, misfireGraceTime: 1 })
      for (let second = 0; second < 35; second++) {
        await clock.advance(1)
        await scheduler.join('q')
      }
      assert.deepEqual(taken, ['0:10', '0:20', '0:30'])
      await scheduler.stop()
    })

    test('Jobs are added, changed and removed from inside a running job.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteJobs(scheduler, ['jobAdded', 'jobModified', 'jobExecuted', 'jobRemoved'])
      await scheduler.addQueue('made')
      await scheduler.consume('q', async ({ jobId }, tools) => {
        assert.equal(jobId, 'self')
        const own = await tools.scheduler.getJob(jobId ?? '')
        assert.equal(own?.instances, 1)
        await tools.scheduler.addJob({ id: 'made', taskName: 'made', trigger: every(60) })
        await tools.scheduler.modifyJob('other', { name: 'changed' })
        await tools.scheduler.pauseJob('other')
        await own.reschedule(every(5))
        await own.remove()
      })
      await scheduler.addJob({ id: 'self', taskName: 'q', trigger: every(10) })
      await scheduler.addJob({ id: 'other', taskName: 'made', trigger: every(10) })
      await clock.advance(9)
      await clock.advance(1)
      await scheduler.join('q')
      assert.deepEqual(noted.slice(2), [
        'jobAdded made',
        'jobModified other',
        'jobModified other',
        'jobModified self',
        'jobRemoved self',
        'jobExecuted self 00:00:10',
      ])
      assert.deepEqual((await scheduler.getJobs()).map(String), [
        'made (trigger: interval[0:01:00], next run at: 2026-01-01T00:01:10.000Z)',
        'changed (trigger: interval[0:00:10], paused)',
      ])
      await scheduler.stop()
    })

    test('A listener that throws is logged, and takes nothing from the others or the job.', async () => {
      const { scheduler, clock } = await begin()
      scheduler.on('jobSubmitted', () => {
        throw new Error('deaf')
      })
      const noted = noteRuns(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await clock.advance(10)
      await workAll(scheduler)
      assert.deepEqual(noted, ['jobSubmitted a 00:00:10', 'jobExecuted a 00:00:10'])
      await scheduler.stop()
    })
  })
}
