import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ScheduledTaskContext, stateOf } from '../../src/core/context.ts'
import {
  errorCodes,
  errorOfCode,
  QueueError,
  QueueFullError,
  SchedulerError,
} from '../../src/core/errors.ts'
import { decodeError, encodeError } from '../../src/thread/wire-error.ts'

/** An error as it arrives in another thread. */
function travel(thrown: unknown): Error {
  return decodeError(structuredClone(encodeError(thrown)))
}

function causesOf(error: Error): unknown[] {
  const causes: unknown[] = []
  for (let { cause } = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : 0)
    causes.push(cause)
  return causes
}

/** A context in another thread, with its errors as they were here. */
function contextInAnotherThread(context: ScheduledTaskContext): ScheduledTaskContext {
  const copy = new ScheduledTaskContext(context.taskName)
  const state = stateOf(copy)
  state.lastError = context.lastError === null ? null : travel(context.lastError)
  state.errorCount = context.errorCount
  return copy
}

describe('An error of ours', () => {
  test('It comes back as its own class, with code, message, details and stack.', () => {
    for (const [code, className] of errorCodes) {
      const error = errorOfCode(code, 'what happened', { details: { taskName: 'a', list: [1] } })
      const arrived = travel(error)
      assert.equal(arrived.constructor, error.constructor)
      assert.ok(arrived instanceof SchedulerError)
      assert.equal(arrived.name, className)
      assert.equal(arrived.code, code)
      assert.equal(arrived.message, 'what happened')
      assert.deepEqual(arrived.details, { taskName: 'a', list: [1] })
      assert.equal(arrived.stack, error.stack)
      assert.equal(String(arrived), String(error))
      assert.equal('cause' in arrived, false)
    }
  })

  test('One with a code of a later version is a SchedulerError with that code.', () => {
    const arrived = travel(new SchedulerError('x', { code: 'FROM_THE_FUTURE' }))
    assert.equal(arrived.constructor, SchedulerError)
    assert.equal(Reflect.get(arrived, 'code'), 'FROM_THE_FUTURE')
  })

  test('It comes with the chain of its causes, each as what it is.', () => {
    const error = new QueueFullError('full', {
      cause: new QueueError('gone', {
        cause: Object.assign(new TypeError('why', { cause: 'no reason' }), { code: 'E_WHY' }),
      }),
    })
    const [gone, why, reason] = causesOf(travel(error))
    assert.ok(gone instanceof QueueError)
    assert.ok(why instanceof Error)
    assert.equal(why.name, 'TypeError')
    assert.equal(Reflect.get(why, 'code'), 'E_WHY')
    assert.ok(reason instanceof Error)
    assert.equal(reason.message, 'no reason')
  })
})

describe('Any other error', () => {
  test('It comes back as an Error with its name, message, code and stack.', () => {
    class Late extends Error {
      override readonly name = 'LateError'
      readonly code = 'E_LATE'
    }
    const error = new Late('too late')
    const arrived = travel(error)
    assert.equal(arrived.constructor, Error)
    assert.equal(arrived.name, 'LateError')
    assert.equal(arrived.message, 'too late')
    assert.equal(Reflect.get(arrived, 'code'), 'E_LATE')
    assert.equal(arrived.stack, error.stack)
  })

  test('One without a code has none afterwards, and a code that is a number stays one.', () => {
    assert.equal('code' in travel(new Error('x')), false)
    const arrived = travel(Object.assign(new Error('x'), { code: 5 }))
    assert.equal(Reflect.get(arrived, 'code'), 5)
  })

  test('One that looks like ours is not taken for it.', () => {
    const error = Object.assign(new Error('x'), { code: 'QUEUE_FULL', details: { a: 1 } })
    assert.equal(travel(error).constructor, Error)
  })

  test('What is thrown without being an Error becomes one.', () => {
    for (const [thrown, message] of [
      ['text', 'text'],
      [5, '5'],
      [null, 'null'],
      [undefined, 'undefined'],
      [Symbol('s'), 'Symbol(s)'],
      [Object.create(null), 'an object'],
    ] as const) {
      assert.equal(travel(thrown).message, message)
    }
  })

  test('Whatever a library puts into its errors, the error travels.', () => {
    const odd: readonly unknown[] = [
      Symbol('s'),
      () => 1,
      { toString: () => assert.fail('no') },
      Object.create(null),
      [() => 1],
      5n,
      undefined,
      null,
    ]
    for (const part of ['name', 'message', 'code', 'stack', 'cause']) {
      for (const value of odd) {
        const error = Object.defineProperty(new Error('x'), part, { value })
        assert.equal(typeof travel(error).message, 'string')
      }
    }
    const throwing = Object.defineProperty(new Error('x'), 'message', {
      value: { toString: () => assert.fail('no') },
    })
    assert.equal(travel(throwing).message, 'an object')
  })

  test('Anything at all that is thrown arrives as an Error with a text as message.', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        const arrived = travel(thrown)
        assert.ok(arrived instanceof Error)
        assert.equal(typeof arrived.message, 'string')
      }),
    )
  })
})

