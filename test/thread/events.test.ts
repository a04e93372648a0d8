import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import {
  ScheduledTaskContext,
  SchedulerError,
  SchedulerLostError,
  SchedulerThread,
  type SchedulerEvent,
  type StreamedEvent,
} from '../../src/index.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { startOwnThread } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import { untilQueue } from '../support/until-queue.ts'

function hasCode(code: string, message = /^/): (error: unknown) => boolean {
  return (error) =>
    error instanceof SchedulerError && error.code === code && message.test(error.message)
}

/** Everything that a loop is given until it ends. */
async function all(events: AsyncIterable<StreamedEvent>): Promise<StreamedEvent[]> {
  const seen: StreamedEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}

/** An event without its time, on one line. */
function brief({ at, ...rest }: StreamedEvent): string {
  assert.ok(at instanceof Date)
  return Object.values(rest).join(' ')
}

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  describe(`${name}'s events`, { timeout: 300_000 }, () => {
    test('A listener hears every event, or those it names, as one object with its time.', async () => {
      const clock = new FakeClock()
      await using scheduler = new Scheduler({ clock })
      const every: SchedulerEvent[] = []
      const some: SchedulerEvent[] = []
      scheduler.addListener((event) => every.push(event))
      const end = scheduler.addListener((event) => some.push(event), ['queueAdded', 'taskDone'])
      await scheduler.start()
      await scheduler.addQueue('q', { maxSize: 3 })
      await clock.advance(2)
      await scheduler.addTask(new ScheduledTaskContext('q', 'x', null, {}, { id: 'a' }))
      await scheduler.taskDone(await scheduler.getTask('q'))
      const at = new Date(clock.wall())
      const before = new Date(clock.wall() - 2000)
      const about = { at, id: 'a', taskName: 'q' }
      assert.deepEqual(every, [
        { type: 'schedulerStarted', at: before },
        { type: 'queueAdded', at: before, taskName: 'q', maxSize: 3 },
        { type: 'taskAdded', ...about, replaced: false },
        { type: 'taskQueued', ...about, lateness: 0 },
        { type: 'taskTaken', ...about, attempt: 1, lateness: 0 },
        { type: 'taskDone', ...about },
      ])
      assert.deepEqual(some, [every[1], every[5]])
      end()
      end()
      await scheduler.addQueue('r')
      assert.deepEqual([every.length, some.length], [7, 2])
    })

    test('Added again, a listener has other names; removed, it hears nothing, however it was added.', async () => {
      await using scheduler = new Scheduler()
      const heard: string[] = []
      const listener = (event: object): number => heard.push(JSON.stringify(event))
      const types: string[] = []
      const listens = (event: SchedulerEvent): number => types.push(event.type)
      scheduler.addListener(listens, ['queueAdded', 'taskAdded'])
      scheduler.addListener(listens, ['queueRemoved', 'taskAdded'])
      scheduler.on('queueAdded', listener)
      scheduler.on('queueRemoved', listener)
      await scheduler.addQueue('q')
      await scheduler.removeQueue('q')
      assert.deepEqual(heard, ['{"taskName":"q","maxSize":0}', '{"taskName":"q"}'])
      assert.deepEqual(types, ['queueRemoved'])
      assert.equal(scheduler.removeListener(listener), true)
      assert.equal(scheduler.removeListener(listener), false)
      assert.equal(scheduler.removeListener(listens), true)
      await scheduler.addQueue('q')
      await scheduler.removeQueue('q')
      assert.deepEqual([heard.length, types.length], [2, 1])
    })

    test('Listeners are called in the order in which they were added; one added meanwhile hears the next event.', async () => {
      await using scheduler = new Scheduler()
      const heard: string[] = []
      const late = (event: SchedulerEvent<'queueAdded'>): number =>
        heard.push(`late ${event.taskName}`)
      scheduler.addListener(
        ({ taskName }) => {
          heard.push(`first ${taskName}`)
          if (taskName === 'q') scheduler.addListener(late, ['queueAdded'])
          scheduler.removeListener(removed)
        },
        ['queueAdded'],
      )
      scheduler.on('queueAdded', ({ taskName }) => heard.push(`second ${taskName}`))
      const removed = (): number => heard.push('not removed in time')
      scheduler.addListener(removed, ['queueAdded'])
      await scheduler.addQueue('q')
      assert.deepEqual(heard, ['first q', 'second q'])
      await scheduler.addQueue('r')
      assert.deepEqual(heard.slice(2), ['first r', 'second r', 'late r'])
    })

    test('A listener that throws, or rejects, is logged, and the others hear the event all the same.', async () => {
      const logger = new RecordingLogger()
      await using scheduler = new Scheduler({ logger })
      const heard: string[] = []
      scheduler.addListener(() => {
        throw new Error('thrown')
      })
      scheduler.addListener(async () => {
        await Promise.resolve()
        throw new Error('rejected')
      })
      scheduler.on('queueAdded', ({ taskName }) => heard.push(taskName))
      await scheduler.addQueue('q')
      await scheduler.addQueue('r')
      assert.deepEqual(heard, ['q', 'r'])
      await scheduler.stop()
      const errors = logger.entries.filter(({ message }) => message === 'A listener threw.')
      const messages = errors.map(({ details }) => (details['error'] as Error).message)
      for (const message of ['thrown', 'rejected']) {
        assert.ok(messages.filter((one) => one === message).length >= 2, messages.join())
      }
    })

    test('A loop is given events as they happen, from the call of events() on, and ends with the scheduler.', async () => {
      const scheduler = await new Scheduler({ queues: ['q'] }).start()
      const every = all(scheduler.events())
      const done = all(scheduler.events({ events: ['taskDone', 'taskDone'] }))
      await scheduler.addTask(new ScheduledTaskContext('q', 'x', null, {}, { id: 'a' }))
      await scheduler.taskDone(await scheduler.getTask('q'))
      await scheduler.stop()
      assert.deepEqual((await every).map(brief), [
        'taskAdded a q false',
        'taskQueued a q 0',
        (await every).map(brief)[2],
        'taskDone a q',
        'schedulerShutdown',
      ])
      assert.match((await every).map(brief)[2] ?? '', /^taskTaken a q 1 /)
      assert.deepEqual((await done).map(brief), ['taskDone a q'])
      assert.deepEqual(await all(scheduler.events()), [])
    })

    test('When its buffer is full the oldest events are dropped, and their number stands in their place.', async () => {
      await using scheduler = new Scheduler()
      const events = scheduler.events({ events: ['queueAdded'], buffer: 3 })
      const names = ['a', 'b', 'c', 'd', 'e']
      for (const taskName of names) await scheduler.addQueue(taskName)
      const next = async (): Promise<string> => {
        const { value } = await events.next()
        return value ? brief(value) : 'over'
      }
      assert.equal(await next(), 'eventsDropped 2')
      assert.equal(await next(), 'queueAdded c 0')
      // Now there is room for one.
      await scheduler.addQueue('f')
      assert.equal(await next(), 'queueAdded d 0')
      for (const taskName of ['g', 'h', 'i']) await scheduler.addQueue(taskName)
      assert.equal(await next(), 'eventsDropped 2')
      assert.equal(await next(), 'queueAdded g 0')
      await scheduler.stop()
      assert.deepEqual(
        [await next(), await next(), await next()],
        ['queueAdded h 0', 'queueAdded i 0', 'over'],
      )
    })

    test('A thousand events are kept when nothing else is said.', async () => {
      const scheduler = new Scheduler({ queues: ['q'] })
      const events = scheduler.events({ events: ['taskAdded'] })
      const ids = Array.from({ length: 1007 }, (_, n) => `id ${n}`)
      await scheduler.addTasks(ids.map((id) => new ScheduledTaskContext('q', null, 60, {}, { id })))
      await scheduler.stop()
      const seen = await all(events)
      assert.equal(brief(seen[0] as StreamedEvent), 'eventsDropped 7')
      assert.deepEqual(
        seen.slice(1).map((event) => 'id' in event && event.id),
        ids.slice(7),
      )
    })

    test('Leaving a loop ends the listening; a signal ends it with its reason, also while it waits.', async () => {
      await using scheduler = new Scheduler()
      const left = scheduler.events()
      await scheduler.addQueue('q')
      for await (const event of left) {
        assert.equal(event.type, 'queueAdded')
        break
      }
      await scheduler.addQueue('r')
      assert.deepEqual(await left.next(), { value: undefined, done: true })
      const controller = new AbortController()
      const aborted = scheduler.events({ signal: controller.signal })
      const waiting = [aborted.next(), aborted.next()]
      controller.abort(new Error('enough'))
      await assert.rejects(waiting[0] ?? all([] as never), /enough/)
      assert.deepEqual(await waiting[1], { value: undefined, done: true })
      await assert.rejects(all(scheduler.events({ signal: controller.signal })), /enough/)
      const returned = scheduler.events()
      const pending = returned.next()
      await returned.return?.()
      assert.deepEqual(await pending, { value: undefined, done: true })
    })

    test('What cannot be listened to is refused, and a name that is near is proposed.', async () => {
      await using scheduler = new Scheduler()
      const invalid = hasCode('OPTION_INVALID')
      const near = hasCode('OPTION_INVALID', /'taskdone'\. Did you mean 'taskDone'\?/)
      const listener = (): void => undefined
      assert.throws(() => scheduler.on('taskdone' as never, listener), near)
      assert.throws(() => scheduler.addListener(listener, ['taskdone' as never]), near)
      assert.throws(() => all(scheduler.events({ events: ['taskdone' as never] })), near)
      for (const call of [
        () => scheduler.addListener(listener, 'taskDone' as never),
        () => scheduler.addListener(listener, []),
        () => scheduler.addListener(7 as never),
        () => scheduler.removeListener('taskDone' as never),
        () => scheduler.on('taskDone', null as never),
        () => scheduler.events({ buffer: 0 }),
        () => scheduler.events({ buffer: Infinity }),
        () => scheduler.events({ signal: 'no' as never }),
        () => scheduler.events({ event: ['taskDone'] } as never),
        () => scheduler.events({ events: 'taskDone' as never }),
      ]) {
        assert.throws(call, invalid, String(call))
      }
    })

    test('A listener that makes very many calls at once does not bring the events out of order.', async () => {
      await using scheduler = new Scheduler({ queues: ['q'] })
      const added: string[] = []
      scheduler.addListener(
        ({ id }) => {
          added.push(id)
          if (id !== 'first') return
          const contexts = Array.from(
            { length: 600 },
            (_, n) => new ScheduledTaskContext('q', null, 60, {}, { id: `more ${n}` }),
          )
          for (const context of contexts) void scheduler.addTask(context)
        },
        ['taskAdded'],
      )
      await Promise.all(
        ['first', 'second', 'third'].map((id) =>
          scheduler.addTask(new ScheduledTaskContext('q', null, 60, {}, { id })),
        ),
      )
      await scheduler.stats()
      const more = Array.from({ length: 600 }, (_, n) => `more ${n}`)
      assert.deepEqual(added, ['first', 'second', 'third', ...more])
    })
  })
}

