import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import fc from 'fast-check'
import { TaskBlocks } from '../../src/core/task-blocks.ts'
import type { NewTask } from '../../src/core/task-record.ts'
import { Timetable, type ScheduledEntry } from '../../src/core/timetable.ts'
import { CargoText } from '../../src/thread/cargo-text.ts'
import { timedRunOf } from '../support/timed-run.ts'

const offsetMs = 1000

function newTimetable(): Timetable {
  const timetable = new Timetable(() => new CargoText())
  timetable.followWall(offsetMs)
  return timetable
}

/** One by one, in place of what there is. */
function addEach(timetable: Timetable, tasks: readonly NewTask[]): number[] {
  const replaced: number[] = []
  for (const [index, task] of tasks.entries()) {
    if (timetable.removeId(task.record.id)) replaced.push(index)
    timetable.add(task, offsetMs)
  }
  return replaced
}

/** Everything that can be seen. */
function seen(timetable: Timetable): unknown {
  const entries: readonly ScheduledEntry[] = timetable.entries()
  const keys = new Set(entries.map(({ record }) => record.subjectKey ?? ''))
  return {
    entries,
    sizes: timetable.indexSizes,
    absolute: timetable.indexSizes.absolute,
    nextDue: timetable.nextDue(),
    bySubject: [...keys].map((key) => timetable.ofSubject(key).map((task) => timetable.idOf(task))),
    byId: entries.map(({ record }) => timetable.idOf(timetable.get(record.id))),
  }
}

const narrow = fc.string({
  unit: fc.nat(255).map((code) => String.fromCharCode(code)),
  maxLength: 40,
})
const prefixes = ['0123abcd-4567', '0123abcd-4568', 'ffffffff-ffff']
const generated = fc
  .tuple(fc.constantFrom(...prefixes), fc.oneof(fc.nat(40), fc.constantFrom(0xffffffff, 2 ** 32)))
  .map(([prefix, count]) => `${prefix}-${count.toString(36)}`)
const id = fc.oneof(
  generated,
  generated,
  narrow,
  fc.constantFrom('x'.repeat(3000), '0123abcd-4567-01'),
)
const subjectKey = fc.oneof(
  fc.constantFrom(null, '', 'string:x', 'string:y', 'z'.repeat(2028), 'z'.repeat(2029)),
  narrow,
)
const head = fc.oneof(
  fc.double({ noNaN: true }).map((time) => `@${time};`),
  fc.nat(100_000).map((time) => `@${time};`),
  fc.constantFrom('', '@;', '@', '@12', '@12x;', '#1800000000000;', `@${'1'.repeat(70)};`, '@1'),
)
const attributes = fc.oneof(
  fc.nat(1e6).map((serial) => `{"serial":"${serial}","url":"http://ocsp.example.org/","ok":true}`),
  narrow.map((text) => `{"t":"${text}"}`),
  fc.constantFrom('{}', '', `{"long":"${'ab'.repeat(2000)}"}`),
)
const time = fc.oneof(
  fc.record({ due: fc.double({ min: -1e6, max: 1e9, noNaN: true }), epochMs: fc.constant(null) }),
  fc.record({ due: fc.constant(null), epochMs: fc.nat(1e9) }),
)
const task: fc.Arbitrary<NewTask> = fc
  .tuple(id, fc.constantFrom('a', 'b', 'c'), subjectKey, head, attributes, time)
  .map(([ownId, taskName, key, start, rest, when]) => ({
    record: { id: ownId, taskName, subjectKey: key, cargo: start + rest },
    ...when,
  }))

