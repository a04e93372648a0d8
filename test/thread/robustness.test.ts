import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import {
  QueueEmptyError,
  ScheduledTaskContext,
  SchedulerError,
  SchedulerThread,
  type SchedulerThreadOptions,
} from '../../src/index.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

async function started(
  t: TestContext,
  options: SchedulerThreadOptions = {},
): Promise<SchedulerThread> {
  const scheduler = await new SchedulerThread({ queues: ['q', 'r'], ...options }).start()
  t.after(() => scheduler.stop({ wait: false }))
  return scheduler
}

function fixture(name: string): URL {
  return new URL(`../fixtures/${name}.js`, import.meta.url)
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SchedulerError && error.code === code
}

describe('What cannot travel', () => {
  test('A call with it fails alone: those of the same turn do not.', async (t) => {
    const scheduler = await started(t)
    const unchecked = new ScheduledTaskContext('q', 'x', 60)
    Object.assign(unchecked, { subjectKey: () => 'key' })
    const calls = [
      assert.rejects(scheduler.addTask(unchecked), hasCode('PAYLOAD_INVALID')),
      scheduler.addTask(new ScheduledTaskContext('q', 'y', 60)),
      scheduler.isEmptyQueue('q'),
    ]
    assert.deepEqual(await Promise.all(calls), [undefined, 'added', true])
    assert.equal((await scheduler.getScheduled()).length, 1)
  })

  test('A context whose id or queue became none is refused when it is added or cancelled, and others are not.', async (t) => {
    const scheduler = await started(t)
    const contexts = [0, 1, 2, 3, 4].map((n) => new ScheduledTaskContext('q', n, 60))
    await scheduler.addTasks(contexts)
    Object.assign(contexts[2] ?? {}, { id: 5 })
    const added = scheduler.addTask(new ScheduledTaskContext('q', 'x', 60))
    const cancelled = await Promise.allSettled(contexts.map((one) => scheduler.cancelTask(one)))
    assert.deepEqual(
      cancelled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code)),
      [true, true, 'CONTEXT_TYPE', true, true],
    )
    assert.equal(await added, 'added')
    assert.equal((await scheduler.getScheduled()).length, 2)
    for (const change of [{ id: '' }, { id: 5 }, { taskName: '' }, { taskName: 5 }]) {
      const changed = Object.assign(new ScheduledTaskContext('q'), change)
      await assert.rejects(scheduler.addTask(changed), hasCode('CONTEXT_TYPE'))
      await assert.rejects(scheduler.addTasks([changed]), hasCode('CONTEXT_TYPE'))
    }
  })

  test('A subject is checked also beside a subjectKey.', async (t) => {
    const scheduler = await started(t)
    for (const subject of [Symbol('x'), () => 'x']) {
      const context = new ScheduledTaskContext('q', subject, 60, {}, { subjectKey: 'key' })
      await assert.rejects(scheduler.addTask(context), hasCode('CONTEXT_TYPE'))
    }
  })

  test('An error whose details cannot travel arrives without them.', async (t) => {
    const scheduler = await started(t)
    const context = new ScheduledTaskContext('q', 'x')
    context.setLastError(new QueueEmptyError('none', { details: { call: () => 1 } }))
    const odd = new Error('odd')
    Object.assign(odd, {
      message: 7,
      name: () => 'odd',
      stack: Symbol('stack'),
      cause: Object.create(null),
    })
    const other = new ScheduledTaskContext('r', 'x')
    other.setLastError(odd)
    await scheduler.addTasks([context, other])
    const { lastError } = await scheduler.getTask('q')
    assert.ok(lastError instanceof QueueEmptyError)
    assert.deepEqual([lastError.message, lastError.details], ['none', {}])
    assert.equal((await scheduler.getTask('r')).lastError?.message, '7')
  })

  test('Attributes that were spoilt after the context was made are refused when it is added.', async (t) => {
    const scheduler = await started(t)
    for (const attributes of [null, 5]) {
      const context = new ScheduledTaskContext('q', 'x')
      Object.assign(context, { attributes })
      await assert.rejects(scheduler.addTask(context), hasCode('CONTEXT_TYPE'))
    }
    assert.equal(await scheduler.isEmptyQueue('q'), true)
  })
})

