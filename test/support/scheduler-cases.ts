import assert from 'node:assert/strict'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import { SchedulerError } from '../../src/core/errors.ts'
import type { Time } from '../../src/core/duration.ts'
import type { AnyContext, TaskScheduler } from '../../src/core/task-scheduler.ts'
import type { FakeClock } from '../../src/thread/fake-clock.ts'

/** What a case is given: a scheduler that was started and has no queue, and the clock it lives by. */
export interface CaseTools {
  readonly scheduler: TaskScheduler
  readonly clock: FakeClock
}

/** One thing that every implementation of `TaskScheduler` promises. */
export interface SchedulerCase {
  readonly title: string
  readonly run: (tools: CaseTools) => Promise<void>
}

export const schedulerCases: SchedulerCase[] = []

function promise(title: string, run: SchedulerCase['run']): void {
  schedulerCases.push({ title, run })
}

/** A context whose id is its subject, for short cases. */
function context(taskName: string, id: string, schedTime?: Time): ScheduledTaskContext {
  return new ScheduledTaskContext(taskName, id, schedTime, {}, { id })
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SchedulerError, `Expected a SchedulerError, got ${String(error)}.`)
    assert.equal(error.code, expected)
    return true
  }
}

async function take(scheduler: TaskScheduler, taskName: string): Promise<string> {
  return (await scheduler.getTask(taskName, { blocking: false })).id
}

async function queuedIds(scheduler: TaskScheduler, taskName: string): Promise<string[]> {
  return (await scheduler.getQueued(taskName)).map(({ id }) => id)
}

async function scheduledIds(scheduler: TaskScheduler): Promise<string[]> {
  return (await scheduler.getScheduled()).map(({ id }) => id)
}

// ---- queues

promise('A queue exists once it was added, and only once.', async ({ scheduler }) => {
  assert.equal(await scheduler.queueExists('q'), false)
  await scheduler.addQueue('q')
  assert.equal(await scheduler.queueExists('q'), true)
  await assert.rejects(scheduler.addQueue('q'), code('QUEUE_EXISTS'))
})

promise('What is no name of a queue is refused.', async ({ scheduler }) => {
  await assert.rejects(scheduler.addQueue(''), code('QUEUE_NAME_INVALID'))
  await assert.rejects(scheduler.getTask(Number.NaN as never), code('QUEUE_NAME_INVALID'))
  await assert.rejects(scheduler.addQueue('q', { maxSize: 1.5 }), code('OPTION_INVALID'))
})

promise('Every verb of a queue that does not exist is a QueueError.', async ({ scheduler }) => {
  const none = code('QUEUE_NOT_FOUND')
  await assert.rejects(scheduler.removeQueue('q'), none)
  await assert.rejects(scheduler.isEmptyQueue('q'), none)
  await assert.rejects(scheduler.addTask(context('q', 'a')), none)
  await assert.rejects(scheduler.addTask(context('q', 'a', 5)), none)
  await assert.rejects(scheduler.getTask('q'), none)
  await assert.rejects(scheduler.taskDone('q'), none)
  await assert.rejects(scheduler.join('q'), none)
  await assert.rejects(scheduler.getQueued('q'), none)
})

promise(
  'A queue is empty when nothing is queued, whatever is scheduled or taken.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'a', 1))
    assert.equal(await scheduler.isEmptyQueue('q'), true)
    await clock.advance(1)
    assert.equal(await scheduler.isEmptyQueue('q'), false)
    await take(scheduler, 'q')
    assert.equal(await scheduler.isEmptyQueue('q'), true)
  },
)

promise('A maxSize of zero or less is no bound.', async ({ scheduler }) => {
  await scheduler.addQueue('zero', { maxSize: 0 })
  await scheduler.addQueue('less', { maxSize: -3 })
  for (const taskName of ['zero', 'less']) {
    await scheduler.addTasks([1, 2, 3, 4].map((n) => context(taskName, `${taskName} ${n}`)))
  }
  assert.equal((await scheduler.getQueued('less')).length, 4)
})

promise(
  'Removing a queue cancels what is scheduled for it and drops what is queued.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    await scheduler.addQueue('other')
    const about = (taskName: string, schedTime?: Time): ScheduledTaskContext =>
      new ScheduledTaskContext(taskName, 'same', schedTime)
    await scheduler.addTasks([
      about('q', 5),
      about('q', 6),
      about('q'),
      about('other', 5),
      about('other', 6),
    ])
    await scheduler.removeQueue('q')
    assert.equal(await scheduler.queueExists('q'), false)
    assert.equal((await scheduler.getScheduled()).length, 2)
    assert.equal(await scheduler.cancelBySubject('same'), 2)
    const { totals } = await scheduler.stats()
    assert.deepEqual(totals, { added: 5, replaced: 0, done: 0, cancelled: 4, dropped: 1 })
  },
)

