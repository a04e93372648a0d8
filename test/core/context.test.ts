import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ScheduledTaskContext, stateOf, type ContextScheduler } from '../../src/core/context.ts'
import { ContextTypeError, NeverAddedError } from '../../src/core/errors.ts'

describe('A context', () => {
  test('It carries what it was made with.', () => {
    const subject = { path: '/a' }
    const attributes = { url: 'http://ocsp.example.org' }
    const options = { id: 'one', subjectKey: 'a' }
    const context = new ScheduledTaskContext('ocsp', subject, '1h', attributes, options)
    assert.equal(context.taskName, 'ocsp')
    assert.equal(context.subject, subject)
    assert.equal(context.schedTime, '1h')
    assert.equal(context.attributes, attributes)
    assert.equal(context.id, 'one')
    assert.equal(context.subjectKey, 'a')
  })

  test('What is left out is nothing, and attributes of its own.', () => {
    const context = new ScheduledTaskContext('ocsp')
    assert.equal(context.subject, undefined)
    assert.equal(context.schedTime, undefined)
    assert.equal(context.subjectKey, undefined)
    assert.deepEqual(context.attributes, {})
    assert.notEqual(context.attributes, new ScheduledTaskContext('ocsp').attributes)
  })

  test('Before it is added, nothing is known of times, errors or a scheduler.', () => {
    const context = new ScheduledTaskContext('ocsp')
    assert.equal(context.scheduler, null)
    assert.equal(context.attempt, 1)
    assert.equal(context.dueAt, null)
    assert.equal(context.queuedAt, null)
    assert.equal(context.takenAt, null)
    assert.equal(context.lateness, 0)
    assert.equal(context.lastError, null)
    assert.equal(context.errorCount, 0)
  })

  test('Every one has an id of its own, unless one is given.', () => {
    const ids = Array.from({ length: 1000 }, () => new ScheduledTaskContext('ocsp').id)
    assert.equal(new Set(ids).size, 1000)
    for (const id of ids) assert.match(id, /^\S+$/)
  })

  test('Attributes may have any name, also those of the context itself.', () => {
    const attributes = { id: 1, taskName: 2, scheduler: 3, reschedule: 4 }
    const context = new ScheduledTaskContext('ocsp', null, null, attributes)
    assert.equal(context.taskName, 'ocsp')
    assert.equal(context.scheduler, null)
    assert.equal(typeof context.reschedule, 'function')
    assert.deepEqual(context.attributes, attributes)
  })

  test('A part that is not what it should be is a ContextTypeError that names it.', () => {
    const make = (...parts: unknown[]): unknown => Reflect.construct(ScheduledTaskContext, parts)
    const refused = (what: string, ...parts: unknown[]): void => {
      assert.throws(
        () => make(...parts),
        (error) => {
          assert.ok(error instanceof ContextTypeError)
          assert.match(error.message, new RegExp(`^Expected a context's ${what} to be `))
          return true
        },
      )
    }
    for (const taskName of ['', undefined, null, 5, {}, ['ocsp'], Symbol('ocsp')])
      refused('taskName', taskName)
    for (const attributes of [null, 5, 'url', true, () => undefined])
      refused('attributes', 'ocsp', 's', 1, attributes)
    for (const id of ['', 5, null, {}]) refused('id', 'ocsp', 's', 1, {}, { id })
    for (const subjectKey of [5, null, {}])
      refused('subjectKey', 'ocsp', 's', 1, {}, { subjectKey })
  })

  test('It is recognised, and so is one of a subclass; nothing else is.', () => {
    class Renewal extends ScheduledTaskContext {}
    const context = new ScheduledTaskContext('ocsp')
    assert.equal(ScheduledTaskContext.isContext(context), true)
    assert.equal(ScheduledTaskContext.isContext(new Renewal('ocsp')), true)
    for (const other of [
      null,
      undefined,
      'ocsp',
      {},
      Object.fromEntries(Object.entries(context)),
      Object.create(ScheduledTaskContext.prototype),
      Object.create(context),
      structuredClone(context),
      new Proxy(context, {}),
      ScheduledTaskContext,
    ]) {
      assert.equal(ScheduledTaskContext.isContext(other), false)
    }
  })

  test('Logs show it by its queue and subject, and an object only as one.', () => {
    const text = (subject: unknown): string => String(new ScheduledTaskContext('ocsp', subject))
    assert.equal(text('/a.pem'), '<ScheduledTaskContext ocsp: /a.pem>')
    assert.equal(text(5n), '<ScheduledTaskContext ocsp: 5>')
    assert.equal(text(undefined), '<ScheduledTaskContext ocsp: undefined>')
    assert.equal(text({ secret: 1 }), '<ScheduledTaskContext ocsp: an object>')
    assert.equal(text(Symbol('s')), '<ScheduledTaskContext ocsp: Symbol(s)>')
  })
})