describe('Options of verbs', () => {
  test('Those that are unknown or of the wrong kind are refused before anything has happened.', async (t) => {
    const scheduler = await started(t)
    const context = new ScheduledTaskContext('q', 'x')
    const invalid = hasCode('OPTION_INVALID')
    const wrong: readonly (() => Promise<unknown>)[] = [
      () => scheduler.addQueue('new', null as never),
      () => scheduler.addQueue('new', 5 as never),
      () => scheduler.addQueue('new', { maxsize: 5 } as never),
      () => scheduler.addTask(context, { block: true } as never),
      () => scheduler.addTask(context, { blocking: 1 } as never),
      () => scheduler.addTask(context, { signal: {} } as never),
      () => scheduler.getTask('q', { signal: {} } as never),
      () => scheduler.getTask('q', { timeOut: 1 } as never),
      () => scheduler.join('q', [] as never),
      () => scheduler.cancelTask('x', { queued: () => true } as never),
      () => scheduler.cancelBySubject('x', { running: 7 } as never),
      () => scheduler.getScheduled(null as never),
      () => scheduler.getScheduled({ taskName: 7 } as never),
      () => scheduler.consume('q', undefined as never),
      () => scheduler.startWorkers('any.js', { resourceLimits: { stackSizeMb: () => 4 } } as never),
    ]
    for (const call of wrong) await assert.rejects(call(), invalid, String(call))
    await assert.rejects(scheduler.addTasks(5 as never), hasCode('CONTEXT_TYPE'))
    await assert.rejects(scheduler.getScheduled({ taskName: 'none' }), hasCode('QUEUE_NOT_FOUND'))
    assert.throws(() => scheduler.tasks('q', { signal: 1 } as never), invalid)
    assert.throws(() => scheduler.on('taskdone' as never, () => undefined), invalid)
    assert.throws(() => scheduler.on('taskDone', 5 as never), invalid)
    assert.throws(() => scheduler.workerOptions({ workerData: 5 }), invalid)
    assert.throws(
      () => new ScheduledTaskContext('q', 'x', null, {}, null as never),
      hasCode('CONTEXT_TYPE'),
    )
    const { queues, totals } = await scheduler.stats()
    assert.deepEqual([Object.keys(queues), totals.added, queues['q']?.taken], [['q', 'r'], 0, 0])
    await assert.rejects(scheduler.stop({ timeout: -1 }), hasCode('DURATION_INVALID'))
  })
})

describe('Loops over tasks', () => {
  test("A body may finish its context itself, and a consumer's handler too.", async (t) => {
    const scheduler = await started(t)
    await scheduler.addTasks([1, 2, 3].map((n) => new ScheduledTaskContext('q', n)))
    const seen: unknown[] = []
    for await (const context of scheduler.tasks('q')) {
      seen.push(context.subject)
      await scheduler.taskDone(context)
      if (seen.length === 2) break
    }
    const consumer = await scheduler.consume('q', (context) => scheduler.taskDone(context))
    await scheduler.join('q')
    await consumer.stop()
    assert.deepEqual(seen, [1, 2])
    assert.equal((await scheduler.stats()).queues['q']?.done, 3)
  })

  test('One that waits can be returned from, and takes nothing afterwards.', async (t) => {
    const scheduler = await started(t)
    const loop = scheduler.tasks('q')
    const next = loop.next()
    await scheduler.stats()
    assert.deepEqual(await loop.return?.(), { done: true, value: undefined })
    assert.deepEqual(await next, { done: true, value: undefined })
    await scheduler.addTask(new ScheduledTaskContext('q', 'x'))
    const { consumers, queued } = (await scheduler.stats()).queues['q'] ?? {}
    assert.deepEqual([consumers, queued], [0, 1])
  })

  test('Any number of them may end by one signal, and Node warns of nothing.', async (t) => {
    const scheduler = await started(t)
    const warnings: string[] = []
    const onWarning = ({ name }: Error): void => void warnings.push(name)
    process.on('warning', onWarning)
    t.after(() => process.off('warning', onWarning))
    const controller = new AbortController()
    const waiting = Array.from({ length: 20 }, () =>
      assert.rejects(scheduler.getTask('q', { signal: controller.signal }), /enough/),
    )
    const joining = scheduler.consume('r', () => undefined, { signal: controller.signal })
    await scheduler.stats()
    controller.abort(new Error('enough'))
    await Promise.all(waiting)
    await (
      await joining
    ).closed
    assert.deepEqual(warnings, [])
  })

  test('A consumer ends with its queue.', async (t) => {
    const scheduler = await started(t)
    const consumer = await scheduler.consume('q', () => undefined)
    await scheduler.removeQueue('q')
    await consumer.closed
  })

  test('A handler may throw anything, and set the error that it throws itself.', async (t) => {
    const logger = new RecordingLogger()
    const scheduler = await started(t, { logger })
    await scheduler.consume('q', (context) => {
      if (context.subject === 'odd') throw Object.create(null)
      const error = new Error('twice')
      context.setLastError(error)
      throw error
    })
    await scheduler.addTasks(
      ['odd', 'own'].map((subject) => new ScheduledTaskContext('q', subject)),
    )
    await scheduler.join('q')
    await scheduler.stats()
    const threw = logger.entries.filter(({ level }) => level === 'error')
    assert.deepEqual(
      threw.map(({ details }) => details['errorCount']),
      [1, 1],
    )
  })
})

