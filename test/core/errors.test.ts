import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as errors from '../../src/core/errors.ts'

const { errorCodes, errorOfCode, QueueError, SchedulerError, shown, textOf } = errors

/** Every class of the module, by name. */
const classes = new Map(
  Object.entries(errors).filter(
    (entry): entry is [string, typeof SchedulerError] =>
      typeof entry[1] === 'function' &&
      Object.hasOwn(entry[1], 'prototype') &&
      /^[A-Z]\w*Error$/.test(entry[0]),
  ),
)

describe('The errors', () => {
  test('Every class has a code, and every code a class.', () => {
    assert.deepEqual(new Set(errorCodes.values()), new Set(classes.keys()))
  })

  test('Each is known by its class, its name and its code, and is an Error.', () => {
    for (const [name, ErrorClass] of classes) {
      const error = new ErrorClass('what happened')
      assert.ok(error instanceof SchedulerError && error instanceof Error)
      assert.equal(error.name, name)
      assert.equal(error.message, 'what happened')
      assert.equal(errorCodes.get(error.code), name)
      assert.equal(String(error), `${name}: what happened`)
      assert.match(error.stack ?? '', new RegExp(`^${name}: what happened\n`))
      assert.deepEqual(error.details, {})
      assert.equal('cause' in error, false)
      assert.deepEqual(Object.keys(error).sort(), ['code', 'details'])
    }
  })

  test('The code is stable: the first of its class, unless another is given.', () => {
    assert.equal(new QueueError('x').code, 'QUEUE_NOT_FOUND')
    assert.equal(new QueueError('x', { code: 'QUEUE_EXISTS' }).code, 'QUEUE_EXISTS')
    assert.equal(new SchedulerError('x').code, 'SCHEDULER_ERROR')
  })

  test('The codes are those that programs compare with.', () => {
    assert.deepEqual(Object.fromEntries(errorCodes), {
      SCHEDULER_ERROR: 'SchedulerError',
      QUEUE_NOT_FOUND: 'QueueError',
      QUEUE_EXISTS: 'QueueError',
      QUEUE_NAME_INVALID: 'QueueError',
      QUEUE_FULL: 'QueueFullError',
      QUEUE_EMPTY: 'QueueEmptyError',
      TASK_NOT_TAKEN: 'TaskDoneError',
      NEVER_ADDED: 'NeverAddedError',
      CONTEXT_TYPE: 'ContextTypeError',
      DURATION_INVALID: 'DurationError',
      PAYLOAD_INVALID: 'PayloadError',
      SCHEDULER_STOPPED: 'SchedulerStoppedError',
      SCHEDULER_LOST: 'SchedulerLostError',
      TIMEOUT: 'TimeoutError',
      OPTION_INVALID: 'OptionsError',
      OPTION_UNSUPPORTED: 'OptionsError',
      TRIGGER_INVALID: 'TriggerError',
      TRIGGER_NEVER_FIRES: 'TriggerError',
      JOB_NOT_FOUND: 'JobLookupError',
      JOB_EXISTS: 'ConflictingIdError',
      SCHEDULER_RUNNING: 'SchedulerRunningError',
    })
  })

  test('Details and cause are kept.', () => {
    const cause = new TypeError('why')
    const error = new QueueError('x', { details: { taskName: 'a' }, cause })
    assert.deepEqual(error.details, { taskName: 'a' })
    assert.equal(error.cause, cause)
  })

  test('A code alone gives an error of its class.', () => {
    for (const [code, name] of errorCodes) {
      const error = errorOfCode(code, 'what happened', { details: { a: 1 } })
      assert.equal(error.constructor, classes.get(name))
      assert.equal(error.code, code)
      assert.deepEqual(error.details, { a: 1 })
    }
  })

  test('A code that is unknown gives a SchedulerError that has it, also one that every object inherits.', () => {
    for (const code of ['FROM_THE_FUTURE', 'constructor', '__proto__', '']) {
      const error = errorOfCode(code, 'x', {})
      assert.equal(error.constructor, SchedulerError)
      assert.equal(error.code, code)
    }
  })
})

describe('SchedulerError.from', () => {
  test('It leaves an error of ours as it is.', () => {
    const error = new QueueError('x')
    assert.equal(SchedulerError.from(error), error)
  })

  test('It makes anything else the cause of a SchedulerError.', () => {
    const cause = new TypeError('why')
    const error = SchedulerError.from(cause)
    assert.equal(error.constructor, SchedulerError)
    assert.equal(error.code, 'SCHEDULER_ERROR')
    assert.equal(error.message, 'Unexpected: why')
    assert.equal(error.cause, cause)
  })

  test('It takes whatever can be thrown.', () => {
    for (const thrown of ['text', 5, 5n, null, undefined, Symbol('s'), {}, Object.create(null)]) {
      const error = SchedulerError.from(thrown)
      assert.match(error.message, /^Unexpected: /)
      assert.equal(error.cause, thrown)
    }
  })
})

describe('A value in a message', () => {
  test('It is shown with its type where that is not plain to see.', () => {
    assert.equal(shown('soon'), "'soon'")
    assert.equal(shown(5), '5 (number)')
    assert.equal(shown(5n), '5 (bigint)')
    assert.equal(shown(null), 'null (object)')
    assert.equal(shown(undefined), 'undefined (undefined)')
    assert.equal(shown(Symbol('s')), 'Symbol(s) (symbol)')
    assert.equal(shown([1, 2]), 'an array of 2')
    assert.equal(shown({}), 'an object')
    assert.equal(
      shown(() => 1),
      'a function',
    )
  })

  test('It is short and on one line.', () => {
    for (const value of [
      'x'.repeat(1000),
      'a\nb\r\nc\u2028d',
      10n ** 1000n,
      Symbol('x\n'.repeat(99)),
    ]) {
      const text = shown(value)
      assert.ok(text.length < 80, text)
      assert.doesNotMatch(text, /[\n\r\u2028]/)
    }
    assert.equal(shown('x'.repeat(60)), `'${'x'.repeat(60)}'`)
    assert.equal(shown('x'.repeat(61)), `'${'x'.repeat(57)}...' (a string)`)
  })

  test('None of its code is called.', () => {
    const hostile = {
      toString: () => assert.fail('toString was called'),
      [Symbol.toPrimitive]: () => assert.fail('toPrimitive was called'),
    }
    assert.equal(shown(hostile), 'an object')
  })
})

describe('What was thrown, as text', () => {
  test('It is what String makes of it.', () => {
    assert.equal(textOf('text'), 'text')
    assert.equal(textOf(undefined), 'undefined')
    assert.equal(textOf(Symbol('s')), 'Symbol(s)')
    assert.equal(textOf(new TypeError('x')), 'TypeError: x')
  })

  test('Where String makes nothing of it, it is still a text.', () => {
    assert.equal(textOf(Object.create(null)), 'an object')
    assert.equal(
      textOf({
        toString: () => {
          throw new Error('no')
        },
      }),
      'an object',
    )
  })
})
