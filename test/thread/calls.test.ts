import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ScheduledTaskContext, stateOf } from '../../src/core/context.ts'
import { QueueFullError, SchedulerLostError } from '../../src/core/errors.ts'
import { Adding } from '../../src/thread/adding.ts'
import { ServerCalls } from '../../src/thread/calls.ts'
import { LooseTexts } from '../../src/thread/loose-texts.ts'
import type { FromServer, Request } from '../../src/thread/protocol.ts'
import { encodeError } from '../../src/thread/wire-error.ts'
import { PlayedLink, playedScheduler } from '../support/played-link.ts'

/** A client whose server is the test. */
function client(onPost?: (requests: readonly Request[]) => void) {
  const link = new PlayedLink(onPost)
  const calls = new ServerCalls(link, () => undefined)
  const adding = new Adding(calls, { now: () => 0, wall: () => 1000 }, playedScheduler)
  return {
    link,
    calls,
    adding,
    alive: link.alive,
    answer: (...messages: FromServer[]): void => link.answer(...messages),
  }
}

/** Notes what becomes of promises, in that order. */
function outcomes(promises: readonly Promise<unknown>[]): unknown[] {
  const settled: unknown[] = []
  for (const [index, promise] of promises.entries()) {
    promise.then(
      (value) => settled.push([index, value]),
      (error: Error) => settled.push([index, error.name]),
    )
  }
  return settled
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const lost = new SchedulerLostError('The thread died.')
const full = encodeError(new QueueFullError('full'))

describe('Contexts that are added one by one', () => {
  test('Each gets its own answer, in the order of the calls, other calls between them.', async () => {
    const { calls, adding, alive, answer } = client()
    const contexts = Array.from({ length: 5 }, () => new ScheduledTaskContext('work'))
    const [a, b, c, d, e] = contexts
    const promises = [
      adding.addOne(a),
      adding.addOne(b),
      adding.addOne(c),
      (async () => calls.call('runAll', []))(),
      adding.addOne(d),
      adding.addOne(e),
    ]
    const settled = outcomes(promises)
    await turn()
    answer(
      { type: 'added', id: 1, last: 1 },
      { type: 'value', id: 2, value: 'replaced' },
      { type: 'error', id: 3, error: full },
      { type: 'value', id: 4, value: 7 },
      { type: 'added', id: 5, last: 6 },
    )
    assert.equal(a?.dueAt?.getTime(), 1000)
    assert.equal(c?.dueAt, null)
    assert.equal(c?.scheduler, null)
    await turn()
    assert.deepEqual(settled, [
      [0, 'added'],
      [1, 'replaced'],
      [2, 'QueueFullError'],
      [3, 7],
      [4, 'added'],
      [5, 'added'],
    ])
    assert.deepEqual(alive, [true, false])
    assert.equal(e?.scheduler, playedScheduler)
  })

  test('One answer may be that of several messages, or of a part of one.', async () => {
    const { adding, alive, answer } = client()
    const promises = Array.from({ length: 600 }, () => adding.addOne(new ScheduledTaskContext('a')))
    const settled = outcomes(promises)
    await turn()
    answer({ type: 'added', id: 1, last: 300 })
    answer({ type: 'added', id: 301, last: 599 })
    await turn()
    answer({ type: 'error', id: 600, error: full })
    await turn()
    assert.deepEqual(
      settled.map((one) => Array.isArray(one) && one[0]),
      [...promises.keys()],
    )
    assert.deepEqual(settled.at(-1), [599, 'QueueFullError'])
    assert.deepEqual(alive, [true, false])
  })

  test('Those without an answer are rejected when there will be none, in the order of the calls.', async () => {
    const { calls, adding, answer } = client()
    const context = new ScheduledTaskContext('work')
    const promises = [
      adding.addOne(new ScheduledTaskContext('work')),
      adding.addOne(context),
      (async () => {
        await calls.call('runAll', [])
      })(),
      adding.addOne(new ScheduledTaskContext('work')),
    ]
    const settled = outcomes(promises)
    await turn()
    answer({ type: 'added', id: 1, last: 1 })
    calls.end(lost)
    promises.push(adding.addOne(context))
    await assert.rejects(promises.at(-1) ?? assert.fail(), SchedulerLostError)
    await turn()
    assert.deepEqual(settled, [
      [0, 'added'],
      [1, 'SchedulerLostError'],
      [2, 'SchedulerLostError'],
      [3, 'SchedulerLostError'],
    ])
    assert.equal(context.scheduler, null)
  })

  test('What cannot be sent is refused, and what was called beside it is not.', async () => {
    const { adding, calls, alive, answer } = client((requests) => {
      if (requests.some(({ call }) => call === 'addEach')) throw new Error('too long')
    })
    const promises = [
      (async () => calls.call('runAll', []))(),
      adding.addOne(new ScheduledTaskContext('work')),
      adding.addOne(new ScheduledTaskContext('work')),
    ]
    const settled = outcomes(promises)
    await turn()
    answer({ type: 'value', id: 1, value: 0 })
    await turn()
    assert.deepEqual(settled, [
      [1, 'PayloadError'],
      [2, 'PayloadError'],
      [0, 0],
    ])
    assert.deepEqual(alive, [true, false])
  })

  test('What cannot be put together for its message is refused, and what was called beside it is not.', async () => {
    const { link, calls, alive, answer } = client()
    const add = (id: string, loose: LooseTexts | null): Promise<unknown> => {
      const context = new ScheduledTaskContext('work', undefined, undefined, {}, { id })
      const record = { id, taskName: 'work', subjectKey: null, cargo: '{}' }
      const packed = { record, due: null, epochMs: null, dueMs: 0 }
      return calls.add(packed, stateOf(context), playedScheduler, loose)
    }
    // Texts of which there would be too many characters take half a gigabyte: this one is none.
    const loose = new LooseTexts()
    loose.add(Symbol('no text') as unknown as string, 0)
    const settled = outcomes([
      (async () => calls.call('runAll', []))(),
      add('a', loose),
      (async () => calls.call('runAll', []))(),
      add('b', null),
    ])
    await turn()
    assert.deepEqual(
      link.requests.map(({ id, call }) => [id, call]),
      [
        [1, 'runAll'],
        [3, 'runAll'],
        [4, 'addEach'],
      ],
    )
    answer(
      { type: 'value', id: 1, value: 0 },
      { type: 'value', id: 3, value: 0 },
      { type: 'added', id: 4, last: 4 },
    )
    await turn()
    assert.deepEqual(settled, [
      [1, 'TypeError'],
      [0, 0],
      [2, 0],
      [3, 'added'],
    ])
    assert.equal(alive.at(-1), false)
  })
})
