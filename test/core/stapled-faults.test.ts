/**
 * The faults of stapled's scheduler, one by one: each test bears the fault's number and would fail on a scheduler
 * that has it.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import {
  ScheduledTaskContext,
  SchedulerError,
  SchedulerThread,
  type Time,
} from '../../src/index.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'

interface Setup {
  readonly scheduler: InlineScheduler
  readonly clock: FakeClock
}

async function setup(
  queues: Record<string, { maxSize?: number }> = { q: {}, r: {} },
): Promise<Setup> {
  const clock = new FakeClock()
  return { clock, scheduler: await new InlineScheduler({ clock, queues }).start() }
}

function about(
  subject: unknown,
  taskName = 'q',
  schedTime: Time | null = 60,
): ScheduledTaskContext {
  return new ScheduledTaskContext(taskName, subject, schedTime)
}

async function subjects(scheduler: InlineScheduler, taskName: string): Promise<unknown[]> {
  return (await scheduler.getQueued(taskName)).map(({ subject }) => subject)
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SchedulerError && error.code === code
}

describe('The faults of stapled are not ours', () => {
  test('B1: cancelBySubject cancels every context of the subject, not every other one.', async () => {
    const { scheduler } = await setup()
    await scheduler.addTasks([1, 2, 3, 4, 5, 6].map(() => about('x')))
    assert.equal(await scheduler.cancelBySubject('x'), 6)
    assert.deepEqual(await scheduler.getScheduled(), [])
  })

  test("B2: removeQueue leaves other queues' contexts of the same subject in the subject's index.", async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTasks([about('x', 'q'), about('x', 'r')])
    await scheduler.removeQueue('q')
    assert.equal(await scheduler.cancelBySubject('x'), 1)
    await clock.advance(60)
    assert.deepEqual(await subjects(scheduler, 'r'), [])
  })

  test('B3: a context whose subject was also on a removed queue can be cancelled.', async () => {
    const { scheduler } = await setup()
    const left = about('x', 'r')
    await scheduler.addTasks([about('x', 'q'), left])
    await scheduler.removeQueue('q')
    assert.equal(await scheduler.cancelTask(left), true)
  })

  test('B4: after a queue was removed the scheduler goes on releasing.', async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTasks([about('x', 'q'), about('x', 'r')])
    await scheduler.removeQueue('q')
    await clock.advance(60)
    assert.deepEqual(await subjects(scheduler, 'r'), ['x'])
    await scheduler.addTask(about('y', 'r', 1))
    await clock.advance(1)
    assert.deepEqual(await subjects(scheduler, 'r'), ['x', 'y'])
  })

  test('B5: a queue with two contexts of one subject is removed whole.', async () => {
    const { scheduler } = await setup()
    await scheduler.addTasks([about('x'), about('x'), about('y')])
    await scheduler.removeQueue('q')
    assert.equal(await scheduler.queueExists('q'), false)
    assert.deepEqual(await scheduler.getScheduled(), [])
  })

  test('B6: a full queue keeps no other queue from being served.', async () => {
    const { scheduler, clock } = await setup({ q: { maxSize: 1 }, r: {} })
    await scheduler.addTasks([about('a', 'q', 1), about('b', 'q', 1), about('c', 'r', 2)])
    await clock.advance(3)
    assert.deepEqual(await subjects(scheduler, 'r'), ['c'])
  })

  test('B7: adding to a full queue fails at once, and waits only when asked to.', async () => {
    const { scheduler } = await setup({ q: { maxSize: 1 } })
    await scheduler.addTask(about('a', 'q', null))
    await assert.rejects(scheduler.addTask(about('b', 'q', null)), hasCode('QUEUE_FULL'))
  })

  test('B8: an earlier context wakes the scheduler that sleeps until a later one.', async () => {
    await using scheduler = await new SchedulerThread({ queues: ['q'] }).start()
    await scheduler.addTask(about('in an hour', 'q', '1h'))
    await scheduler.addTask(about('soon', 'q', '5ms'))
    const taken = await scheduler.getTask('q')
    assert.equal(taken.subject, 'soon')
    await scheduler.taskDone(taken)
  })

  test('B9: what is not due is not looked at, and cancelling looks at nothing else.', () => {
    let reads = 0
    const clock = { now: () => 0, wall: () => 0 }
    const scheduler = new Scheduler(clock)
    scheduler.addQueue('q')
    scheduler.start()
    const count = 2000
    const record = (n: number): object =>
      Object.defineProperty({ id: `${n}`, taskName: 'q', cargo: null }, 'subjectKey', {
        get: () => {
          reads++
          return 'string:x'
        },
      })
    for (let n = 0; n < count; n++) {
      scheduler.addTasks([{ record: record(n) as never, due: 1000 + n, epochMs: null }])
    }
    const readsPerAdd = reads / count
    reads = 0
    for (let n = 0; n < 100; n++) scheduler.tick()
    assert.equal(reads, 0)
    for (let n = 0; n < count; n += 2) scheduler.cancelTask(`${n}`)
    assert.ok(reads <= readsPerAdd * count, `${reads} reads for ${count / 2} cancellations`)
  })

  test('B10: contexts are released in order of time, not of adding.', async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTasks([about(3, 'q', 3), about(1, 'q', 1), about(2, 'q', 2)])
    await clock.advance(5)
    assert.deepEqual(await subjects(scheduler, 'q'), [1, 2, 3])
  })

  test('B11: no index keeps anything of a context that left.', () => {
    const scheduler = new Scheduler({ now: () => 0, wall: () => 0 })
    scheduler.addQueue('q')
    for (let n = 0; n < 1000; n++) {
      const record = { id: `${n}`, taskName: 'q', subjectKey: `string:${n}`, cargo: null }
      scheduler.addTasks([{ record, due: n, epochMs: null }])
      assert.equal(scheduler.cancelTask(`${n}`), true)
    }
    assert.deepEqual(
      Object.values(scheduler.indexSizes()).filter((size) => size > 0),
      [],
    )
  })

  test('B12: a fraction of a second is a time like any other.', async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTask(about('x', 'q', 1.5))
    await clock.advance(1.5)
    assert.deepEqual(await subjects(scheduler, 'q'), ['x'])
  })

  test('B13: no kind of time kills the scheduler: it is taken, or refused when it is added.', async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTask(about('instant', 'q', { epochMilliseconds: clock.wall() + 1000 }))
    await scheduler.addTask(about('date', 'q', new Date(clock.wall() + 1000)))
    for (const time of [new Date(Number.NaN), Number.NaN, 'tomorrow', Symbol('now'), []]) {
      await assert.rejects(
        scheduler.addTask(about('x', 'q', time as Time)),
        hasCode('DURATION_INVALID'),
      )
    }
    await clock.advance(1)
    assert.deepEqual(await subjects(scheduler, 'q'), ['instant', 'date'])
  })

  test('B14: zero means now, true is no time, and attributes overwrite nothing of the context.', async () => {
    const { scheduler } = await setup()
    await scheduler.addTask(about('now', 'q', 0))
    assert.deepEqual(await subjects(scheduler, 'q'), ['now'])
    await assert.rejects(
      scheduler.addTask(about('x', 'q', true as never)),
      hasCode('DURATION_INVALID'),
    )
    const attributes = {
      scheduler: 'mine',
      taskName: 'other',
      subject: 'else',
      schedTime: 9,
      reschedule: 1,
    }
    const context = new ScheduledTaskContext('q', 'x', null, attributes)
    assert.equal(context.scheduler, null)
    await scheduler.addTask(context)
    await scheduler.getTask('q')
    const taken = await scheduler.getTask('q')
    assert.deepEqual([taken.taskName, taken.subject, taken.attributes], ['q', 'x', attributes])
  })

  test('B15: a subject that cannot be one is refused before anything has changed.', async () => {
    const { scheduler } = await setup()
    const context = new ScheduledTaskContext('q', 'x', 60, {}, { id: 'same' })
    await scheduler.addTask(context)
    const wrong = new ScheduledTaskContext('q', Symbol('x'), 5, {}, { id: 'same' })
    await assert.rejects(scheduler.addTask(wrong), hasCode('CONTEXT_TYPE'))
    const left = await scheduler.getScheduled()
    assert.deepEqual(
      left.map(({ id, subject }) => [id, subject]),
      [['same', 'x']],
    )
  })

  test('B16: rescheduling a scheduled context without a time runs it once.', async () => {
    const { scheduler, clock } = await setup()
    const context = about('x', 'q', 5)
    await scheduler.addTask(context)
    assert.equal(await context.reschedule(), 'replaced')
    await clock.advance(10)
    assert.deepEqual(await subjects(scheduler, 'q'), ['x'])
  })

  test('B17: verbs called from several threads at once leave nothing out of step.', async () => {
    await using scheduler = await new SchedulerThread({
      queues: { q: { maxSize: 50 }, r: {} },
    }).start()
    const ended = [1, 2, 3].map(
      (seed) =>
        new Promise((resolve, reject) => {
          const options = scheduler.workerOptions({ workerData: { seed } })
          new Worker(new URL('../fixtures/hammer-worker.js', import.meta.url), options)
            .on('error', reject)
            .on('exit', resolve)
        }),
    )
    assert.deepEqual(await Promise.all(ended), [0, 0, 0])
    // From here on nothing is due any more, so that the answers below are of one moment.
    await scheduler.runAll()
    const { totals, queues } = await scheduler.stats()
    let here = 0
    for (const { scheduled, parked, queued, taken } of Object.values(queues)) {
      here += scheduled + parked + queued + taken
    }
    assert.ok(totals.added > 1000)
    assert.equal(totals.added, totals.done + totals.cancelled + totals.dropped + here)
    assert.equal(
      (await scheduler.getScheduled()).length,
      here - sum(queues, 'queued') - sum(queues, 'taken'),
    )
    await scheduler.stop({ wait: false })
  })

  test('B18: a jump of the clock on the wall moves no relative time.', async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTask(about('relative', 'q', '2h'))
    await scheduler.addTask(about('calendar', 'q', new Date(clock.wall() + 7_200_000)))
    await clock.jump('1h')
    await clock.advance('1h')
    assert.deepEqual(await subjects(scheduler, 'q'), ['calendar'])
    await clock.advance('1h')
    assert.deepEqual(await subjects(scheduler, 'q'), ['calendar', 'relative'])
  })

  test('B19: what is queued can be cancelled, what is worked on aborted, and the answer tells them apart.', async () => {
    const { scheduler } = await setup()
    await scheduler.addTask(about('x', 'q', null))
    assert.equal(await scheduler.cancelBySubject('x'), 0)
    assert.equal(await scheduler.cancelBySubject('x', { queued: true }), 1)
    const aborted = new Promise<void>((resolve) => {
      void scheduler.consume('q', (_context, { signal }) => {
        void scheduler
          .cancelBySubject('y', { running: 'abort' })
          .then((count) => assert.equal(count, 0))
        return new Promise<void>((done) => {
          signal.addEventListener('abort', () => {
            done()
            resolve()
          })
        })
      })
    })
    await scheduler.addTask(about('y', 'q', null))
    await aborted
  })

  test('B20: lateness counts days.', async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTask(about('x', 'q', 1))
    await clock.advance({ days: 2, seconds: 1.5 })
    const { lateness } = await scheduler.getTask('q')
    assert.ok(Math.abs(lateness - (2 * 86_400 + 0.5)) < 1e-6, String(lateness))
  })

  test('B21: only the same error in a row is counted.', () => {
    const context = about('x')
    const errors = [
      new Error('E1'),
      new Error('E1'),
      new Error('E2'),
      new TypeError('E2'),
      new TypeError('E2'),
    ]
    assert.deepEqual(
      errors.map((error) => context.setLastError(error)),
      [1, 2, 1, 1, 2],
    )
  })

  test('B25: stopping waits only as long as it is told to, and wakes who waits for a task.', async () => {
    const { scheduler, clock } = await setup()
    await scheduler.addTask(new ScheduledTaskContext('q', 'stuck', null, {}, { id: 'stuck' }))
    await scheduler.getTask('q')
    const waiting = assert.rejects(scheduler.getTask('q'), hasCode('SCHEDULER_STOPPED'))
    const stopped = scheduler.stop({ timeout: 5 })
    await waiting
    await clock.advance(5)
    assert.deepEqual(await stopped, { scheduled: 0, parked: 0, queued: 0, taken: ['stuck'] })
  })

  test('B27: a string is no list of queues.', () => {
    assert.throws(
      () => new InlineScheduler({ queues: 'parse' as never }),
      hasCode('QUEUE_NAME_INVALID'),
    )
    assert.throws(
      () => new SchedulerThread({ queues: 'parse' as never }),
      hasCode('QUEUE_NAME_INVALID'),
    )
    assert.throws(
      () => new InlineScheduler({ queues: ['parse', 'parse'] }),
      hasCode('QUEUE_EXISTS'),
    )
  })
})

function sum(
  queues: Readonly<Record<string, { readonly queued: number; readonly taken: number }>>,
  what: 'queued' | 'taken',
): number {
  return Object.values(queues).reduce((total, queue) => total + queue[what], 0)
}
