import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
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
    absolute: timetable.absoluteCount,
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
