import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  ScheduledTaskContext,
  SchedulerError,
  SchedulerThread,
  type SchedulerEvents,
} from '../../src/index.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

const nothingLeft = { scheduled: 0, parked: 0, queued: 0, taken: [] }

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SchedulerError && error.code === code
}

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  describe(`${name}'s life`, () => {
    test('Verbs work before it is started; what start begins is the releasing.', async () => {
      const clock = new FakeClock()
      const scheduler = new Scheduler({ clock, queues: ['q'] })
      assert.equal(scheduler.running, false)
      await scheduler.addTasks([
        new ScheduledTaskContext('q', 'now'),
        new ScheduledTaskContext('q', 'later', 1),
      ])
      await clock.advance(2)
      assert.deepEqual(
        (await scheduler.getQueued('q')).map(({ subject }) => subject),
        ['now'],
      )
      assert.equal(await scheduler.start(), scheduler)
      assert.equal(scheduler.running, true)
      await scheduler.start()
      await clock.advance(0)
      assert.deepEqual(
        (await scheduler.getQueued('q')).map(({ subject }) => subject),
        ['now', 'later'],
      )
      await scheduler.stop()
    })

    test('Stopping reports what is left, and stopping again the same.', async () => {
      const clock = new FakeClock()
      const scheduler = await new Scheduler({ clock, queues: { q: { maxSize: 2 } } }).start()
      const contexts = ['a', 'b', 'c', 'd'].map(
        (id) => new ScheduledTaskContext('q', id, 1, {}, { id }),
      )
      await scheduler.addTasks([...contexts, new ScheduledTaskContext('q', 'e', 60)])
      await clock.advance(1)
      const held = await scheduler.getTask('q')
      const reports = await Promise.all([
        scheduler.stop({ wait: false }),
        scheduler.stop(),
        scheduler.stop(),
      ])
      const report = { scheduled: 1, parked: 1, queued: 2, taken: ['a'] }
      assert.deepEqual(reports, [report, report, report])
      assert.equal(scheduler.running, false)
      await assert.rejects(scheduler.taskDone(held), hasCode('SCHEDULER_STOPPED'))
      await assert.rejects(scheduler.start(), hasCode('SCHEDULER_STOPPED'))
    })

    test('Stopping waits for what is taken, whose handler may still use the scheduler.', async () => {
      const scheduler = await new Scheduler({ queues: ['q', 'next'] }).start()
      const begun = new Promise<void>((resolve) => {
        void scheduler.consume('q', async (context) => {
          resolve()
          await context.reschedule(60)
          await scheduler.addTask(new ScheduledTaskContext('next', 'x'))
        })
      })
      await scheduler.addTask(new ScheduledTaskContext('q', 'a'))
      await begun
      assert.deepEqual(await scheduler.stop(), { ...nothingLeft, scheduled: 1, queued: 1 })
    })

    test('Who waits when it stops is told so, loops just end, and later calls settle.', async () => {
      const scheduler = await new Scheduler({ queues: { q: { maxSize: 1 }, empty: {} } }).start()
      await scheduler.addTask(new ScheduledTaskContext('q', 'a'))
      const stopped = hasCode('SCHEDULER_STOPPED')
      const waiting = [
        assert.rejects(scheduler.getTask('empty'), stopped),
        assert.rejects(scheduler.join('q'), stopped),
        assert.rejects(
          scheduler.addTask(new ScheduledTaskContext('q', 'b'), { blocking: true }),
          stopped,
        ),
        (async () => {
          for await (const context of scheduler.tasks('empty')) assert.fail(String(context))
        })(),
      ]
      const consumer = await scheduler.consume('empty', () => undefined)
      assert.deepEqual(await scheduler.stop(), { ...nothingLeft, queued: 1 })
      await Promise.all([...waiting, consumer.closed])
      await assert.rejects(scheduler.addQueue('r'), stopped)
      await assert.rejects(scheduler.getTask('q'), stopped)
      await assert.rejects(scheduler.cancelBySubject('a'), stopped)
      await assert.rejects(scheduler.stats(), stopped)
    })

    test('A loop whose body is running when it stops ends without an error.', async () => {
      const clock = new FakeClock()
      const scheduler = await new Scheduler({ clock, queues: ['q'] }).start()
      await scheduler.addTask(new ScheduledTaskContext('q', 'a'))
      let bodies = 0
      for await (const { subject } of scheduler.tasks('q')) {
        assert.equal(subject, 'a')
        bodies++
        await scheduler.stop({ wait: false })
      }
      assert.equal(bodies, 1)
    })

    test('It can be disposed of, before it was started too.', async () => {
      await using scheduler = new Scheduler({ queues: ['q'] })
      assert.equal(await scheduler.queueExists('q'), true)
    })

    test('Options that are wrong or unknown are refused at once.', () => {
      for (const options of [
        { clock: Date },
        { queue: ['q'] },
        { queues: { q: { maxSize: 'large' } } },
        { logger: { warn: console.warn } },
        7,
      ]) {
        assert.throws(() => new Scheduler(options as never), hasCode('OPTION_INVALID'))
      }
      assert.throws(() => new Scheduler({ queues: [''] }), hasCode('QUEUE_NAME_INVALID'))
      assert.throws(() => new Scheduler({ queues: [7] as never }), hasCode('QUEUE_NAME_INVALID'))
    })

    test('Stopping refuses what is no time.', async () => {
      await using scheduler = new Scheduler()
      await assert.rejects(scheduler.stop({ timeout: 'soon' }), hasCode('DURATION_INVALID'))
      await assert.rejects(scheduler.stop({ grace: 1 } as never), hasCode('OPTION_INVALID'))
    })

    test('Events tell what happens to contexts, to those who listen, and a listener may throw.', async () => {
      const logger = new RecordingLogger()
      const clock = new FakeClock()
      await using scheduler = await new Scheduler({ clock, logger }).start()
      const told: unknown[] = []
      const names: (keyof SchedulerEvents)[] = [
        'queueAdded',
        'queueRemoved',
        'taskAdded',
        'taskQueued',
      ]
      names.push('taskTaken', 'taskDone', 'taskCancelled', 'queueFull', 'clockJump')
      for (const event of names) scheduler.on(event, (payload) => told.push([event, payload]))
      scheduler.on('taskAdded', () => {
        throw new Error('not a good listener')
      })
      const end = scheduler.on('taskDone', () => assert.fail('This one does not listen any more.'))
      end()
      end()
      await scheduler.addQueue('q', { maxSize: 1 })
      const about = { id: 'a', taskName: 'q' }
      await scheduler.addTask(new ScheduledTaskContext('q', 'x', 1, {}, { id: 'a' }))
      await clock.advance(3)
      await scheduler.addTask(
        new ScheduledTaskContext('q', 'x', new Date(clock.wall() + 9000), {}, { id: 'b' }),
      )
      await clock.jump('1h')
      await scheduler.taskDone(await scheduler.getTask('q'))
      await scheduler.cancelBySubject('x', { queued: true })
      await scheduler.removeQueue('q')
      await logger.logged(/listener threw/)
      assert.deepEqual(told, [
        ['queueAdded', { taskName: 'q', maxSize: 1 }],
        ['taskAdded', { ...about, replaced: false }],
        ['taskQueued', { ...about, lateness: 2 }],
        ['taskAdded', { ...about, id: 'b', replaced: false }],
        ['clockJump', { seconds: 3600 }],
        ['queueFull', { ...about, id: 'b' }],
        ['taskTaken', { ...about, attempt: 1, lateness: 2 }],
        ['taskQueued', { ...about, id: 'b', lateness: 3591 }],
        ['taskDone', about],
        ['taskCancelled', { ...about, id: 'b', state: 'queued' }],
        ['queueRemoved', { taskName: 'q' }],
      ])
    })
  })
}