promise('Removing a queue sends away those who wait there.', async ({ scheduler }) => {
  await scheduler.addQueue('q', { maxSize: 1 })
  await scheduler.addQueue('empty')
  await scheduler.addTask(context('q', 'a'))
  const waiting = [
    assert.rejects(
      scheduler.addTask(context('q', 'b'), { blocking: true }),
      code('QUEUE_NOT_FOUND'),
    ),
    assert.rejects(scheduler.join('q'), code('QUEUE_NOT_FOUND')),
    assert.rejects(scheduler.getTask('empty'), code('QUEUE_NOT_FOUND')),
  ]
  await scheduler.removeQueue('q')
  await scheduler.removeQueue('empty')
  await Promise.all(waiting)
})

promise(
  'What is taken when its queue is removed is dropped, and finishing it is no error.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'a'))
    const taken = await scheduler.getTask('q')
    await scheduler.removeQueue('q')
    await scheduler.addQueue('q')
    await scheduler.taskDone(taken)
    await assert.rejects(scheduler.taskDone(taken), code('TASK_NOT_TAKEN'))
    assert.equal((await scheduler.stats()).totals.dropped, 1)
  },
)

// ---- adding and time

promise(
  'A context without a time is queued at once and arrives as it was.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    const attributes = { url: 'http://example.org', tries: 3, list: [1, 'two', null] }
    const added = new ScheduledTaskContext('q', 'example.org', null, attributes, { id: 'a' })
    assert.equal(await scheduler.addTask(added), 'added')
    const taken = await scheduler.getTask('q')
    assert.notEqual(taken, added)
    assert.deepEqual(taken.attributes, attributes)
    const { id, taskName, subject, attempt, scheduler: itsScheduler } = taken
    assert.deepEqual(
      { id, taskName, subject, attempt },
      { id: 'a', taskName: 'q', subject: 'example.org', attempt: 1 },
    )
    assert.equal(itsScheduler, scheduler)
  },
)

promise(
  'A context is released when its time has come, and never before.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'a', 10))
    await clock.advance('9999ms')
    assert.deepEqual(await queuedIds(scheduler, 'q'), [])
    await clock.advance('1ms')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a'])
  },
)

promise('Fractions of a second count.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q')
  await scheduler.addTask(context('q', 'a', 0.0015))
  await clock.advance(0.0014)
  assert.deepEqual(await queuedIds(scheduler, 'q'), [])
  await clock.advance(0.0002)
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['a'])
})

promise('Zero seconds are as good as no time.', async ({ scheduler }) => {
  await scheduler.addQueue('q', { maxSize: 2 })
  await scheduler.addTask(context('q', 'a', 0))
  await scheduler.addTask(context('q', 'b', '0s'))
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['a', 'b'])
  await assert.rejects(scheduler.addTask(context('q', 'c', { seconds: 0 })), code('QUEUE_FULL'))
})

promise('A past time is due at once, and a full queue parks it.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q', { maxSize: 1 })
  await scheduler.addTask(context('q', 'a', -5))
  await scheduler.addTask(context('q', 'b', new Date(clock.wall() - 86_400_000)))
  await clock.advance(0)
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['a'])
  assert.equal((await scheduler.getScheduled())[0]?.parked, true)
})

promise('All forms of a time mean what they say.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q')
  const now = clock.wall()
  const forms: readonly (readonly [Time, number])[] = [
    [90, 90_000],
    ['90s', 90_000],
    ['1m30s', 90_000],
    ['250ms', 250],
    ['PT1H30M', 5_400_000],
    [{ minutes: 5 }, 300_000],
    [{ days: 1, milliseconds: 1 }, 86_400_001],
    [new Date(now + 1234), 1234],
    [{ epochMilliseconds: now + 4321 }, 4321],
  ]
  for (const [time, ms] of forms) {
    const added = context('q', JSON.stringify(time), time)
    await scheduler.addTask(added)
    assert.equal(added.dueAt?.getTime(), now + ms)
    const info = (await scheduler.getScheduled()).find(({ id }) => id === added.id)
    assert.equal(info?.dueAt.getTime(), now + ms, JSON.stringify(time))
  }
})

promise('What is no time is a DurationError, and nothing has changed.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await scheduler.addTask(context('q', 'a', 5))
  const wrong: unknown[] = [
    Number.NaN,
    Infinity,
    1e9,
    1_770_000_000_000,
    'soon',
    '',
    true,
    {},
    { weeks: 1 },
    [5],
  ]
  wrong.push(new Date(Number.NaN), { epochMilliseconds: 'x' }, { hours: '2' }, '9'.repeat(500))
  for (const time of wrong) {
    await assert.rejects(
      scheduler.addTask(context('q', 'a', time as Time)),
      code('DURATION_INVALID'),
    )
  }
  assert.deepEqual(await scheduledIds(scheduler), ['a'])
  await assert.rejects(scheduler.getTask('q', { timeout: -1 }), code('DURATION_INVALID'))
})

