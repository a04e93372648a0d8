import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DateTrigger, ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import type { EventName, SchedulerEvents } from '../../src/core/events.ts'
import { AlikeJson } from '../../src/thread/alike-json.ts'
import { AttributesAhead } from '../../src/thread/attributes-ahead.ts'
import { packRecord } from '../../src/thread/cargo.ts'
import { cargoAt, TextsBuilder, type Texts } from '../../src/thread/texts.ts'
import { Ledger } from '../support/ledger.ts'
import { fixture, startOwnThread } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

const timeout = 300_000

/** Contexts as they travel, with those attributes. */
function packed(attributes: readonly object[]): Texts {
  const texts = new TextsBuilder()
  for (const [index, one] of attributes.entries()) {
    const { id, subjectKey, cargo } = packRecord(
      new ScheduledTaskContext('work', index, undefined, one as Record<string, unknown>),
    )
    texts.push(id, subjectKey, cargo as string)
  }
  return texts.build()
}

/** Unpacks those of the places that are wanted, in order. */
function unpacked(texts: Texts, wanted: (index: number) => boolean = () => true): object[] {
  const ahead = new AttributesAhead(texts, new AlikeJson())
  const all: object[] = []
  let start = 0
  for (let index = 0; index * 3 < texts.ends.length; index++) {
    start = (texts.ends[index * 3 + 2] ?? 0) - cargoAt(texts, index).length
    if (wanted(index)) all.push(ahead.unpack(index, start))
  }
  return all
}

test('Attributes of any kind and length, parsed together or not, are what they were.', () => {
  const attributes = fc.oneof(
    fc.record(
      { url: fc.string({ unit: 'binary' }), ok: fc.boolean(), n: fc.integer() },
      { noNullPrototype: true },
    ),
    fc.constant({}),
    fc.constant([]),
    fc.array(fc.jsonValue(), { maxLength: 3 }),
    fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3, noNullPrototype: true }),
    fc.integer({ min: 0, max: 1200 }).map((length) => ({ text: 'x'.repeat(length) })),
    fc.date({ noInvalidDate: true }).map((at) => ({ at, set: new Set([at.getTime()]) })),
    fc.constant({ ['__proto__']: 1, constructor: null }),
  )
  fc.assert(
    fc.property(fc.array(attributes, { maxLength: 40 }), fc.nat(7), (all, skipped) => {
      const wanted = (index: number): boolean => index % 8 !== skipped
      const texts = packed(all)
      assert.deepEqual(unpacked(texts), all)
      assert.deepEqual(
        unpacked(texts, wanted),
        all.filter((_, index) => wanted(index)),
      )
    }),
  )
})

test('Each context has attributes of its own, also those that are alike.', () => {
  const all = unpacked(packed(Array.from({ length: 50 }, () => ({ list: [1] }))))
  assert.equal(new Set(all).size, 50)
  assert.equal(new Set(all.map((one) => (one as { list: object }).list)).size, 50)
})

test('What cannot be parsed keeps nobody behind it from being parsed.', () => {
  const texts = new TextsBuilder()
  const cargos = ['{"n":0}', '{"n":1', '{"n":2}', '{"n":3}', '{"n":4}', '{"n":5}']
  for (const [index, cargo] of cargos.entries()) texts.push(`${index}`, null, cargo)
  const built = texts.build()
  assert.throws(() => unpacked(built), SyntaxError)
  assert.deepEqual(
    unpacked(built, (index) => index !== 1),
    [0, 2, 3, 4, 5].map((n) => ({ n })),
  )
})

function isPoisoned(task: number): boolean {
  return task % 5 === 3
}

for (const loop of ['', 'tasks', 'getTask', 'getTaskSync'] as const) {
  const who = loop === '' ? 'a consumer' : `a loop of ${loop}()`
  test(
    `What a thread cannot unpack is logged and done, and ${who} goes on.`,
    { timeout },
    async () => {
      const ledger = Ledger.bequeath(1000)
      const logger = new RecordingLogger()
      const scheduler = await new SchedulerThread({ queues: ['work'], logger }).start()
      const all = Array.from({ length: 200 }, (_, task) => task)
      await scheduler.addTasks(
        all.map((task) => {
          const attributes = { task, ...(isPoisoned(task) ? { poison: true } : {}) }
          return new ScheduledTaskContext('work', task, undefined, attributes, { id: `${task}` })
        }),
      )
      if (loop === '') await scheduler.startWorkers(fixture('fears-poison'), { threads: 1 })
      else startOwnThread(scheduler, 'fears-poison', { workerData: { loop } })
      await scheduler.join('work')
      const { totals } = await scheduler.stats()
      assert.equal(totals.done, 200)
      assert.deepEqual(
        ledger.of('finished').map(({ task, value }) => [task, value]),
        all.filter((task) => !isPoisoned(task)).map((task) => [task, 1]),
      )
      const errors = logger.entries.filter(({ level }) => level === 'error')
      assert.deepEqual(
        errors.map(({ message, details: { id, error } }) => [
          message,
          id,
          (error as Error).message,
        ]),
        all
          .filter(isPoisoned)
          .map((task) => [
            "A context of 'work' could not be unpacked.",
            `${task}`,
            'Too much poison.',
          ]),
      )
      await scheduler.stop()
    },
  )
}

test('A run whose attributes cannot be unpacked is a run that failed.', { timeout }, async () => {
  Ledger.bequeath(10)
  const logger = new RecordingLogger()
  await using scheduler = await new SchedulerThread({ queues: ['work'], logger }).start()
  await scheduler.startWorkers(fixture('fears-poison'), { threads: 1 })
  const failed = once(scheduler, 'jobError')
  const attributes = { poison: true }
  await scheduler.addJob({
    id: 'bad',
    taskName: 'work',
    attributes,
    trigger: new DateTrigger(0),
  })
  const { jobId, error } = await failed
  assert.deepEqual([jobId, error.name], ['bad', 'RangeError'])
})

function once<Name extends EventName>(
  scheduler: SchedulerThread,
  name: Name,
): Promise<SchedulerEvents[Name]> {
  return new Promise((resolve) => scheduler.on(name, resolve))
}