describe('Causes', () => {
  test('An error that is its own cause comes to an end.', () => {
    const error = new QueueError('x')
    error.cause = error
    const causes = causesOf(travel(error))
    assert.ok(causes.length > 1 && causes.length < 20)
    for (const cause of causes) assert.ok(cause instanceof QueueError)
  })

  test('Two errors that are each the cause of the other come to an end.', () => {
    const first = new Error('first')
    const second = new Error('second', { cause: first })
    first.cause = second
    const [cause] = causesOf(travel(first))
    assert.equal((cause as Error).message, 'second')
  })

  test('Of a hundred thousand causes the first few travel.', () => {
    let error = new Error('the last')
    for (let count = 0; count < 100_000; count++) error = new Error(`${count}`, { cause: error })
    const causes = causesOf(travel(error))
    assert.ok(causes.length > 1 && causes.length < 20)
    assert.equal((causes[0] as Error).message, '99998')
  })
})

describe('Counting the same error', () => {
  class Late extends Error {}
  class OwnQueueError extends QueueError {}

  const makers: Readonly<Record<string, () => unknown>> = {
    'an Error': () => new Error('x'),
    'a builtin class': () => new TypeError('x'),
    'an own class': () => new Late('x'),
    'a class without a name': () => new (class extends Error {})('x'),
    'a code': () => Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    'a number as code': () => Object.assign(new Error('x'), { code: 5 }),
    'an object as code': () => Object.assign(new Error('x'), { code: { a: 1 } }),
    'true as code': () => Object.assign(new Error('x'), { code: true }),
    'an own name': () => Object.assign(new Error('x'), { name: 'Odd' }),
    'an error of ours': () => new QueueFullError('x'),
    'an error of ours with another of its codes': () =>
      new QueueError('x', { code: 'QUEUE_EXISTS' }),
    'a subclass of one of ours': () => new OwnQueueError('x'),
    'a DOMException': () => new DOMException('x', 'AbortError'),
    'no error': () => 'x',
    'an object as message': () => Object.assign(new Error('x'), { message: { a: 1 } }),
  }

  test('It goes on in every other thread, as often as the context travels.', () => {
    for (const [what, make] of Object.entries(makers)) {
      let context = new ScheduledTaskContext<string>('ocsp')
      for (let count = 1; count <= 4; count++) {
        assert.equal(context.setLastError(make()), count, what)
        context = contextInAnotherThread(context)
        assert.equal(context.errorCount, count)
      }
      assert.equal(context.setLastError(new Error('another')), 1)
    }
  })

  test('No two different ones are taken for the same, here or there.', () => {
    for (const [first, makeFirst] of Object.entries(makers)) {
      for (const [second, makeSecond] of Object.entries(makers)) {
        const here = new ScheduledTaskContext('ocsp')
        here.setLastError(makeFirst())
        const there = contextInAnotherThread(here)
        const countHere = here.setLastError(makeSecond())
        assert.equal(there.setLastError(makeSecond()), countHere, `${first}, then ${second}`)
      }
    }
  })
})