describe('A loop over events', { timeout: 300_000 }, () => {
  test('However it and the events alternate, it is given the newest that fit, in order, and how many are missing where.', async () => {
    const steps = fc.array(fc.constantFrom('happens', 'happens', 'asks'), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (taken, buffer) => {
        const scheduler = new InlineScheduler()
        const events = scheduler.events({ events: ['queueAdded'], buffer })
        // The model: what is kept, how many are missing before it, and what was given.
        const kept: string[] = []
        let missing = 0
        const expected: string[] = []
        const given: string[] = []
        const ask = async (): Promise<void> => {
          const { value } = await events.next()
          given.push(value ? brief(value) : 'over')
        }
        for (const [n, step] of taken.entries()) {
          if (step === 'happens') {
            await scheduler.addQueue(`q${n}`)
            kept.push(`queueAdded q${n} 0`)
            if (kept.length > buffer) missing += kept.splice(0, 1).length
          } else if (missing > 0) {
            expected.push(`eventsDropped ${missing}`)
            missing = 0
            await ask()
          } else if (kept.length > 0) {
            expected.push(kept.splice(0, 1).join())
            await ask()
          }
        }
        await scheduler.stop()
        const rest = (await all(events)).map(brief)
        const left = missing > 0 ? [`eventsDropped ${missing}`, ...kept] : kept
        assert.deepEqual([...given, ...rest], [...expected, ...left])
      }),
    )
  })
})

