import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test, type TestContext } from 'node:test'
import { threadId, Worker } from 'node:worker_threads'
import {
  QueueError,
  ScheduledTaskContext,
  SchedulerError,
  SchedulerThread,
  type SchedulerThreadOptions,
} from '../../src/index.ts'
import { connect } from '../../src/worker.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

const queues = ['echo', 'always-fails', 'patient', 'with-a-dash', 'answers', 'q']

async function started(
  t: TestContext,
  options: SchedulerThreadOptions = {},
): Promise<SchedulerThread> {
  const scheduler = await new SchedulerThread({ queues, ...options }).start()
  t.after(() => scheduler.stop({ wait: false }))
  return scheduler
}

function fixture(name: string): URL {
  return new URL(`../fixtures/${name}.js`, import.meta.url)
}

/** The subjects of the next answers, and the threads they came from. */
async function answers(
  scheduler: SchedulerThread,
  count: number,
): Promise<{ subjects: unknown[]; threads: Set<unknown> }> {
  const subjects: unknown[] = []
  const threads = new Set<unknown>()
  for await (const { subject, attributes } of scheduler.tasks('answers')) {
    subjects.push(subject)
    threads.add(attributes['threadId'])
    if (subjects.length === count) break
  }
  return { subjects: subjects.toSorted((a, b) => (String(a) < String(b) ? -1 : 1)), threads }
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SchedulerError && error.code === code
}

