import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import { PayloadError } from '../../src/core/errors.ts'
import { packContext } from '../../src/thread/cargo.ts'
import { InlineScheduler } from '../../src/testing.ts'
import { LooseTexts } from '../../src/thread/loose-texts.ts'
import { TaskBatch, tasksOf } from '../../src/thread/wire-tasks.ts'

const clock = { now: () => 0, wall: () => 0 }

describe('A getter in the attributes of a context', () => {
  test('It may add contexts itself, and each arrives with what it carried.', async () => {
    const scheduler = new InlineScheduler({ queues: ['queue'] })
    const added: Promise<unknown>[] = []
    const carrying = (name: string): object => ({
      before: `${name} "before"`,
      get inner(): string {
        const inner = new ScheduledTaskContext('queue', 'inner', null, { of: `${name} "inner"` })
        added.push(scheduler.addTask(inner), scheduler.addTasks([inner]))
        return `${name} "value"`
      },
      after: `${name} after`,
    })
    const outer = (name: string): ScheduledTaskContext<string, object> =>
      new ScheduledTaskContext('queue', name, null, carrying(name))
    added.push(scheduler.addTask(outer('one')), scheduler.addTask(outer('two')))
    added.push(scheduler.addTasks([outer('three'), outer('four')]))
    await Promise.all(added)
    const arrived: Record<string, number> = {}
    for (let left = 12; left > 0; left--) {
      const context = await scheduler.getTask('queue', { blocking: false })
      const text = JSON.stringify(context.attributes)
      arrived[text] = (arrived[text] ?? 0) + 1
      await scheduler.taskDone(context)
    }
    const expected: Record<string, number> = {}
    for (const name of ['one', 'two', 'three', 'four']) {
      expected[JSON.stringify({ of: `${name} "inner"` })] = 2
      const [before, inner, after] = [`${name} "before"`, `${name} "value"`, `${name} after`]
      expected[JSON.stringify({ before, inner, after })] = 1
    }
    assert.deepEqual(arrived, expected)
    await scheduler.stop()
  })

  test('One that throws takes nothing of the contexts beside it.', async () => {
    const scheduler = new InlineScheduler({ queues: ['queue'] })
    const throwing = {
      text: 'never "seen"',
      get bad(): unknown {
        throw new TypeError('no')
      },
    }
    const good = { text: 'good "text"' }
    const make = (carried: object): ScheduledTaskContext<string, object> =>
      new ScheduledTaskContext('queue', undefined, null, carried)
    const first = scheduler.addTask(make(good))
    await assert.rejects(
      Promise.all([first, scheduler.addTask(make(throwing)), scheduler.addTask(make(good))]),
      PayloadError,
    )
    await assert.rejects(scheduler.addTasks([make(good), make(throwing)]), PayloadError)
    await scheduler.addTasks([make(good)])
    for (let left = 3; left > 0; left--) {
      const context = await scheduler.getTask('queue', { blocking: false })
      assert.deepEqual(context.attributes, good)
      await scheduler.taskDone(context)
    }
    assert.equal(await scheduler.isEmptyQueue('queue'), true)
    await scheduler.stop()
  })
})

describe('Texts that are looked at together', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 70 }),
    fc.constantFrom('', 'plain', '"', '\\', 'a\n', '\ud83d', '\ude00', '\ud83d\ude00', '\u20ac'),
  )
  const part = fc.oneof(text, text, fc.integer(), fc.constantFrom(null, true, undefined, -0))
  const attributes = fc.oneof(
    fc.dictionary(fc.oneof(text, fc.constantFrom('a', 'b')), part, { maxKeys: 10 }),
    fc.record({ first: text, list: fc.array(part, { maxLength: 2 }), last: text }),
  )
  const subject = fc.oneof(text, fc.constantFrom<unknown>(undefined, null, 5, -0, true, 5n, {}))
  const context = fc
    .tuple(text, subject, attributes)
    .map(
      ([id, about, carried]) =>
        new ScheduledTaskContext('queue', about, null, carried as object, id ? { id } : {}),
    )

  test('Of a context with a time, and of one with a very long subject, none is left to be looked at.', () => {
    const loose = new LooseTexts()
    loose.begin()
    const carried = { text: '"' }
    const timed = new ScheduledTaskContext('queue', 'x', 5, carried)
    const long = new ScheduledTaskContext('queue', 'x'.repeat(100_000), null, carried)
    for (const one of [timed, long]) {
      packContext(one, clock, loose)
      assert.equal(loose.count, 0)
    }
    packContext(new ScheduledTaskContext('queue', 'x', null, carried), clock, loose)
    assert.equal(loose.count, 1)
  })

  test('Of one with much else before its attributes none is left, either.', () => {
    const loose = new LooseTexts()
    loose.begin()
    for (const [length, count] of [
      [10, 1],
      [1 << 16, 0],
    ] as const) {
      const one = new ScheduledTaskContext('queue', 'x', null, { text: '"' })
      const error = new Error('x'.repeat(length))
      delete error.stack
      one.setLastError(error)
      const { cargo } = packContext(one, clock, loose).record
      assert.equal(loose.count, count)
      assert.ok((cargo as string).endsWith(count === 1 ? '{"text":"""}' : '{"text":"\\""}'))
    }
  })

  test('They have one user at a time.', () => {
    const loose = new LooseTexts()
    assert.equal(loose.begin(), loose)
    assert.equal(loose.begin(), null)
    loose.end()
    assert.equal(loose.begin(), loose)
  })

  test('Nothing of them is kept.', () => {
    const loose = new LooseTexts()
    loose.begin()
    packContext(new ScheduledTaskContext('queue', 'x', null, { a: 'one', b: 'two' }), clock, loose)
    packContext(new ScheduledTaskContext('queue', 'x', null, { a: 'three' }), clock, loose)
    loose.end()
    assert.equal(loose.texts.join(''), '')
  })

  // The last one: it uses up the names that are remembered.
  test('Contexts travel as they do when each is looked at by itself.', () => {
    fc.assert(
      fc.property(fc.array(context, { maxLength: 20 }), (contexts) => {
        const loose = new LooseTexts().begin()
        const batch = new TaskBatch(false)
        for (const one of contexts) batch.push(packContext(one, clock, loose), loose)
        const arrived = tasksOf(structuredClone(batch.wire()))
        const expected = contexts.map((one) => packContext(one, clock).record)
        for (const [index, { record }] of arrived.entries()) {
          const { id, subjectKey, cargo } = record
          assert.deepEqual({ id, taskName: record.taskName, subjectKey, cargo }, expected[index])
        }
        assert.equal(arrived.length, contexts.length)
      }),
      { numRuns: 1000 },
    )
  })
})