promise(
  'A date 400 days away, and one 8,000 years away, are no boundary.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    const year8000 = new Date(clock.wall() + 8000 * 365.25 * 86_400_000)
    await scheduler.addTask(context('q', 'far', year8000))
    await scheduler.addTask(context('q', 'near', { days: 400 }))
    await clock.advance({ days: 399 })
    assert.deepEqual(await queuedIds(scheduler, 'q'), [])
    await clock.advance({ days: 1 })
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['near'])
    assert.equal((await scheduler.getScheduled())[0]?.dueAt.getTime(), year8000.getTime())
    await clock.advance({ milliseconds: year8000.getTime() - clock.wall() - 1 })
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['near'])
    await clock.advance('1ms')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['near', 'far'])
  },
)

promise('A time beyond what a Date can hold is refused.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await assert.rejects(
    scheduler.addTask(context('q', 'a', { days: 1e8 })),
    code('DURATION_INVALID'),
  )
})

promise(
  'Contexts are released by time and, at one time, in the order of adding.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    for (const [id, seconds] of [
      ['a', 3],
      ['b', 1],
      ['c', 2],
      ['d', 1],
      ['e', 3],
    ] as const) {
      await scheduler.addTask(context('q', id, seconds))
    }
    assert.deepEqual(await scheduledIds(scheduler), ['b', 'd', 'c', 'a', 'e'])
    await clock.advance(5)
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['b', 'd', 'c', 'a', 'e'])
  },
)

promise(
  'A clock on the wall that jumps an hour ahead releases what waits for its time.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'calendar', new Date(clock.wall() + 3_600_000)))
    await scheduler.addTask(context('q', 'relative', '1h'))
    await clock.jump('1h')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['calendar'])
    await clock.advance('1h')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['calendar', 'relative'])
  },
)

promise(
  'A clock on the wall that jumps an hour back makes it wait an hour longer.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'calendar', new Date(clock.wall() + 3_600_000)))
    await scheduler.addTask(context('q', 'relative', '1h'))
    await clock.jump('-1h')
    await clock.advance('1h')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['relative'])
    await clock.advance('3599s')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['relative'])
    await clock.advance('1s')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['relative', 'calendar'])
  },
)

promise(
  'Adding a context that is scheduled replaces its entry, the last write wins.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addQueue('r')
    await scheduler.addTask(context('q', 'a', 1))
    assert.equal(await scheduler.addTask(context('q', 'a', 5)), 'replaced')
    assert.equal(await scheduler.addTask(context('r', 'a', 2)), 'replaced')
    await clock.advance(10)
    assert.deepEqual(await queuedIds(scheduler, 'q'), [])
    assert.deepEqual(await queuedIds(scheduler, 'r'), ['a'])
  },
)

promise(
  'Adding a scheduled context without a time runs it once, now.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'a', 5))
    assert.equal(await scheduler.addTask(context('q', 'a')), 'replaced')
    assert.deepEqual(await scheduledIds(scheduler), [])
    await clock.advance(10)
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a'])
  },
)

promise(
  'A context that is refused because its queue is full stays scheduled.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q', { maxSize: 1 })
    await scheduler.addTask(context('q', 'first'))
    await scheduler.addTask(context('q', 'a', 5))
    await assert.rejects(scheduler.addTask(context('q', 'a')), code('QUEUE_FULL'))
    assert.deepEqual(await scheduledIds(scheduler), ['a'])
  },
)

promise(
  'A context that is queued or taken may be added again: another delivery.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    const twice = context('q', 'a')
    assert.equal(await scheduler.addTask(twice), 'added')
    assert.equal(await scheduler.addTask(twice), 'added')
    const first = await scheduler.getTask('q')
    assert.equal(await scheduler.addTask(twice), 'added')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a', 'a'])
    await scheduler.taskDone(first)
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a', 'a'])
  },
)

promise('Many are added all or none.', async ({ scheduler }) => {
  await scheduler.addQueue('q', { maxSize: 2 })
  await scheduler.addTask(context('q', 'known', 7))
  const unknownQueue = [context('q', 'a'), context('q', 'b', 5), context('none', 'c', 5)]
  await assert.rejects(scheduler.addTasks(unknownQueue), code('QUEUE_NOT_FOUND'))
  const tooMany = ['known', 'd', 'e'].map((id) => context('q', id))
  await assert.rejects(scheduler.addTasks(tooMany), code('QUEUE_FULL'))
  assert.deepEqual(await queuedIds(scheduler, 'q'), [])
  assert.deepEqual(await scheduledIds(scheduler), ['known'])
  const fitting = [context('q', 'known'), context('q', 'f', 3), context('q', 'g')]
  assert.deepEqual(await scheduler.addTasks(fitting), ['replaced', 'added', 'added'])
  assert.deepEqual(await scheduler.addTasks([]), [])
})

promise('Only contexts are added.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  for (const wrong of [null, 'a', { taskName: 'q', subject: 'a' }]) {
    await assert.rejects(scheduler.addTask(wrong as never), code('CONTEXT_TYPE'))
  }
  await assert.rejects(
    scheduler.addTask(new ScheduledTaskContext('q', Symbol('a'))),
    code('CONTEXT_TYPE'),
  )
})

