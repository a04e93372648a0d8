import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  IntervalTrigger,
  SchedulerError,
  SchedulerThread,
  type JobOptions,
} from '../../src/index.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { noteJobs, noteRuns } from '../support/job-events.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import { workOff } from '../support/work-off.ts'

/** The fake clock begins here. */
const midnight = Date.UTC(2026, 0, 1)

function at(seconds: number): Date {
  return new Date(midnight + seconds * 1000)
}

function every(seconds: number): { readonly interval: { readonly seconds: number } } {
  return { interval: { seconds } }
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SchedulerError && error.code === code
}

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  /** A scheduler with the queue q that was started, on a clock of its own. */
  const begin = async (): Promise<{
    readonly scheduler: SchedulerThread | InlineScheduler
    readonly clock: FakeClock
  }> => {
    const clock = new FakeClock()
    const scheduler = new Scheduler({ clock, queues: ['q'] })
    await scheduler.start()
    return { scheduler, clock }
  }

  describe(`${name}'s jobs`, () => {
    test('A job puts a context on its queue whenever its trigger fires.', async () => {
      const { scheduler, clock } = await begin()
      const job = await scheduler.addJob({
        id: 'beat',
        taskName: 'q',
        subject: 'heart',
        attributes: { rate: 60 },
        trigger: every(10),
      })
      assert.deepEqual(job.nextRunTime, at(10))
      await clock.advance(10)
      const context = await scheduler.getTask('q')
      assert.equal(context.id, 'beat@2026-01-01T00:00:10.000Z')
      assert.equal(context.jobId, 'beat')
      assert.equal(context.subject, 'heart')
      assert.deepEqual(context.attributes, { rate: 60 })
      assert.deepEqual(context.dueAt, at(10))
      await scheduler.taskDone(context)
      await clock.advance(10)
      assert.deepEqual(await workOff(scheduler), ['beat@2026-01-01T00:00:20.000Z'])
      await scheduler.stop()
    })

    test('A job shows what it was made with, and what its defaults are.', async () => {
      const { scheduler } = await begin()
      const { id, nextRunTime, ...rest } = await scheduler.addJob({
        taskName: 'q',
        trigger: every(60),
      })
      assert.match(id, /^[0-9a-f-]{36}$/)
      assert.deepEqual(nextRunTime, at(60))
      const { trigger, ...shown } = { ...rest }
      assert.equal(String(trigger), 'interval[0:01:00]')
      assert.deepEqual(shown, {
        name: 'q',
        taskName: 'q',
        subject: undefined,
        attributes: {},
        misfireGraceTime: null,
        coalesce: true,
        maxInstances: 1,
        maxRuns: null,
        paused: false,
        pending: false,
        runs: 0,
        instances: 0,
      })
      await scheduler.stop()
    })

    test('The defaults of jobs may be given to the scheduler.', async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({
        clock,
        queues: ['q'],
        jobDefaults: { misfireGraceTime: 5, coalesce: false, maxInstances: 3 },
      })
      const plain = await scheduler.addJob({ taskName: 'q', trigger: every(60) })
      assert.deepEqual([plain.misfireGraceTime, plain.coalesce, plain.maxInstances], [5, false, 3])
      const own = await scheduler.addJob({
        taskName: 'q',
        trigger: every(60),
        misfireGraceTime: null,
        coalesce: true,
        maxInstances: 1,
      })
      assert.deepEqual([own.misfireGraceTime, own.coalesce, own.maxInstances], [null, true, 1])
      await scheduler.stop()
    })

    test('A job without a trigger runs once, at once.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await scheduler.addAsyncJob('q', { id: 'a' })
      await scheduler.addJob({ id: 'b', taskName: 'q' })
      await clock.advance(0)
      assert.deepEqual(await workOff(scheduler), [
        'a@2026-01-01T00:00:00.000Z',
        'b@2026-01-01T00:00:00.000Z',
      ])
      assert.deepEqual(noted, [
        'jobSubmitted a 00:00:00',
        'jobSubmitted b 00:00:00',
        'jobExecuted a 00:00:00',
        'jobRemoved a',
        'jobExecuted b 00:00:00',
        'jobRemoved b',
      ])
      await scheduler.stop()
    })

    test('The short ways to add a job make its trigger.', async () => {
      const { scheduler } = await begin()
      const date = await scheduler.addDateJob('q', '2026-01-01 12:00:00', { timezone: 'UTC' })
      assert.deepEqual(date.nextRunTime, at(43_200))
      const soon = await scheduler.addDateJob('q', '90s')
      assert.deepEqual(soon.nextRunTime, at(90))
      const interval = await scheduler.addIntervalJob('q', { hours: 1 }, { name: 'hourly' })
      assert.equal(
        String(interval),
        'hourly (trigger: interval[1:00:00], next run at: 2026-01-01T01:00:00.000Z)',
      )
      const aliased = await scheduler.addJob({ taskName: 'q', trigger: 'interval', minutes: 5 })
      assert.deepEqual(aliased.nextRunTime, at(300))
      await scheduler.stop()
    })

    test('An id is taken once, unless the job is to be replaced.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteJobs(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10), maxRuns: 2 })
      await assert.rejects(
        scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(20) }),
        hasCode('JOB_EXISTS'),
      )
      const replaced = await scheduler.addJob({
        id: 'a',
        taskName: 'q',
        trigger: every(20),
        replaceExisting: true,
      })
      assert.deepEqual(replaced.nextRunTime, at(20))
      assert.equal(replaced.maxRuns, null)
      assert.equal((await scheduler.getJobs()).length, 1)
      await clock.advance(10)
      assert.deepEqual(await workOff(scheduler), [])
      assert.deepEqual(noted, ['jobAdded a', 'jobAdded a'])
      await scheduler.stop()
    })

    test('A job of no queue, with a trigger that is none or never fires, is refused and changes nothing.', async () => {
      const { scheduler } = await begin()
      await assert.rejects(scheduler.addJob({ taskName: 'none' }), hasCode('QUEUE_NOT_FOUND'))
      const ended = new IntervalTrigger({
        seconds: 1,
        startDate: '2025-01-01',
        endDate: '2025-01-02',
      })
      await assert.rejects(
        scheduler.addJob({ taskName: 'q', trigger: ended }),
        hasCode('TRIGGER_NEVER_FIRES'),
      )
      await assert.rejects(
        scheduler.addJob({ taskName: 'q', trigger: { custom: 'moon' } }),
        (error) => hasCode('TRIGGER_INVALID')(error) && /moon/.test((error as Error).message),
      )
      assert.deepEqual(await scheduler.getJobs(), [])
      await scheduler.stop()
    })

    const wrong: readonly (readonly [string, object, string])[] = [
      ['a name of no option', { intervall: 5 }, 'OPTION_INVALID'],
      ['a grace of zero', { misfireGraceTime: 0 }, 'OPTION_INVALID'],
      ['a grace of half a second as a number', { misfireGraceTime: 0.5 }, 'OPTION_INVALID'],
      ['a grace that is no duration', { misfireGraceTime: 'soon' }, 'DURATION_INVALID'],
      ['coalesce that is no flag', { coalesce: 'yes' }, 'OPTION_INVALID'],
      ['maxInstances of zero', { maxInstances: 0 }, 'OPTION_INVALID'],
      ['maxRuns of a half', { maxRuns: 1.5 }, 'OPTION_INVALID'],
      ['an id that is empty', { id: '' }, 'OPTION_INVALID'],
      ['a name that is no text', { name: 7 }, 'OPTION_INVALID'],
      ['nextRunTime that is no date', { nextRunTime: 'now' }, 'OPTION_INVALID'],
      ['an invalid date', { nextRunTime: new Date(Number.NaN) }, 'OPTION_INVALID'],
      ['attributes that are none', { attributes: 'x' }, 'OPTION_INVALID'],
      ['attributes that cannot travel', { attributes: { f: () => 1 } }, 'PAYLOAD_INVALID'],
      ['a subject that is none', { subject: () => 1 }, 'CONTEXT_TYPE'],
      ['a trigger that is none', { trigger: 'often' }, 'TRIGGER_INVALID'],
      [
        'a trigger with an unknown field',
        { trigger: { interval: { eons: 1 } } },
        'TRIGGER_INVALID',
      ],
      ['no queue', { taskName: undefined }, 'QUEUE_NAME_INVALID'],
    ]
    test('Options that are not what they should be are refused, by addJob and by modifyJob.', async () => {
      const { scheduler } = await begin()
      await scheduler.addJob({ id: 'known', taskName: 'q', trigger: every(10) })
      const before = String(await scheduler.getJob('known'))
      for (const [what, options, code] of wrong) {
        const added = { taskName: 'q', trigger: every(1), ...options } as JobOptions
        await assert.rejects(scheduler.addJob(added), hasCode(code), what)
        if ('id' in options || ('taskName' in options && options.taskName === undefined)) continue
        const changes = { name: 'changed', ...options } as never
        await assert.rejects(scheduler.modifyJob('known', changes), hasCode(code), what)
      }
      for (const none of [7, 'often', true, [], Symbol('none')] as never[]) {
        await assert.rejects(scheduler.addAsyncJob('q', none), hasCode('OPTION_INVALID'))
        await assert.rejects(scheduler.addDateJob('q', 60, none), hasCode('OPTION_INVALID'))
        await assert.rejects(scheduler.addCronJob('q', '@daily', none), hasCode('OPTION_INVALID'))
        const interval = { seconds: 1 }
        await assert.rejects(
          scheduler.addIntervalJob('q', interval, none),
          hasCode('OPTION_INVALID'),
        )
      }
      assert.equal(String(await scheduler.getJob('known')), before)
      assert.equal((await scheduler.getJobs()).length, 1)
      await assert.rejects(
        scheduler.modifyJob('known', { id: 'b' } as never),
        hasCode('OPTION_INVALID'),
      )
      await assert.rejects(
        scheduler.modifyJob('known', { taskName: 'none' }),
        hasCode('QUEUE_NOT_FOUND'),
      )
      await assert.rejects(scheduler.getJob(7 as never), hasCode('OPTION_INVALID'))
      await scheduler.stop()
    })

    test('A job that is not there is null, and an error for every verb that needs it.', async () => {
      const { scheduler } = await begin()
      const none = hasCode('JOB_NOT_FOUND')
      assert.equal(await scheduler.getJob('a'), null)
      await assert.rejects(scheduler.modifyJob('a', { name: 'b' }), none)
      await assert.rejects(scheduler.rescheduleJob('a', every(1)), none)
      await assert.rejects(scheduler.pauseJob('a'), none)
      await assert.rejects(scheduler.resumeJob('a'), none)
      await assert.rejects(scheduler.removeJob('a'), none)
      await assert.rejects(scheduler.runJob('a'), none)
      await scheduler.stop()
    })

    test('Jobs that are added before start are pending, and what passed by then is not made up for.', async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({ clock, queues: ['q'] })
      const noted = noteRuns(scheduler)
      const options = { taskName: 'q' } as const
      const job = await scheduler.addJob({ ...options, id: 'a', trigger: every(10) })
      await scheduler.addJob({ ...options, id: 'date', trigger: { date: at(20) } })
      await scheduler.addJob({ ...options, id: 'paused', trigger: every(10), nextRunTime: null })
      await scheduler.addJob({ ...options, id: 'given', trigger: every(10), nextRunTime: at(31) })
      assert.equal(job.pending, true)
      assert.equal(job.nextRunTime, null)
      assert.equal((await scheduler.getJobs({ pending: true })).length, 4)
      await clock.advance(25)
      assert.deepEqual(await scheduler.getJobs({ pending: false }), [])
      await scheduler.start()
      assert.deepEqual(await scheduler.getJobs({ pending: true }), [])
      // The interval counts from the start; the date has passed.
      const jobs = await scheduler.getJobs()
      assert.deepEqual(
        jobs.map(({ id, nextRunTime }) => [id, nextRunTime]),
        [
          ['given', at(31)],
          ['a', at(35)],
          ['paused', null],
        ],
      )
      await clock.advance(5)
      assert.deepEqual(noted, ['jobRemoved date'])
      await scheduler.stop()
    })

    test('An explicit first run comes whatever the trigger says, also when it is past; null adds the job paused.', async () => {
      const { scheduler, clock } = await begin()
      await clock.advance(60)
      await scheduler.addJob({ id: 'past', taskName: 'q', trigger: every(7), nextRunTime: at(58) })
      const paused = await scheduler.addJob({
        id: 'paused',
        taskName: 'q',
        trigger: every(7),
        nextRunTime: null,
      })
      assert.equal(paused.paused, true)
      assert.match(String(paused), /paused\)$/)
      await clock.advance(0)
      assert.deepEqual(await workOff(scheduler), ['past@2026-01-01T00:00:58.000Z'])
      // It is counted from there.
      assert.deepEqual((await scheduler.getJob('past'))?.nextRunTime, at(65))
      await scheduler.stop()
    })

    test('Listed jobs are in order of their next run, and printed as they are.', async () => {
      const { scheduler } = await begin()
      await scheduler.addIntervalJob('q', { seconds: 30 }, { name: 'second' })
      await scheduler.addIntervalJob('q', { seconds: 5 }, { name: 'paused', nextRunTime: null })
      await scheduler.addIntervalJob('q', { seconds: 10 }, { name: 'first' })
      let text = ''
      await scheduler.printJobs({ write: (part: string) => (text += part) })
      assert.equal(
        text,
        'Jobs:\n' +
          '    first (trigger: interval[0:00:10], next run at: 2026-01-01T00:00:10.000Z)\n' +
          '    second (trigger: interval[0:00:30], next run at: 2026-01-01T00:00:30.000Z)\n' +
          '    paused (trigger: interval[0:00:05], paused)\n',
      )
      assert.equal(await scheduler.removeAllJobs(), 3)
      text = ''
      await scheduler.printJobs({ write: (part: string) => (text += part) })
      assert.equal(text, 'Jobs:\n    No scheduled jobs\n')
      await assert.rejects(scheduler.printJobs(7 as never), hasCode('OPTION_INVALID'))
      await scheduler.stop()
    })

    test('Pending jobs are printed in a block of their own.', async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({ clock, queues: ['q'] })
      await scheduler.addIntervalJob('q', { seconds: 10 }, { name: 'waits' })
      let text = ''
      await scheduler.printJobs({ write: (part: string) => (text += part) })
      assert.equal(
        text,
        'Pending jobs:\n    waits (trigger: interval[0:00:10], pending)\nJobs:\n    No scheduled jobs\n',
      )
      await scheduler.stop()
    })

    test('A change is made as a whole, and leaves the next run as it is planned.', async () => {
      const { scheduler, clock } = await begin()
      await scheduler.addQueue('other')
      const job = await scheduler.addJob({
        id: 'a',
        taskName: 'q',
        subject: { an: 'object' },
        attributes: { n: 1 },
        trigger: every(10),
      })
      const changed = await job.modify({
        name: 'new',
        taskName: 'other',
        attributes: { n: 2 },
        trigger: every(60),
        maxInstances: 2,
      })
      assert.equal(changed.name, 'new')
      assert.deepEqual(changed.subject, { an: 'object' })
      assert.deepEqual(changed.nextRunTime, at(10))
      await clock.advance(10)
      const context = await scheduler.getTask('other')
      assert.deepEqual(context.attributes, { n: 2 })
      assert.deepEqual(context.subject, { an: 'object' })
      await scheduler.taskDone(context)
      // The new trigger counts from the run that was planned.
      assert.deepEqual((await scheduler.getJob('a'))?.nextRunTime, at(70))
      const about = await job.modify({ subject: 'else' })
      assert.equal(about.subject, 'else')
      assert.deepEqual(about.attributes, { n: 2 })
      const same = await job.modify({ subject: undefined })
      assert.deepEqual([same.name, same.subject, same.attributes], ['new', 'else', { n: 2 }])
      assert.equal((await job.modify({ subject: null })).subject, null)
      assert.equal(await scheduler.cancelBySubject('else'), 0)
      const later = await job.modify({ nextRunTime: at(300) })
      assert.deepEqual(later.nextRunTime, at(300))
      assert.equal((await job.modify({ nextRunTime: null })).paused, true)
      await scheduler.stop()
    })

    test('A job that is rescheduled has its next run from now on, also when it was paused.', async () => {
      const { scheduler, clock } = await begin()
      const job = await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await clock.advance(4)
      assert.deepEqual((await job.reschedule(every(60))).nextRunTime, at(64))
      await job.pause()
      assert.deepEqual((await job.reschedule(every(1))).nextRunTime, at(5))
      await assert.rejects(
        job.reschedule({ interval: { seconds: 1, endDate: '2025-01-01' } }),
        hasCode('TRIGGER_NEVER_FIRES'),
      )
      await assert.rejects(job.reschedule('often' as never), hasCode('TRIGGER_INVALID'))
      assert.deepEqual((await scheduler.getJob('a'))?.nextRunTime, at(5))
      await scheduler.stop()
    })

    test('A paused job lets its time pass, and goes on from when it is resumed.', async () => {
      const { scheduler, clock } = await begin()
      const job = await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await clock.advance(5)
      assert.equal((await job.pause()).nextRunTime, null)
      await clock.advance(20)
      assert.deepEqual(await workOff(scheduler), [])
      const resumed = await job.resume()
      // The grid stays where it was.
      assert.deepEqual(resumed?.nextRunTime, at(30))
      assert.deepEqual((await job.resume())?.nextRunTime, at(30))
      await clock.advance(5)
      assert.deepEqual(await workOff(scheduler), ['a@2026-01-01T00:00:30.000Z'])
      await scheduler.stop()
    })

    test('A date that passed while its job was paused is due when it is resumed.', async () => {
      const { scheduler, clock } = await begin()
      const job = await scheduler.addDateJob('q', 60, { id: 'a' })
      await job.pause()
      await clock.advance(100)
      assert.deepEqual((await job.resume())?.nextRunTime, at(60))
      await clock.advance(0)
      assert.deepEqual(await workOff(scheduler), ['a@2026-01-01T00:01:00.000Z'])
      assert.equal(await scheduler.getJob('a'), null)
      await scheduler.stop()
    })

    test('Resuming a job whose trigger has ended removes it.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteJobs(scheduler)
      const trigger = { interval: { seconds: 10, endDate: at(30) } }
      const job = await scheduler.addJob({ id: 'a', taskName: 'q', trigger })
      await job.pause()
      await clock.advance(60)
      assert.equal(await job.resume(), null)
      assert.equal(await scheduler.getJob('a'), null)
      assert.deepEqual(noted, ['jobAdded a', 'jobModified a', 'jobModified a', 'jobRemoved a'])
      await scheduler.stop()
    })

    test('A job is removed by its id, all of them at once, and neither runs any more.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteJobs(scheduler)
      const job = await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await scheduler.addJob({ id: 'b', taskName: 'q', trigger: every(10) })
      await scheduler.addJob({ id: 'c', taskName: 'q', trigger: every(10) })
      await job.remove()
      assert.equal(await scheduler.removeAllJobs(), 2)
      await clock.advance(60)
      assert.deepEqual(await workOff(scheduler), [])
      assert.deepEqual(noted.slice(3), ['jobRemoved a', 'allJobsRemoved'])
      await scheduler.stop()
    })

    test('A job that is run by hand keeps its schedule, and is refused while it is running.', async () => {
      const { scheduler, clock } = await begin()
      const job = await scheduler.addJob({
        id: 'a',
        taskName: 'q',
        trigger: every(10),
        maxRuns: 1,
        nextRunTime: null,
      })
      assert.equal(await job.run(), true)
      await clock.advance(0)
      const context = await scheduler.getTask('q')
      assert.equal(await job.run(), false)
      await scheduler.taskDone(context)
      assert.equal(await job.run(), true)
      await clock.advance(0)
      assert.deepEqual(await workOff(scheduler), ['a@2026-01-01T00:00:00.000Z'])
      const left = await scheduler.getJob('a')
      assert.deepEqual([left?.runs, left?.paused], [0, true])
      await scheduler.stop()
    })

    test('While all job processing is paused, what is due waits and is late then.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteJobs(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await scheduler.addJob({ id: 'g', taskName: 'q', trigger: every(10), misfireGraceTime: 5 })
      await scheduler.pause()
      await scheduler.pause()
      await clock.advance(27)
      assert.deepEqual(await workOff(scheduler), [])
      await scheduler.resume()
      await clock.advance(0)
      assert.deepEqual(await workOff(scheduler), ['a@2026-01-01T00:00:20.000Z'])
      assert.deepEqual(noted, [
        'jobAdded a',
        'jobAdded g',
        'schedulerPaused',
        'schedulerResumed',
        'jobSubmitted a 00:00:20',
        'jobMissed g 00:00:20',
        'jobExecuted a 00:00:20',
      ])
      await scheduler.stop()
    })

    test('Cancelling a subject removes its jobs and their waiting runs; the answer counts contexts.', async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({ clock, queues: { q: { maxSize: 1 } } })
      await scheduler.start()
      const noted = noteJobs(scheduler, ['jobRemoved'])
      for (const id of ['a', 'b', 'c']) {
        await scheduler.addJob({ id, taskName: 'q', subject: 's', trigger: every(10) })
      }
      await scheduler.addJob({ id: 'other', taskName: 'q', subject: 't', trigger: every(60) })
      await clock.advance(10)
      // One is queued, two wait for room.
      assert.equal(await scheduler.cancelBySubject('s'), 2)
      assert.deepEqual(noted, ['jobRemoved a', 'jobRemoved b', 'jobRemoved c'])
      assert.deepEqual(
        (await scheduler.getJobs()).map(({ id }) => id),
        ['other'],
      )
      assert.deepEqual(await workOff(scheduler), ['a@2026-01-01T00:00:10.000Z'])
      assert.equal(await scheduler.cancelBySubject('s'), 0)
      await scheduler.stop()
    })

    test('The run that was cancelled frees its instance.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteRuns(scheduler)
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await clock.advance(10)
      assert.equal(await scheduler.cancelTask('a@2026-01-01T00:00:10.000Z', { queued: true }), true)
      await clock.advance(10)
      assert.deepEqual(noted, ['jobSubmitted a 00:00:10', 'jobSubmitted a 00:00:20'])
      await scheduler.stop()
    })

    test('Jobs go with their queue.', async () => {
      const { scheduler, clock } = await begin()
      const noted = noteJobs(scheduler, ['queueRemoved', 'jobRemoved'])
      await scheduler.addQueue('other')
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10) })
      await scheduler.addJob({ id: 'b', taskName: 'other', trigger: every(10) })
      await clock.advance(10)
      await scheduler.removeQueue('q')
      await clock.advance(10)
      assert.deepEqual(noted, ['queueRemoved', 'jobRemoved a'])
      assert.deepEqual(
        (await scheduler.getJobs()).map(({ id }) => id),
        ['b'],
      )
      await scheduler.stop()
    })

    test('run() starts, and resolves when no job is left, or when the scheduler is stopped.', async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({ clock, queues: ['q'] })
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger: every(10), maxRuns: 2 })
      const consumer = await scheduler.consume('q', () => undefined)
      let ended = false
      const run = scheduler.run().then(() => (ended = true))
      await scheduler.queueExists('q')
      assert.equal(scheduler.running, true)
      await clock.advance(10)
      await scheduler.join('q')
      assert.equal(ended, false)
      await clock.advance(10)
      await run
      assert.deepEqual(await scheduler.getJobs(), [])
      await consumer.stop()
      await scheduler.addJob({ taskName: 'q', trigger: every(10) })
      const again = scheduler.run()
      await scheduler.queueExists('q')
      await scheduler.stop()
      await again
    })

    test('A function is scheduled, given back as it is, and called with contexts; its queue is added.', async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({ clock })
      const called: string[] = []
      const beat = scheduler.scheduledJob(every(10), { subject: 'heart' })(function beat({
        subject,
      }) {
        called.push(String(subject))
      })
      await scheduler.start()
      assert.equal((await beat.job).name, 'beat')
      assert.equal((await beat.job).taskName, 'beat')
      beat({ subject: 'by hand' } as never)
      for (let n = 0; n < 2; n++) {
        await clock.advance(10)
        await scheduler.join('beat')
      }
      assert.deepEqual(called, ['by hand', 'heart', 'heart'])
      await scheduler.stop()
    })

    test("A function may be scheduled by a trigger's short name, more than once, and its job replaced.", async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({ clock })
      let calls = 0
      const count = (): unknown => calls++
      const first = scheduler.scheduledJob('interval', { hours: 3, id: 'a' })(count)
      await first.job
      const other = scheduler.scheduledJob('interval', { minutes: 1, id: 'a' })(count)
      await other.job
      await scheduler.scheduledJob('interval', { minutes: 1, id: 'b' })(count).job
      await scheduler.start()
      await clock.advance(60)
      await scheduler.join('count')
      assert.equal(calls, 2)
      assert.equal((await scheduler.getJobs()).length, 2)
      await scheduler.stop()
    })

    test('A function whose queue was removed can be scheduled again, and another one in its place.', async () => {
      const { scheduler, clock } = await begin()
      const called: string[] = []
      const first = (): unknown => called.push('first')
      const second = (): unknown => called.push('second')
      const options = { id: 'a', taskName: 'own' }
      await scheduler.scheduledJob(every(10), options)(first).job
      await scheduler.removeQueue('own')
      await scheduler.scheduledJob(every(10), options)(first).job
      await clock.advance(10)
      await scheduler.join('own')
      assert.deepEqual(called, ['first'])
      await scheduler.removeQueue('own')
      // Its loop has heard by then that its queue is gone.
      await clock.advance(0)
      await scheduler.scheduledJob(every(10), options)(second).job
      await clock.advance(10)
      await scheduler.join('own')
      assert.deepEqual(called, ['first', 'second'])
      assert.equal((await scheduler.stats()).queues['own']?.consumers, 1)
      await scheduler.stop()
    })

    test('A function that cannot be scheduled is refused at once, or logged.', async () => {
      const logger = new RecordingLogger()
      const scheduler = new Scheduler({ clock: new FakeClock(), logger, queues: ['taken'] })
      const invalid = hasCode('OPTION_INVALID')
      assert.throws(() => scheduler.scheduledJob('often'), hasCode('TRIGGER_INVALID'))
      assert.throws(() => scheduler.scheduledJob(every(1), { hours: 3 }), invalid)
      assert.throws(() => scheduler.scheduledJob(every(1))(7 as never), invalid)
      assert.throws(() => scheduler.scheduledJob(every(1))(() => undefined), invalid)
      scheduler.scheduledJob(every(1), { taskName: 'taken' })(() => 1)
      assert.throws(() => scheduler.scheduledJob(every(1), { taskName: 'taken' })(() => 2), invalid)
      const never = { interval: { seconds: 1, endDate: '2025-01-01' } }
      const late = scheduler.scheduledJob(never)(function late() {})
      await assert.rejects(late.job, hasCode('TRIGGER_NEVER_FIRES'))
      assert.match((await logger.logged(/was not scheduled/)).message, /'late'/)
      await scheduler.stop()
    })
  })
}