describe('Adding a run', () => {
  test('Whatever it consists of, all is as if its contexts had been added one by one.', () => {
    fc.assert(
      fc.property(fc.array(fc.array(task, { maxLength: 100 }), { maxLength: 4 }), (batches) => {
        const [together, singly] = [newTimetable(), newTimetable()]
        for (const [index, batch] of batches.entries()) {
          const replaced = together.addRun(timedRunOf(batch), () => offsetMs)
          assert.deepEqual(replaced, addEach(singly, batch))
          assert.deepEqual(seen(together), seen(singly))
          // What was added one by one is found by a run, too, and the other way round.
          if (index === 1) {
            assert.deepEqual(
              addEach(together, batch),
              singly.addRun(timedRunOf(batch), () => offsetMs),
            )
            assert.deepEqual(seen(together), seen(singly))
          }
        }
        for (const timetable of [together, singly]) {
          for (const entry of timetable.entries()) timetable.removeId(entry.record.id)
          assert.equal(timetable.size, 0)
          assert.ok(Object.values(timetable.indexSizes).every((size) => size === 0))
        }
      }),
    )
  })

  test('Ids that follow one another, and such as break off in the middle, are as if added one by one.', () => {
    const batch = fc.record({
      prefix: fc.nat(2),
      start: fc.nat(400),
      steps: fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })), {
        maxLength: 150,
      }),
      flaw: fc.option(fc.record({ at: fc.nat(150), id }), { freq: 2 }),
      gone: fc.array(fc.nat(600), { maxLength: 200 }),
    })
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 5 }), (batches) => {
        const [together, singly] = [newTimetable(), newTimetable()]
        const known: string[] = []
        for (const { prefix, start, steps, flaw, gone } of batches) {
          let count = start
          const ids = steps.map((step) => `${prefixes[prefix]}-${(count += step).toString(36)}`)
          if (flaw && flaw.at < ids.length) ids[flaw.at] = flaw.id
          const tasks = ids.map((own, n): NewTask => {
            const key = n % 7 === 0 ? null : `string:${n >> 3}`
            const record = {
              id: own,
              taskName: 'abc'.charAt(n % 3),
              subjectKey: key,
              cargo: `{"n":${n}}`,
            }
            return n % 11 === 10
              ? { record, due: null, epochMs: 100 * n }
              : { record, due: 100 * n, epochMs: null }
          })
          const replaced = together.addRun(timedRunOf(tasks), () => offsetMs)
          assert.deepEqual(replaced, addEach(singly, tasks))
          assert.deepEqual(seen(together), seen(singly))
          known.push(...ids)
          // What is still to leave when the next are added.
          for (const index of gone) {
            const own = known[index % (known.length + 1)] ?? ''
            assert.equal(together.removeId(own), singly.removeId(own))
          }
        }
        for (const own of new Set(known)) {
          assert.equal(together.get(own) !== 0, singly.get(own) !== 0)
          together.removeId(own)
        }
        assert.ok(Object.values(together.indexSizes).every((size) => size === 0))
      }),
    )
  })

  test('One that was kept as text before its prefix had a number is replaced by a run, too.', () => {
    const timetable = newTimetable()
    const newTask = (prefix: number, count: number): NewTask => {
      const own = `${prefix.toString(16).padStart(8, '0')}-0000-${count}`
      const record = { id: own, taskName: 'a', subjectKey: null, cargo: '{}' }
      return { record, due: count, epochMs: null }
    }
    const first = Array.from({ length: 127 }, (_, prefix) => newTask(prefix, 1))
    addEach(timetable, [...first, newTask(500, 5)])
    assert.equal(timetable.removeId(newTask(0, 1).record.id), true)
    // Here, so that its prefix is free, whatever may be still to leave.
    assert.equal(timetable.indexSizes.idPrefixes, 126)
    addEach(timetable, [newTask(500, 1)])
    const run = timedRunOf([newTask(500, 5), newTask(500, 6)])
    assert.deepEqual(
      timetable.addRun(run, () => offsetMs),
      [0],
    )
    assert.equal(timetable.size, 126 + 3)
    assert.equal(timetable.removeId(newTask(500, 5).record.id), true)
    assert.equal(timetable.removeId(newTask(500, 5).record.id), false)
  })

  test('A queue that was left by its last context in the middle of a run is known when there is another.', () => {
    const timetable = newTimetable()
    const newTask = (n: number, taskName: string): NewTask => {
      const own = `0123abcd-4567-${(n + 1).toString(36)}`
      return { record: { id: own, taskName, subjectKey: null, cargo: '{}' }, due: n, epochMs: null }
    }
    addEach(
      timetable,
      Array.from({ length: 200 }, (_, n) => newTask(n, 'a')),
    )
    // As many as may be still to leave, of the page that the next are in.
    for (let n = 100; n < 164; n++) assert.equal(timetable.removeId(newTask(n, '').record.id), true)
    const tasks = [newTask(300, 'b'), newTask(300, 'c'), newTask(301, 'b')]
    assert.deepEqual(
      timetable.addRun(timedRunOf(tasks), () => offsetMs),
      [1],
    )
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => timetable.scheduledCount(name)),
      [136, 1, 1],
    )
    assert.deepEqual(
      timetable.entries('b').map(({ record }) => record.id),
      [newTask(301, '').record.id],
    )
  })

  test('Ids are kept as long as their contexts, however many of them follow one another.', () => {
    for (const length of [1, 2, 64, 65, 129]) {
      const timetable = newTimetable()
      const tasks = Array.from({ length: 1 + length }, (_, n): NewTask => {
        const own = `0123abcd-4567-${(n + 1).toString(36)}`
        const record = { id: own, taskName: 'a', subjectKey: null, cargo: '{}' }
        return { record, due: n, epochMs: null }
      })
      addEach(timetable, tasks.slice(0, 1))
      timetable.addRun(timedRunOf(tasks.slice(1)), () => offsetMs)
      for (const { record } of tasks) {
        assert.equal(timetable.idOf(timetable.get(record.id)), record.id)
        timetable.remove(timetable.get(record.id))
      }
      assert.ok(Object.values(timetable.indexSizes).every((size) => size === 0))
    }
  })

  test('More prefixes than there are numbers for make no difference.', () => {
    const [together, singly] = [newTimetable(), newTimetable()]
    const tasks = Array.from({ length: 600 }, (_, index): NewTask => {
      const prefix = `${(index % 150).toString(16).padStart(8, '0')}-0000`
      const ownId = `${prefix}-${(1 + (index % 40)).toString(36)}`
      const record = { id: ownId, taskName: 'a', subjectKey: null, cargo: '{}' }
      return { record, due: index, epochMs: null }
    })
    for (let round = 0; round < 2; round++) {
      const replaced = together.addRun(timedRunOf(tasks), () => 0)
      assert.deepEqual(replaced, addEach(singly, tasks))
      assert.deepEqual(seen(together), seen(singly))
    }
  })

  test('The offset is asked for when a time of the calendar comes first, and once.', () => {
    const timetable = newTimetable()
    let asked = 0
    const record = (own: string) => ({ id: own, taskName: 'a', subjectKey: null, cargo: '{}' })
    const offset = (): number => {
      asked++
      return offsetMs
    }
    timetable.addRun(timedRunOf([{ record: record('1'), due: 1, epochMs: null }]), offset)
    assert.equal(asked, 0)
    const both = ['2', '3'].map((own) => ({ record: record(own), due: null, epochMs: 5000 }))
    timetable.addRun(timedRunOf(both), offset)
    assert.equal(asked, 1)
    assert.equal(timetable.due(timetable.get('3')), 4000)
  })

  test('Who is asked for the offset finds all that came before it.', () => {
    const timetable = newTimetable()
    const tasks = [7, 5, 9].map((due): NewTask => {
      const record = { id: `${due}`, taskName: 'a', subjectKey: null, cargo: '{}' }
      return due === 9 ? { record, due: null, epochMs: 9 } : { record, due, epochMs: null }
    })
    const found: string[] = []
    timetable.addRun(timedRunOf(tasks), () => {
      for (let first = timetable.first(); first !== 0; first = timetable.first()) {
        found.push(timetable.idOf(first))
        timetable.park(first)
      }
      return offsetMs
    })
    assert.deepEqual(found, ['5', '7'])
    assert.equal(timetable.due(timetable.first()), 9 - offsetMs)
  })
})