// ---- full queues

promise('A full queue refuses what is to go straight onto it.', async ({ scheduler }) => {
  await scheduler.addQueue('q', { maxSize: 1 })
  await scheduler.addTask(context('q', 'a'))
  await assert.rejects(scheduler.addTask(context('q', 'b')), code('QUEUE_FULL'))
  await take(scheduler, 'q')
  assert.equal(await scheduler.addTask(context('q', 'b')), 'added')
})

promise('Adding may wait for room, first come first served.', async ({ scheduler }) => {
  await scheduler.addQueue('q', { maxSize: 1 })
  await scheduler.addTask(context('q', 'a'))
  const order: string[] = []
  const waiting = ['b', 'c'].map(async (id) => {
    await scheduler.addTask(context('q', id), { blocking: true })
    order.push(id)
  })
  assert.equal(await take(scheduler, 'q'), 'a')
  assert.equal(await take(scheduler, 'q'), 'b')
  await Promise.all(waiting)
  assert.deepEqual(order, ['b', 'c'])
  assert.equal(await take(scheduler, 'q'), 'c')
})

promise(
  'Waiting for room ends with its time, or with its signal.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q', { maxSize: 1 })
    await scheduler.addTask(context('q', 'a'))
    const late = assert.rejects(
      scheduler.addTask(context('q', 'b'), { blocking: true, timeout: 5 }),
      code('QUEUE_FULL'),
    )
    await clock.advance(5)
    await late
    const controller = new AbortController()
    const reason = new Error('changed my mind')
    const aborted = assert.rejects(
      scheduler.addTask(context('q', 'c'), { blocking: true, signal: controller.signal }),
      reason,
    )
    controller.abort(reason)
    await aborted
    await assert.rejects(
      scheduler.addTask(context('q', 'd'), { signal: controller.signal }),
      reason,
    )
    assert.equal(await take(scheduler, 'q'), 'a')
    assert.deepEqual(await queuedIds(scheduler, 'q'), [])
  },
)

promise('What can never fit does not wait for ever.', async ({ scheduler }) => {
  await scheduler.addQueue('q', { maxSize: 2 })
  const three = ['a', 'b', 'c'].map((id) => context('q', id))
  await assert.rejects(scheduler.addTasks(three, { blocking: true }), code('QUEUE_FULL'))
})

promise(
  'What is due and finds its queue full is parked, in order, and moves up with every room.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q', { maxSize: 2 })
    for (const [id, seconds] of [
      ['a', 1],
      ['b', 2],
      ['d', 4],
      ['c', 3],
      ['e', 4],
    ] as const) {
      await scheduler.addTask(context('q', id, seconds))
    }
    await clock.advance(10)
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a', 'b'])
    assert.deepEqual(await scheduledIds(scheduler), ['c', 'd', 'e'])
    const stats = (await scheduler.stats()).queues['q']
    assert.deepEqual([stats?.scheduled, stats?.parked, stats?.queued], [0, 3, 2])
    assert.equal(await take(scheduler, 'q'), 'a')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['b', 'c'])
    for (const id of ['b', 'c', 'd', 'e']) assert.equal(await take(scheduler, 'q'), id)
  },
)

promise('A full queue does not keep another from flowing.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('full', { maxSize: 1 })
  await scheduler.addQueue('flowing')
  await scheduler.addTasks([1, 2, 3].map((n) => context('full', `full ${n}`, n)))
  await scheduler.addTasks([1, 2, 3].map((n) => context('flowing', `flowing ${n}`, n)))
  await clock.advance(5)
  assert.deepEqual(await queuedIds(scheduler, 'full'), ['full 1'])
  assert.deepEqual(await queuedIds(scheduler, 'flowing'), ['flowing 1', 'flowing 2', 'flowing 3'])
})

promise(
  'What is parked can be cancelled, replaced, and found by its subject.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q', { maxSize: 1 })
    await scheduler.addTasks(['a', 'b', 'c', 'd'].map((id) => context('q', id, 1)))
    await clock.advance(1)
    assert.equal(await scheduler.cancelTask('b'), true)
    assert.equal(await scheduler.cancelBySubject('c'), 1)
    assert.equal(await scheduler.addTask(context('q', 'd', 5)), 'replaced')
    assert.equal(await take(scheduler, 'q'), 'a')
    assert.deepEqual(await queuedIds(scheduler, 'q'), [])
    await clock.advance(5)
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['d'])
  },
)

promise('What is parked goes before those who wait to add.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q', { maxSize: 1 })
  await scheduler.addTask(context('q', 'a'))
  const waiting = scheduler.addTask(context('q', 'waiting'), { blocking: true })
  await scheduler.addTask(context('q', 'parked', 1))
  await clock.advance(1)
  for (const id of ['a', 'parked', 'waiting']) assert.equal(await take(scheduler, 'q'), id)
  await waiting
})