describe('A SchedulerThread', () => {
  test('It refuses stores and options that are not there yet.', () => {
    assert.throws(
      () => new SchedulerThread({ store: 'sqlite:x.db' as never }),
      hasCode('OPTION_UNSUPPORTED'),
    )
    for (const options of [{ name: 7 }, { unref: 'yes' }, { resourceLimits: 9 }]) {
      assert.throws(() => new SchedulerThread(options as never), hasCode('OPTION_INVALID'))
    }
  })

  test('After it stopped it starts no workers.', async () => {
    const scheduler = new SchedulerThread()
    await scheduler.stop()
    assert.throws(() => scheduler.workerOptions(), hasCode('SCHEDULER_STOPPED'))
    await assert.rejects(scheduler.startWorkers('any.js'), hasCode('SCHEDULER_STOPPED'))
  })

  test('On the real clock, contexts come in the order of their times and are not early.', async () => {
    await using scheduler = await new SchedulerThread({ queues: ['q'] }).start()
    const due = Date.now() + 30
    await scheduler.addTasks([
      new ScheduledTaskContext('q', 'date', new Date(due)),
      new ScheduledTaskContext('q', 'fraction', 0.0105),
      new ScheduledTaskContext('q', 'past', -1),
    ])
    const seen: unknown[] = []
    for await (const { subject } of scheduler.tasks('q')) {
      seen.push(subject)
      if (seen.length === 3) break
    }
    assert.deepEqual(seen, ['past', 'fraction', 'date'])
    assert.ok(Date.now() >= due)
  })

  test('On the real clock an InlineScheduler releases by a timer.', async () => {
    await using scheduler = await new InlineScheduler({ queues: ['q'] }).start()
    await scheduler.addTasks([
      new ScheduledTaskContext('q', 'b', 0.004),
      new ScheduledTaskContext('q', 'a', 0.002),
    ])
    assert.equal((await scheduler.getTask('q')).subject, 'a')
    assert.equal((await scheduler.getTask('q')).subject, 'b')
    await scheduler.stop({ wait: false })
  })
})

describe("The scheduler thread's logs", () => {
  test("They reach the caller's logger.", async () => {
    const logger = new RecordingLogger()
    const clock = new FakeClock()
    const scheduler = await new SchedulerThread({ clock, logger, queues: ['q'] }).start()
    await scheduler.addTask(new ScheduledTaskContext('q', 'x', new Date(clock.wall() + 9000)))
    await clock.jump('-1h')
    await scheduler.stop()
    assert.deepEqual(logger.entries, [
      { level: 'debug', message: 'The scheduler started.', details: {} },
      { level: 'warn', message: 'The clock on the wall moved.', details: { seconds: -3600 } },
      { level: 'debug', message: 'The scheduler ended.', details: {} },
    ])
  })
})