describe('Events in several threads', { timeout: 300_000 }, () => {
  test('All clients hear the same events in the same order, whoever caused them.', async () => {
    await using scheduler = await new SchedulerThread({ queues: ['a', 'b'] }).start()
    const heard: SchedulerEvent[] = []
    const ended = new Promise<void>((resolve) => {
      scheduler.addListener((event) => {
        if (event.type === 'queueAdded' && event.taskName === 'begin') heard.length = 0
        heard.push(event)
        if (event.type === 'queueAdded' && event.taskName === 'end') resolve()
      })
    })
    const threads = ['a', 'b'].map((queue) =>
      startOwnThread(scheduler, 'hears-events', { workerData: { queue, count: 200 } }),
    )
    const told = async (worker: Worker): Promise<unknown> => {
      const [message] = (await once(worker, 'message')) as [unknown]
      return message
    }
    const fromAll = (): Promise<unknown[]> => Promise.all(threads.map(({ worker }) => told(worker)))
    assert.deepEqual(await fromAll(), ['listens', 'listens'])
    await scheduler.addQueue('begin')
    const worked = fromAll()
    for (const { worker } of threads) worker.postMessage('go')
    assert.deepEqual(await worked, ['worked', 'worked'])
    const theirs = fromAll()
    await scheduler.addQueue('end')
    await ended
    // 200 contexts of each queue are added, queued, taken and done, and one of each is added once more.
    assert.equal(heard.length, 2 * (4 * 200 + 1) + 2)
    for (const its of await theirs) assert.deepEqual(its, heard)
    await Promise.all(threads.map(({ exited }) => exited))
  })

  test('A listener that blocks its thread hears what came before it blocked first, and the rest after that.', async () => {
    await using scheduler = new SchedulerThread({ queues: ['q', 'go', 'never'] })
    await scheduler.addTask(new ScheduledTaskContext('never', 'keeps the other thread alive'))
    const { worker, exited } = startOwnThread(scheduler, 'blocks-in-a-listener')
    assert.deepEqual(await once(worker, 'message'), ['listens'])
    const add = async (...ids: string[]): Promise<void> => {
      await scheduler.addTasks(
        ids.map((id) => new ScheduledTaskContext('q', null, null, {}, { id })),
      )
    }
    await add('first', 'second', 'third')
    await untilQueue(scheduler, 'go', { consumers: 1 })
    await add('fourth', 'fifth')
    const told = once(worker, 'message')
    await scheduler.addTask(new ScheduledTaskContext('go', null, null, {}, { id: 'go' }))
    await add('last')
    assert.deepEqual(await told, [['first', 'second', 'third', 'fourth', 'fifth', 'go', 'last']])
    await exited
  })

  test('When the scheduler thread dies, a loop is given what it has, and then the error.', async () => {
    const scheduler = new SchedulerThread({ logger: new RecordingLogger(), queues: ['q'] })
    const events = scheduler.events({ events: ['queueAdded'], buffer: 2 })
    await scheduler.addQueue('r')
    const lost = assert.rejects(scheduler.getTask('q'), SchedulerLostError)
    startOwnThread(scheduler, 'poisons').worker.postMessage(0)
    await lost
    const first = await events.next()
    assert.equal(first.value?.type, 'queueAdded')
    await assert.rejects(events.next(), SchedulerLostError)
    assert.deepEqual(await events.next(), { value: undefined, done: true })
    await assert.rejects(all(scheduler.events()), SchedulerLostError)
    await scheduler.stop()
  })
})