// ---- cancelling

promise('Cancelling says whether it was scheduled.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q')
  const added = context('q', 'a', 1)
  await scheduler.addTask(added)
  assert.equal(await scheduler.cancelTask(added), true)
  assert.equal(await scheduler.cancelTask(added), false)
  assert.equal(await scheduler.cancelTask('never heard of'), false)
  await clock.advance(1)
  assert.deepEqual(await queuedIds(scheduler, 'q'), [])
})

promise(
  'Calls that cancel in one turn are answered each for itself, in their order.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    const own = Array.from({ length: 150 }, (_, index) => context('q', `${index}`, index + 1))
    const generated = own.map((_, index) => new ScheduledTaskContext('q', 'all', index + 1))
    await scheduler.addTasks([...own, ...generated, context('q', 'queued')])
    const ids = generated.flatMap(({ id }, index) => [id, `${index}`, id, `never ${index}`])
    const answers = ids.map((id) => scheduler.cancelTask(id))
    const order: number[] = []
    for (const [index, answer] of answers.entries()) void answer.then(() => order.push(index))
    const withdrawn = scheduler.cancelTask('queued', { queued: true })
    const after = scheduler.getScheduled()
    const expected = own.flatMap(() => [true, true, false, false])
    assert.deepEqual(await Promise.all(answers), expected)
    assert.deepEqual(order, [...ids.keys()])
    assert.equal(await withdrawn, true)
    assert.deepEqual(await after, [])
    assert.equal((await scheduler.stats()).totals.cancelled, 301)
  },
)

promise('What is queued is cancelled only when asked for.', async ({ scheduler }) => {
  await scheduler.addQueue('q', { maxSize: 2 })
  const added = context('q', 'a')
  await scheduler.addTasks([added, context('q', 'b'), context('q', 'c', 0.001)])
  assert.equal(await scheduler.cancelTask(added), false)
  assert.equal(await scheduler.cancelTask(added, { queued: true }), true)
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['b'])
  assert.equal(await take(scheduler, 'q'), 'b')
  assert.equal(await scheduler.cancelTask('b', { queued: true }), false)
})

promise('Withdrawing what is queued makes room for what waits.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q', { maxSize: 2 })
  await scheduler.addTasks([context('q', 'a'), context('q', 'b'), context('q', 'parked', 1)])
  await clock.advance(1)
  const waiting = scheduler.addTask(context('q', 'waiting'), { blocking: true })
  assert.equal(await scheduler.cancelBySubject('a', { queued: true }), 1)
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['b', 'parked'])
  assert.equal(await scheduler.cancelTask('b', { queued: true }), true)
  await waiting
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['parked', 'waiting'])
})

promise(
  'A subject is cancelled in every queue, and every one of it.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addQueue('r')
    const about = (subject: unknown, taskName: string, schedTime?: Time): ScheduledTaskContext =>
      new ScheduledTaskContext(taskName, subject, schedTime)
    await scheduler.addTasks([1, 2, 3, 4, 5, 6].map((n) => about('x', n % 2 ? 'q' : 'r', n)))
    await scheduler.addTasks([about('x', 'q'), about('y', 'q', 1)])
    assert.equal(await scheduler.cancelBySubject('x'), 6)
    assert.equal(await scheduler.cancelBySubject('x'), 0)
    assert.equal(await scheduler.cancelBySubject('x', { queued: true }), 1)
    await clock.advance(10)
    assert.equal((await scheduler.getTask('q')).subject, 'y')
    assert.equal(await scheduler.isEmptyQueue('r'), true)
  },
)

promise('A subject is compared by type and value.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  const subjects = ['7', 7, 7n, true, 'true', Number.NaN, '']
  await scheduler.addTasks(subjects.map((subject) => new ScheduledTaskContext('q', subject, 60)))
  for (const subject of subjects)
    assert.equal(await scheduler.cancelBySubject(subject), 1, String(subject))
  await scheduler.addTask(new ScheduledTaskContext('q', 0, 60))
  assert.equal(await scheduler.cancelBySubject(-0), 1)
})

promise(
  'A subject that is an object is compared by identity, here and where it was taken.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    const certificate = { path: '/etc/ssl/a.pem' }
    const twin = { path: '/etc/ssl/a.pem' }
    const contexts = [certificate, certificate, twin].map(
      (subject) => new ScheduledTaskContext('q', subject, 60),
    )
    await scheduler.addTasks(contexts)
    assert.equal(await scheduler.cancelBySubject(certificate), 2)
    assert.equal(await scheduler.cancelBySubject({ path: '/etc/ssl/a.pem' }), 0)
    await scheduler.addTask(new ScheduledTaskContext('q', twin))
    const taken = await scheduler.getTask('q')
    assert.deepEqual(taken.subject, twin)
    assert.equal((await scheduler.getScheduled({ subject: twin })).length, 1)
    assert.equal(await scheduler.cancelBySubject(taken.subject), 1)
  },
)