describe('reschedule', () => {
  test('It is an error for a context that no scheduler ever took.', async () => {
    const context = new ScheduledTaskContext('ocsp', 's', 60)
    await assert.rejects(context.reschedule(5), NeverAddedError)
    assert.equal(context.schedTime, 60)
  })

  test('It adds the context again to the scheduler that took it, at the new time.', async () => {
    const context = new ScheduledTaskContext('ocsp', 's', 60)
    const added: unknown[] = []
    const scheduler: ContextScheduler = {
      addTask: async (again) => {
        added.push(again, again.schedTime)
        return 'replaced'
      },
      cancelTask: () => assert.fail(),
      cancelBySubject: () => assert.fail(),
    }
    stateOf(context).scheduler = scheduler
    assert.equal(context.scheduler, scheduler)
    assert.equal(await context.reschedule('1h'), 'replaced')
    assert.equal(await context.reschedule(), 'replaced')
    assert.deepEqual(added, [context, '1h', context, undefined])
  })
})

describe('setLastError', () => {
  test('It counts how often in a row the error was the same, which stapled never reset.', () => {
    const context = new ScheduledTaskContext('ocsp')
    const counts = ['E1', 'E1', 'E2', 'E3', 'E3', 'E3', 'E1'].map((message) =>
      context.setLastError(new Error(message)),
    )
    assert.deepEqual(counts, [1, 2, 1, 1, 2, 3, 1])
    assert.equal(context.errorCount, 1)
  })

  test('It keeps the error that came last, also when an equal one was there.', () => {
    const context = new ScheduledTaskContext('ocsp')
    const first = new Error('x')
    const second = new Error('x')
    context.setLastError(first)
    assert.equal(context.setLastError(second), 2)
    assert.equal(context.lastError, second)
  })

  test('Errors are the same when class, code and message are.', () => {
    class Late extends Error {}
    const make = {
      error: () => new Error('x'),
      'another message': () => new Error('y'),
      'another class': () => new TypeError('x'),
      'an own class': () => new Late('x'),
      'a code': () => Object.assign(new Error('x'), { code: 'E' }),
      'another code': () => Object.assign(new Error('x'), { code: 'F' }),
      'a number as code': () => Object.assign(new Error('x'), { code: 5 }),
      'that number as text': () => Object.assign(new Error('x'), { code: '5' }),
      'a message that looks like class and code': () => new Error('["Error","E","x"]'),
    }
    const context = new ScheduledTaskContext('ocsp')
    for (const [what, makeError] of Object.entries(make)) {
      assert.equal(context.setLastError(makeError()), 1, what)
      assert.equal(context.setLastError(makeError()), 2, what)
    }
  })

  test('Stack, name and other properties do not matter.', () => {
    const context = new ScheduledTaskContext('ocsp')
    context.setLastError(Object.assign(new Error('x'), { name: 'Odd', stack: 'none', at: 1 }))
    assert.equal(context.setLastError(new Error('x')), 2)
  })

  test('What is thrown without being an Error becomes one.', () => {
    const context = new ScheduledTaskContext('ocsp')
    const thrown = ['text', 5, null, undefined, Symbol('s'), {}, Object.create(null) as unknown]
    for (const value of thrown) {
      assert.equal(context.setLastError(value), 1)
      assert.ok(context.lastError instanceof Error)
      assert.equal(context.setLastError(value), 2)
    }
  })

  test('Neither a code nor a message of an odd kind does harm.', () => {
    for (const odd of [Symbol('s'), Object.create(null) as unknown, { toString: 1 }, 5n, [[]]]) {
      const context = new ScheduledTaskContext('ocsp')
      const make = (): Error => Object.assign(new Error('x'), { code: odd, message: odd })
      assert.equal(context.setLastError(make()), 1)
      assert.equal(context.setLastError(make()), 2)
    }
  })
})