describe('A context and its schedulers', () => {
  test('It belongs to the one that took it last, and is finished only there.', async (t) => {
    const a = await started(t)
    const b = await started(t)
    const context = new ScheduledTaskContext('q', 'x')
    await a.addTask(context)
    await b.addTask(context)
    assert.equal(context.scheduler, b)
    const fromA = await a.getTask('q')
    await b.getTask('q')
    await assert.rejects(b.taskDone(fromA), hasCode('CONTEXT_TYPE'))
    assert.equal((await b.stats()).queues['q']?.taken, 1)
    await a.taskDone(fromA)
    await context.reschedule(60)
    assert.equal((await b.getScheduled()).length, 1)
  })

  test('An adding that fails forgets neither an earlier one nor its time.', async (t) => {
    const scheduler = await started(t, { queues: { q: { maxSize: 1 } } })
    await scheduler.addTask(new ScheduledTaskContext('q', 'in the way'))
    const context = new ScheduledTaskContext('q', 'x')
    const refused = assert.rejects(scheduler.addTask(context), hasCode('QUEUE_FULL'))
    context.schedTime = 60
    const added = scheduler.addTask(context)
    await Promise.all([refused, added])
    assert.equal(context.scheduler, scheduler)
    const { dueAt } = context
    context.schedTime = undefined
    await assert.rejects(scheduler.addTask(context), hasCode('QUEUE_FULL'))
    assert.deepEqual(context.dueAt, dueAt)
    assert.equal(await context.reschedule(30), 'replaced')
  })
})

describe('Times of the calendar', () => {
  test('Each is placed by what the calendar shows when it is added, not when an earlier one was.', async (t) => {
    const clock = new FakeClock()
    const scheduler = await new InlineScheduler({ clock, queues: ['q'] }).start()
    t.after(() => scheduler.stop({ wait: false }))
    await scheduler.addTask(new ScheduledTaskContext('q', 'first', new Date(clock.wall() + 60_000)))
    await clock.jump(-0.9)
    const at = new Date(clock.wall() + 1100)
    await scheduler.addTask(new ScheduledTaskContext('q', 'second', at))
    await clock.advance(1.099)
    assert.deepEqual(await scheduler.getQueued('q'), [])
    await clock.advance(0.001)
    const taken = await scheduler.getTask('q', { blocking: false })
    assert.deepEqual([taken.subject, taken.dueAt], ['second', at])
  })

  test('The date that was given is the date that the worker sees.', async (t) => {
    const scheduler = await started(t)
    const at = new Date(Date.now() - 12_345)
    await scheduler.addTask(new ScheduledTaskContext('q', 'x', at))
    assert.deepEqual((await scheduler.getTask('q')).dueAt, at)
  })
})