promise('A subjectKey stands for the subject, as that string would.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  const keyed = (subject: unknown): ScheduledTaskContext =>
    new ScheduledTaskContext('q', subject, 60, {}, { subjectKey: 'key' })
  const object = { any: 'thing' }
  await scheduler.addTasks([
    keyed(object),
    keyed('other'),
    keyed(undefined),
    new ScheduledTaskContext('q', 'key', 60),
  ])
  assert.equal(await scheduler.cancelBySubject('other'), 0)
  assert.equal(await scheduler.cancelBySubject('key'), 4)
  await scheduler.addTask(keyed(object))
  assert.equal(await scheduler.cancelBySubject(object), 1)
})

promise('Null and undefined are no subject.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await scheduler.addTasks([
    new ScheduledTaskContext('q', null, 60),
    new ScheduledTaskContext('q', undefined, 60),
  ])
  await assert.rejects(scheduler.cancelBySubject(null), code('CONTEXT_TYPE'))
  await assert.rejects(scheduler.cancelBySubject(undefined), code('CONTEXT_TYPE'))
  await assert.rejects(
    scheduler.cancelBySubject('x', { running: 'kill' as never }),
    code('OPTION_INVALID'),
  )
  assert.equal((await scheduler.getScheduled()).length, 2)
})

// ---- taking and finishing

promise('A queue is first in, first out, and each context goes to one.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await scheduler.addTasks(['a', 'b', 'c'].map((id) => context('q', id)))
  const taken = await Promise.all([1, 2, 3].map(() => scheduler.getTask('q')))
  assert.deepEqual(
    taken.map(({ id }) => id),
    ['a', 'b', 'c'],
  )
  await assert.rejects(scheduler.getTask('q', { blocking: false }), code('QUEUE_EMPTY'))
})

promise(
  'Those who wait for a task are served in the order in which they came.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    const waiting = [scheduler.getTask('q'), scheduler.getTask('q')]
    await scheduler.addTasks([context('q', 'a'), context('q', 'b')])
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ id }) => id),
      ['a', 'b'],
    )
  },
)

promise('Waiting for a task ends with its time.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q')
  const late = assert.rejects(scheduler.getTask('q', { timeout: 5 }), code('QUEUE_EMPTY'))
  await clock.advance(4.999)
  await clock.advance(0.001)
  await late
  await assert.rejects(scheduler.getTask('q', { timeout: 0 }), code('QUEUE_EMPTY'))
  await scheduler.addTask(context('q', 'a'))
  assert.equal((await scheduler.getTask('q', { timeout: 0 })).id, 'a')
})

promise('What is due when the waiting would end comes in time.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q')
  await scheduler.addTask(context('q', 'a', 5))
  const inTime = scheduler.getTask('q', { timeout: 5 })
  await clock.advance(5)
  assert.equal((await inTime).id, 'a')
})

promise('An aborted signal ends the waiting with its reason.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  const controller = new AbortController()
  const aborted = assert.rejects(scheduler.getTask('q', { signal: controller.signal }), /enough/)
  await scheduler.stats()
  controller.abort(new Error('enough'))
  await aborted
  await assert.rejects(scheduler.getTask('q', { signal: controller.signal }), /enough/)
  await scheduler.addTask(context('q', 'a'))
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['a'])
})

promise(
  'A context that comes after the signal was aborted goes back to the front, unchanged.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    const controller = new AbortController()
    const aborted = assert.rejects(scheduler.getTask('q', { signal: controller.signal }), /enough/)
    await scheduler.stats()
    const added = scheduler.addTasks([context('q', 'a'), context('q', 'b')])
    // The messages are on their way in one: the context is handed out before the withdrawal is read.
    controller.abort(new Error('enough'))
    await Promise.all([aborted, added])
    await scheduler.stats()
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a', 'b'])
    assert.equal((await scheduler.getTask('q')).attempt, 1)
  },
)

promise('By name, the context that was taken first is finished.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await scheduler.addTasks(['a', 'b'].map((id) => context('q', id)))
  await scheduler.getTask('q')
  const second = await scheduler.getTask('q')
  await scheduler.taskDone('q')
  await scheduler.taskDone(second)
  await assert.rejects(scheduler.taskDone('q'), code('TASK_NOT_TAKEN'))
  await assert.rejects(scheduler.taskDone(second), code('TASK_NOT_TAKEN'))
  assert.equal((await scheduler.stats()).queues['q']?.done, 2)
})

promise('Only what getTask gave can be finished.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  const added = context('q', 'a')
  await scheduler.addTask(added)
  await scheduler.getTask('q')
  await assert.rejects(scheduler.taskDone(added), code('CONTEXT_TYPE'))
  await assert.rejects(scheduler.taskDone({} as AnyContext), code('CONTEXT_TYPE'))
})