describe('Threads of startWorkers', () => {
  test('A file exports a handler per task name, and every thread works.', async (t) => {
    const scheduler = await started(t)
    const group = await scheduler.startWorkers(fixture('handlers'), { threads: 2 })
    assert.equal(group.threads, 2)
    await scheduler.addTasks([1, 2, 3, 4].map((n) => new ScheduledTaskContext('echo', n, n / 1000)))
    const { subjects, threads } = await answers(scheduler, 4)
    assert.deepEqual(subjects, [1, 2, 3, 4])
    assert.equal(threads.has(threadId), false)
    await scheduler.join('echo')
    assert.equal((await scheduler.stats()).queues['echo']?.done, 4)
    await group.stop()
    await group.closed
    assert.equal(group.threads, 0)
    assert.equal((await scheduler.stats()).queues['echo']?.consumers, 0)
  })

  test('A handler that throws is logged with its error, and its context is done.', async (t) => {
    const logger = new RecordingLogger()
    const scheduler = await started(t, { logger })
    await scheduler.startWorkers(fixture('handlers'), { threads: 1 })
    await scheduler.addTask(new ScheduledTaskContext('always-fails', 'x', null, {}, { id: 'a' }))
    await scheduler.join('always-fails')
    const { level, details } = await logger.logged(/always-fails/)
    assert.equal(level, 'error')
    const { error, ...rest } = details
    assert.deepEqual(rest, { id: 'a', taskName: 'always-fails', errorCount: 1 })
    assert.ok(error instanceof Error)
    assert.deepEqual([error.name, error.message], ['RangeError', 'out of it'])
  })

  test('What a handler works on is aborted by its subject.', async (t) => {
    const scheduler = await started(t)
    await scheduler.startWorkers(fixture('handlers'), { threads: 1 })
    await scheduler.addTask(new ScheduledTaskContext('patient', 'x'))
    assert.deepEqual((await answers(scheduler, 1)).subjects, ['started'])
    assert.equal(await scheduler.cancelBySubject('other', { running: 'abort' }), 0)
    assert.equal(await scheduler.cancelBySubject('x', { running: 'abort' }), 0)
    assert.deepEqual((await answers(scheduler, 1)).subjects, ['x'])
    await scheduler.join('patient')
  })

  test('The handlers may be one export.', async (t) => {
    const scheduler = await started(t)
    await scheduler.startWorkers(fixture('handlers-object').href, { threads: 1 })
    await scheduler.addTask(new ScheduledTaskContext('with-a-dash', 'x'))
    assert.deepEqual((await answers(scheduler, 1)).subjects, ['x'])
  })

  test('A file may run a loop of its own, also one that never finishes loading.', async (t) => {
    const scheduler = await started(t)
    const group = await scheduler.startWorkers(fixture('own-loop'), { threads: 2 })
    await scheduler.addTasks(['a', 'b'].map((subject) => new ScheduledTaskContext('echo', subject)))
    assert.deepEqual((await answers(scheduler, 2)).subjects, ['a', 'b'])
    await group.stop()
    await group.closed
  })

  test('A loop that blocks its thread ends when the scheduler stops.', async (t) => {
    const scheduler = await started(t)
    const group = await scheduler.startWorkers(fixture('sync-loop'), { threads: 1 })
    await scheduler.addTask(new ScheduledTaskContext('echo', 'a'))
    assert.deepEqual((await answers(scheduler, 1)).subjects, ['a'])
    await scheduler.stop()
    await group.closed
  })

  test('A name without a queue is a QueueError.', async (t) => {
    const scheduler = await started(t, {
      queues: ['echo', 'patient'],
      logger: new RecordingLogger(),
    })
    const failed = scheduler.startWorkers(fixture('handlers'), { threads: 1, maxRestarts: 0 })
    await assert.rejects(
      failed,
      (error) => error instanceof QueueError && error.details['taskName'] === 'always-fails',
    )
  })

  test('A file that cannot be loaded rejects with its error, after the restarts.', async (t) => {
    const logger = new RecordingLogger()
    const scheduler = await started(t, { logger })
    await assert.rejects(
      scheduler.startWorkers(fixture('throws-at-load'), { threads: 1, maxRestarts: 2 }),
      {
        name: 'SyntaxError',
        message: 'not today',
      },
    )
    const levels = logger.entries
      .filter(({ details }) => details['error'])
      .map(({ level }) => level)
    assert.deepEqual(levels, ['warn', 'warn', 'error'])
    const missing = scheduler.startWorkers('does/not/exist.js', { threads: 2, maxRestarts: 0 })
    await assert.rejects(missing, { code: 'ERR_MODULE_NOT_FOUND' })
  })

  test('A file with nothing to do is refused.', async (t) => {
    const scheduler = await started(t, { logger: new RecordingLogger() })
    const idle = scheduler.startWorkers(fixture('exports-nothing'), { threads: 1, maxRestarts: 0 })
    await assert.rejects(idle, hasCode('OPTION_INVALID'))
  })

  test('Options that are unknown, wrong or not supported yet are refused.', async (t) => {
    const scheduler = await started(t)
    const file = fixture('handlers')
    for (const name of [
      'queues',
      'concurrency',
      'retry',
      'timeout',
      'killGrace',
      'pool',
      'progress',
    ]) {
      await assert.rejects(
        scheduler.startWorkers(file, { [name]: 1 }),
        hasCode('OPTION_UNSUPPORTED'),
      )
    }
    for (const options of [{ thread: 1 }, { threads: 0 }, { threads: 1.5 }, { maxRestarts: -1 }]) {
      await assert.rejects(scheduler.startWorkers(file, options), hasCode('OPTION_INVALID'))
    }
    await assert.rejects(scheduler.startWorkers(''), hasCode('OPTION_INVALID'))
  })

  test('Events tell of threads that start and die.', async (t) => {
    const scheduler = await started(t, { logger: new RecordingLogger() })
    const exits: unknown[] = []
    scheduler.on('workerExited', (payload) => exits.push(payload))
    const worked = new Promise((resolve) => scheduler.on('workerStarted', resolve))
    await scheduler.startWorkers(fixture('handlers'), { threads: 1 })
    assert.deepEqual(await worked, { group: 1, thread: 0 })
    await assert.rejects(
      scheduler.startWorkers(fixture('throws-at-load'), { threads: 1, maxRestarts: 1 }),
    )
    await scheduler.stats()
    const died = { group: 2, thread: 0, reason: 'not today' }
    assert.deepEqual(exits, [
      { ...died, replaced: true },
      { ...died, replaced: false },
    ])
  })
})