describe('Stopping', () => {
  test('The last finishing, which lets it end, is answered.', async (t) => {
    const scheduler = await started(t)
    await scheduler.addTask(new ScheduledTaskContext('q', 'x'))
    const taken = await scheduler.getTask('q')
    const stopped = scheduler.stop()
    await assert.rejects(scheduler.start(), hasCode('SCHEDULER_STOPPED'))
    await scheduler.taskDone(taken)
    assert.deepEqual((await stopped).taken, [])
  })

  test('A second call may shorten the waiting of the first.', async (t) => {
    const scheduler = await started(t, { logger: new RecordingLogger() })
    await scheduler.addTask(new ScheduledTaskContext('q', 'x', null, {}, { id: 'held' }))
    await scheduler.getTask('q')
    const first = scheduler.stop({ timeout: '40d' })
    const second = scheduler.stop({ wait: false })
    assert.deepEqual([(await first).taken, (await second).taken], [['held'], ['held']])
  })

  test('On a fake clock that nobody moves any more it ends all the same.', async () => {
    const clock = new FakeClock()
    const scheduler = await new InlineScheduler({ clock, queues: ['q'] }).start()
    await scheduler.addTask(new ScheduledTaskContext('q', 'x', null, {}, { id: 'held' }))
    await scheduler.getTask('q')
    assert.deepEqual((await scheduler.stop({ timeout: '20ms' })).taken, ['held'])
  })

  test('A logger that throws keeps nothing from going on.', async (t) => {
    const complaints: unknown[] = []
    t.mock.method(console, 'error', (...said: unknown[]) => complaints.push(said))
    const fail = (): never => {
      throw new Error('no space left')
    }
    const clock = new FakeClock()
    const scheduler = await new SchedulerThread({
      clock,
      queues: ['q'],
      logger: { debug: fail, info: fail, warn: fail, error: fail },
    }).start()
    await scheduler.addTask(new ScheduledTaskContext('q', 'x', new Date(clock.wall() + 9000)))
    await clock.jump('1h')
    assert.equal((await scheduler.getTask('q')).subject, 'x')
    assert.equal((await scheduler.stop({ wait: false })).taken.length, 1)
    assert.ok(complaints.length >= 3)
  })
})

describe('Worker threads of a group', () => {
  test('A thread whose one queue was removed works on for its others.', async (t) => {
    const logger = new RecordingLogger()
    const scheduler = await started(t, {
      queues: ['echo', 'always-fails', 'patient', 'answers'],
      logger,
    })
    const group = await scheduler.startWorkers(fixture('handlers'), { threads: 1 })
    await scheduler.removeQueue('patient')
    await scheduler.addTask(new ScheduledTaskContext('echo', 'x'))
    assert.equal((await scheduler.getTask('answers')).subject, 'x')
    assert.equal(group.threads, 1)
    assert.deepEqual(
      logger.entries.filter(({ level }) => level !== 'debug'),
      [],
    )
  })

  test('A loop of its own finishes what it has at hand when its group is stopped.', async (t) => {
    const scheduler = await started(t, { queues: ['slow', 'begun', 'finish'] })
    const group = await scheduler.startWorkers(fixture('slow-loop'), { threads: 1 })
    await scheduler.addTask(new ScheduledTaskContext('slow', 'x'))
    await scheduler.getTask('begun')
    const stopped = group.stop()
    await scheduler.addTask(new ScheduledTaskContext('finish', 'now'))
    await stopped
    const { queued, taken, done } = (await scheduler.stats()).queues['slow'] ?? {}
    assert.deepEqual([queued, taken, done], [0, 0, 1])
  })

  test('A group can be stopped as soon as it has begun, and twice.', async (t) => {
    const scheduler = await started(t, { queues: ['echo', 'always-fails', 'patient', 'answers'] })
    const group = await scheduler.startWorkers(fixture('handlers'), { threads: 2 })
    await Promise.all([group.stop(), group.stop()])
    await group.closed
    assert.equal(group.threads, 0)
  })

  test('What the environment preloads is loaded in workers, and not in the threads of the scheduler.', () => {
    const fixtures = join(import.meta.dirname, '../fixtures')
    const printed = execFileSync(process.execPath, [join(fixtures, 'flags-program.js')], {
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_OPTIONS: `--max-old-space-size=500 --import=file://${fixtures}/preloaded.js`,
        PRELOAD_LOG: 'yes',
      },
    })
    assert.deepEqual(
      printed.trim().split('\n').toSorted(byText),
      ['preloaded in thread 0', 'preloaded in the worker: true', 'preloaded in thread 3'].toSorted(
        byText,
      ),
    )
  })
})

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}