promise('A loop over tasks finishes each when its body ends.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await scheduler.addTasks(['a', 'b', 'c', 'd', 'e'].map((id) => context('q', id)))
  const seen: string[] = []
  for await (const { id } of scheduler.tasks('q')) {
    seen.push(id)
    const { taken, done } = (await scheduler.stats()).queues['q'] ?? {}
    assert.deepEqual([taken, done], [1, seen.length - 1])
    if (id === 'b') break
  }
  assert.equal((await scheduler.stats()).queues['q']?.done, 2)
  await assert.rejects(async () => {
    for await (const { id } of scheduler.tasks('q')) throw new Error(`failed at ${id}`)
  }, /failed at c/)
  assert.equal((await scheduler.stats()).queues['q']?.done, 3)
  const firstOf = async (): Promise<string> => {
    for await (const { id } of scheduler.tasks('q')) return id
    return ''
  }
  assert.equal(await firstOf(), 'd')
  assert.deepEqual(await queuedIds(scheduler, 'q'), ['e'])
  assert.equal((await scheduler.stats()).queues['q']?.taken, 0)
})

promise('A loop over tasks ends with its signal.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await scheduler.addTask(context('q', 'a'))
  const controller = new AbortController()
  await assert.rejects(async () => {
    for await (const { id } of scheduler.tasks('q', { signal: controller.signal })) {
      assert.equal(id, 'a')
      controller.abort(new Error('enough'))
    }
  }, /enough/)
  assert.equal((await scheduler.stats()).queues['q']?.done, 1)
})

promise('Joining waits until everything that entered is done.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q')
  await scheduler.join('q')
  await scheduler.addTasks([context('q', 'a'), context('q', 'b'), context('q', 'later', 60)])
  let joined = false
  const joining = scheduler.join('q').then(() => (joined = true))
  await scheduler.taskDone(await scheduler.getTask('q'))
  await scheduler.getTask('q')
  await scheduler.stats()
  assert.equal(joined, false)
  await scheduler.taskDone('q')
  await joining
  await clock.advance(60)
  const timedOut = assert.rejects(scheduler.join('q', { timeout: 5 }), code('TIMEOUT'))
  await clock.advance(5)
  await timedOut
  await assert.rejects(scheduler.join('q', { timeout: 0 }), code('TIMEOUT'))
})

promise(
  'Joining ends with its signal, and with the withdrawal of what was left.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'a'))
    const controller = new AbortController()
    const aborted = assert.rejects(scheduler.join('q', { signal: controller.signal }), /enough/)
    controller.abort(new Error('enough'))
    await aborted
    const joining = scheduler.join('q')
    await scheduler.cancelTask('a', { queued: true })
    await joining
  },
)

// ---- rescheduling

promise(
  'A context reschedules itself while it is worked on, with what it carries by then.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(new ScheduledTaskContext('q', 'a', null, { url: 'one' }, { id: 'a' }))
    const first = await scheduler.getTask('q')
    first.attributes['url'] = 'two'
    assert.equal(first.setLastError(new RangeError('out of it')), 1)
    assert.equal(await first.reschedule(60), 'added')
    await scheduler.taskDone(first)
    assert.deepEqual(await scheduledIds(scheduler), ['a'])
    await clock.advance(60)
    const second = await scheduler.getTask('q')
    assert.equal(second.attributes['url'], 'two')
    assert.equal(second.lastError?.message, 'out of it')
    assert.equal(second.errorCount, 1)
    assert.equal(second.setLastError(new RangeError('out of it')), 2)
    assert.equal(await second.reschedule(), 'added')
    assert.equal(await second.reschedule(5), 'added')
    assert.equal(await second.reschedule(), 'replaced')
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a', 'a'])
    assert.equal((await scheduler.getTask('q')).errorCount, 2)
  },
)

promise('A context that was never added cannot be rescheduled.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  const fresh = context('q', 'a')
  assert.equal(fresh.scheduler, null)
  await assert.rejects(fresh.reschedule(5), code('NEVER_ADDED'))
  await assert.rejects(
    scheduler.addTask(new ScheduledTaskContext('none', 'a')),
    code('QUEUE_NOT_FOUND'),
  )
  await assert.rejects(fresh.reschedule(5), code('NEVER_ADDED'))
  await scheduler.addTask(fresh)
  assert.equal(fresh.scheduler, scheduler)
  assert.equal(await fresh.reschedule(5), 'added')
})

promise(
  'Finishing takes effect after what was called before it, unawaited.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'a'))
    const taken = await scheduler.getTask('q')
    const rescheduled = taken.reschedule(60)
    const done = scheduler.taskDone(taken)
    assert.deepEqual(await scheduledIds(scheduler), ['a'])
    assert.equal(await rescheduled, 'added')
    await done
  },
)

// ---- running all, looking