describe('Threads that the user starts', () => {
  test('workerOptions puts a connection beside what is in workerData.', async (t) => {
    const scheduler = await started(t)
    const worker = new Worker(
      fixture('sync-loop'),
      scheduler.workerOptions({ name: 'mine', workerData: { mine: 1 } }),
    )
    await scheduler.addTask(new ScheduledTaskContext('echo', 'a', 0.001))
    const context = await scheduler.getTask('answers')
    assert.deepEqual([context.subject, context.attributes], ['a', { sync: true }])
    await scheduler.taskDone(context)
    const ended = once(worker, 'message')
    await scheduler.stop()
    assert.deepEqual(await ended, ['SCHEDULER_STOPPED'])
  })

  test('The blocking verbs throw the errors of the others.', async (t) => {
    const scheduler = await started(t)
    const worker = new Worker(fixture('sync-verbs'), scheduler.workerOptions())
    assert.deepEqual(await once(worker, 'exit'), [0])
  })

  test('What one thread cancels, reschedules or finishes is so for all.', async (t) => {
    const scheduler = await started(t)
    const subject = { an: 'object' }
    await scheduler.addTasks([
      new ScheduledTaskContext('q', 'x', '1h', {}, { id: 'to be cancelled' }),
      new ScheduledTaskContext('q', 'x', null, {}, { id: 'to be rescheduled' }),
      new ScheduledTaskContext('q', subject, null),
      new ScheduledTaskContext('q', subject, '2h'),
    ])
    const worker = new Worker(fixture('other-thread'), scheduler.workerOptions())
    assert.deepEqual(await once(worker, 'exit'), [0])
    assert.deepEqual(
      (await scheduler.getScheduled()).map(({ id }) => id),
      ['to be rescheduled'],
    )
    const { totals } = await scheduler.stats()
    assert.deepEqual(totals, { added: 5, replaced: 0, done: 2, cancelled: 2, dropped: 0 })
  })

  test('connect is for threads that were given a connection.', () => {
    assert.throws(() => connect(), hasCode('OPTION_INVALID'))
  })
})

describe('Consumers in the calling thread', () => {
  test('Contexts are worked on one after the other, and a handler may throw.', async (t) => {
    const logger = new RecordingLogger()
    const scheduler = await started(t, { logger })
    const seen: unknown[] = []
    const consumer = await scheduler.consume('q', async ({ subject }) => {
      assert.equal((await scheduler.stats()).queues['q']?.taken, 1)
      seen.push(subject)
      if (subject === 2) throw new Error('two')
    })
    await scheduler.addTasks([1, 2, 3].map((n) => new ScheduledTaskContext('q', n)))
    await scheduler.join('q')
    assert.deepEqual(seen, [1, 2, 3])
    assert.match((await logger.logged(/'q' threw/)).message, /q/)
    await consumer.stop()
    await consumer.closed
    assert.equal((await scheduler.stats()).queues['q']?.consumers, 0)
    await assert.rejects(
      scheduler.consume('none', () => undefined),
      hasCode('QUEUE_NOT_FOUND'),
    )
  })

  test('So they are by a handler that returns at once: what it left to a microtask comes before the next.', async (t) => {
    const logger = new RecordingLogger()
    const scheduler = await started(t, { logger })
    const seen: unknown[] = []
    // What has a then is a promise, whatever else it is.
    const thenable = (): undefined => undefined
    Reflect.set(thenable, 'then', (done: () => void) => setTimeout(done, 1))
    await scheduler.consume('q', ({ subject }, { signal }) => {
      seen.push(subject)
      queueMicrotask(() => seen.push(`after ${String(subject)}`))
      assert.equal(signal.aborted, false)
      if (subject === 2) throw new Error('two')
      return subject === 3 ? thenable : subject
    })
    const subjects = Array.from({ length: 100 }, (_, index) => index)
    await scheduler.addTasks(subjects.map((n) => new ScheduledTaskContext('q', n)))
    await scheduler.join('q')
    assert.deepEqual(
      seen,
      subjects.flatMap((n) => [n, `after ${n}`]),
    )
    assert.match((await logger.logged(/'q' threw/)).message, /q/)
  })

  test('Stopping a consumer lets the context at hand be finished.', async (t) => {
    const scheduler = await started(t)
    let finish: () => void = () => undefined
    const begun = new Promise<void>((begin) => {
      void scheduler
        .consume('q', () => {
          begin()
          return new Promise<void>((resolve) => (finish = resolve))
        })
        .then(async (consumer) => {
          await begun
          const stopped = consumer.stop()
          finish()
          await stopped
          await scheduler.addTask(new ScheduledTaskContext('answers', 'stopped'))
        })
    })
    await scheduler.addTasks([1, 2].map((n) => new ScheduledTaskContext('q', n)))
    assert.deepEqual((await answers(scheduler, 1)).subjects, ['stopped'])
    const { done, queued, taken } = (await scheduler.stats()).queues['q'] ?? {}
    assert.deepEqual([done, queued, taken], [1, 1, 0])
  })
})