/** One of many, which take one page of blocks after the other: of many sizes, for three queues, with ids of both kinds. */
function bulky(n: number): NewTask {
  const ownId = n % 3 === 0 ? `text ${n}` : `0123abcd-4567-${(40 * n + 1).toString(36)}`
  const key = n % 4 === 0 ? null : `string:${n % 5}${'x'.repeat((37 * n) % 1900)}`
  const cargo = `{"n":"${'y'.repeat((61 * n) % 1900)}"}`
  const record = { id: ownId, taskName: 'abc'.charAt(n % 3), subjectKey: key, cargo }
  return n % 2 === 0
    ? { record, due: null, epochMs: 1000 * n }
    : { record, due: 1000 * n, epochMs: null }
}

/** Does something while there is no memory in large pieces. */
function withoutMemory(act: () => void): void {
  const { ArrayBuffer } = globalThis
  globalThis.ArrayBuffer = class extends ArrayBuffer {
    constructor(size: number) {
      if (size >= chunkBytes) throw new RangeError('Array buffer allocation failed')
      super(size)
    }
  } as unknown as ArrayBufferConstructor
  try {
    act()
  } finally {
    globalThis.ArrayBuffer = ArrayBuffer
  }
}

const chunkBytes = 2 ** 20

describe('Where there is no memory for one more', () => {
  for (const together of [true, false]) {
    const how = together ? 'together' : 'one by one'
    test(`What was added ${how} before is found and released, and nothing stays of the rest.`, () => {
      for (let start = 0; start < 24; start++) {
        const [ended, other] = [newTimetable(), newTimetable()]
        const before = Array.from({ length: 1 + start }, (_, n) => bulky(n))
        // Some take the place of one that is there.
        const tasks = Array.from({ length: 1000 }, (_, n) => bulky(n % 9 === 0 ? n : n + start))
        addEach(ended, before)
        withoutMemory(() =>
          assert.throws(
            () => {
              if (together) ended.addRun(timedRunOf(tasks), () => offsetMs)
              for (const one of tasks) {
                ended.reserve()
                addEach(ended, [one])
              }
            },
            { message: 'Array buffer allocation failed' },
          ),
        )
        const count = Math.max(...ended.entries().map(({ sequence }) => sequence)) - before.length
        addEach(other, before)
        addEach(other, tasks.slice(0, count))
        assert.deepEqual(seen(ended), seen(other))
        for (let { size } = ended; size > 0; size--) {
          assert.equal(ended.idOf(ended.first()), other.idOf(other.first()))
          for (const timetable of [ended, other]) timetable.remove(timetable.first())
        }
        assert.equal(ended.indexSizes.absolute, 0)
        assert.ok(Object.values(ended.indexSizes).every((size) => size === 0))
      }
    })
  }

  test('One that was begun is as if it had never been, whatever else there is of its kind.', () => {
    for (let from = 0; from < 12; from++) {
      for (let count = 0; count < 6; count++) {
        const [ended, other] = [newTimetable(), newTimetable()]
        const tasks = Array.from({ length: 8 }, (_, n) => bulky(from + n))
        const failing = mock.method(TaskBlocks.prototype, 'createOfBytes')
        failing.mock.mockImplementationOnce(() => {
          throw new RangeError('Array buffer allocation failed')
        }, count)
        assert.throws(() => ended.addRun(timedRunOf(tasks), () => offsetMs), RangeError)
        failing.mock.restore()
        addEach(other, tasks.slice(0, count))
        assert.deepEqual(seen(ended), seen(other))
      }
    }
  })

  test('The same where its id and all that follow were kept before.', () => {
    for (let count = 0; count < 70; count += 3) {
      const [ended, other] = [newTimetable(), newTimetable()]
      const ids = Array.from({ length: 100 }, (_, n) => `0123abcd-4567-${(n + 1).toString(36)}`)
      const tasks = ids.map((own, n): NewTask => {
        const record = {
          id: own,
          taskName: n < 8 ? 'a' : `b${n}`,
          subjectKey: `s${n}`,
          cargo: '{}',
        }
        return { record, due: n, epochMs: null }
      })
      addEach(ended, tasks.slice(0, 1))
      addEach(other, tasks.slice(0, 1 + count))
      const failing = mock.method(TaskBlocks.prototype, 'createOfBytes')
      failing.mock.mockImplementationOnce(() => {
        throw new RangeError('Array buffer allocation failed')
      }, count)
      assert.throws(() => ended.addRun(timedRunOf(tasks.slice(1)), () => offsetMs), RangeError)
      failing.mock.restore()
      assert.deepEqual(seen(ended), seen(other))
      const rest = tasks.slice(1 + count)
      assert.deepEqual(
        ended.addRun(timedRunOf(rest), () => offsetMs),
        [],
      )
      addEach(other, rest)
      assert.deepEqual(
        ended.entries().map(({ record }) => record),
        other.entries().map(({ record }) => record),
      )
      for (const own of ids) assert.equal(ended.removeId(own), true)
      assert.ok(Object.values(ended.indexSizes).every((size) => size === 0))
    }
  })

  test('A cargo that is too long for it leaves nothing behind.', () => {
    for (const together of [true, false]) {
      const timetable = newTimetable()
      const { record } = bulky(1)
      const long = { record: { ...record, cargo: 'z'.repeat(10_000) }, due: 5, epochMs: null }
      const failing = mock.method(Uint8Array.prototype, 'slice', () => {
        throw new RangeError('Array buffer allocation failed')
      })
      assert.throws(() => {
        if (together) timetable.addRun(timedRunOf([long]), () => offsetMs)
        else timetable.add(long, offsetMs)
      }, RangeError)
      failing.mock.restore()
      assert.deepEqual(seen(timetable), seen(newTimetable()))
      addEach(timetable, [long])
      assert.equal(timetable.entries()[0]?.record.cargo, long.record.cargo)
    }
  })
})