promise(
  'Running all releases everything, whatever its time, in order; what finds no room is parked.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    await scheduler.addQueue('bounded', { maxSize: 1 })
    await scheduler.addTasks([
      context('q', 'b', 20),
      context('q', 'a', 10),
      context('q', 'c', { days: 400 }),
    ])
    await scheduler.addTasks([context('bounded', 'd', 5), context('bounded', 'e', 4)])
    assert.equal(await scheduler.runAll(), 4)
    assert.deepEqual(await queuedIds(scheduler, 'q'), ['a', 'b', 'c'])
    assert.deepEqual(await queuedIds(scheduler, 'bounded'), ['e'])
    const [left] = await scheduler.getScheduled()
    assert.deepEqual([left?.id, left?.parked], ['d', true])
    assert.equal(await take(scheduler, 'bounded'), 'e')
    assert.equal(await take(scheduler, 'bounded'), 'd')
  },
)

promise('What is scheduled can be listed by queue and by subject.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  await scheduler.addQueue('r')
  const about = (taskName: string, subject: string, seconds: number): ScheduledTaskContext =>
    new ScheduledTaskContext(taskName, subject, seconds, {}, { id: `${taskName} ${subject}` })
  await scheduler.addTasks([about('q', 'x', 3), about('q', 'y', 2), about('r', 'x', 1)])
  const ids = async (filter: Parameters<TaskScheduler['getScheduled']>[0]): Promise<string[]> =>
    (await scheduler.getScheduled(filter)).map(({ id }) => id)
  assert.deepEqual(await ids({}), ['r x', 'q y', 'q x'])
  assert.deepEqual(await ids({ taskName: 'q' }), ['q y', 'q x'])
  assert.deepEqual(await ids({ subject: 'x' }), ['r x', 'q x'])
  assert.deepEqual(await ids({ taskName: 'q', subject: 'x' }), ['q x'])
  assert.deepEqual(await ids({ subject: { never: 'seen' } }), [])
})

promise(
  'A taken context knows when it was due, queued and taken, and how late.',
  async ({ scheduler, clock }) => {
    await scheduler.addQueue('q')
    const now = clock.wall()
    await scheduler.addTask(context('q', 'a', 10))
    await clock.advance(12)
    await clock.advance(1)
    const taken = await scheduler.getTask('q')
    assert.deepEqual(
      [taken.dueAt, taken.queuedAt, taken.takenAt].map((date) => Number(date) - now),
      [10_000, 12_000, 13_000],
    )
    assert.equal(taken.lateness, 3)
    assert.equal(taken.schedTime, 10)
    const { lateness } = (await scheduler.stats()).queues['q'] ?? {}
    assert.deepEqual([lateness?.count, lateness?.p50, lateness?.max], [1, 3, 3])
  },
)

promise('The totals account for every context.', async ({ scheduler, clock }) => {
  await scheduler.addQueue('q', { maxSize: 2 })
  await scheduler.addTasks([1, 2, 3, 4, 5].map((n) => context('q', `${n}`, n)))
  await scheduler.addTask(context('q', '5', 50))
  await clock.advance(10)
  await scheduler.taskDone(await scheduler.getTask('q'))
  await scheduler.getTask('q')
  await scheduler.cancelTask('4', { queued: true })
  const { totals, queues } = await scheduler.stats()
  assert.deepEqual(totals, { added: 5, replaced: 1, done: 1, cancelled: 1, dropped: 0 })
  const { scheduled, parked, queued, taken } = queues['q'] ?? {}
  assert.deepEqual([scheduled, parked, queued, taken], [1, 0, 1, 1])
})

// ---- payloads

promise('What bytes can carry arrives as it was.', async ({ scheduler }) => {
  await scheduler.addQueue('q')
  const cyclic: Record<string, unknown> = { name: 'me' }
  cyclic['self'] = cyclic
  const attributes = {
    date: new Date(0),
    map: new Map<unknown, unknown>([['k', new Set([1, 2])]]),
    big: 12n,
    bytes: new Uint8Array([1, 2, 3]),
    pattern: /a+/gi,
    nothing: undefined,
    special: [Number.NaN, -0, Infinity],
    cyclic,
    error: new RangeError('no'),
  }
  await scheduler.addTask(new ScheduledTaskContext('q', 'a', null, attributes))
  const taken = await scheduler.getTask('q')
  assert.deepEqual(taken.attributes, attributes)
})

promise(
  'An attribute that cannot travel is refused, with its path, and nothing has changed.',
  async ({ scheduler }) => {
    await scheduler.addQueue('q')
    await scheduler.addTask(context('q', 'a', 60))
    const wrong = new ScheduledTaskContext(
      'q',
      'a',
      5,
      { deep: { list: [1, { call: () => 1 }] } },
      { id: 'a' },
    )
    await assert.rejects(scheduler.addTask(wrong), (error: unknown) => {
      assert.ok(error instanceof SchedulerError)
      assert.equal(error.code, 'PAYLOAD_INVALID')
      assert.equal(error.details['path'], 'attributes.deep.list[1].call')
      return true
    })
    const subject = { port: new MessageChannel().port1 }
    await assert.rejects(
      scheduler.addTask(new ScheduledTaskContext('q', subject)),
      code('PAYLOAD_INVALID'),
    )
    subject.port.close()
    assert.equal((await scheduler.getScheduled()).length, 1)
  },
)
