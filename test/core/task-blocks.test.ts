import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { plainCargo, type CargoCodec } from '../../src/core/cargo-codec.ts'
import { Timetable, type TaskRecord } from '../../src/core/timetable.ts'

function addAll(timetable: Timetable, records: readonly TaskRecord[]): number[] {
  return records.map((record, index) =>
    timetable.add(
      { record, due: index % 2 === 0 ? index : null, epochMs: index % 2 === 0 ? null : index },
      0,
    ),
  )
}

function bytesOf(...parts: readonly (string | number)[]): Uint8Array {
  return new TextEncoder().encode(parts.join(''))
}

describe('What is kept of a context', () => {
  test('Every record comes back as it was, whatever its id, its subject and its cargo.', () => {
    const id = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.nat(0xffffffff).map((count) => `0123abcd-4567-${count.toString(36)}`),
      fc.constantFrom('\ud800', 'x'.repeat(5000), '\u{1f600}'.repeat(2000)),
    )
    const subjectKey = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\udfff', 'y'.repeat(5000), 'é', 'z'.repeat(2028), 'z'.repeat(2029)),
    )
    const cargo = fc.oneof(
      fc.constant(null),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(3000).map((length) => new Uint8Array(length).fill(length)),
      fc.nat(3000).map((length) => bytesOf('{"url":"http://', length, '"}'.padStart(length))),
      fc.constant({ not: 'bytes' }),
    )
    const record = fc.record({ id, taskName: fc.constantFrom('a', 'b'), subjectKey, cargo })
    fc.assert(
      fc.property(
        fc.uniqueArray(record, { selector: (one) => one.id, maxLength: 60 }),
        fc.array(fc.nat(60)),
        (records: TaskRecord[], gone) => {
          const timetable = new Timetable()
          const tasks = addAll(timetable, records)
          const left = new Set(records.keys())
          for (const index of gone) {
            if (left.delete(index)) timetable.remove(tasks[index] ?? 0)
          }
          for (const [index, own] of records.entries()) {
            const task = timetable.get(own.id)
            assert.equal(task, left.has(index) ? tasks[index] : 0)
            if (task === 0) continue
            assert.deepEqual(timetable.record(task), { ...own })
            assert.equal(timetable.due(task), index)
            assert.equal(timetable.epochMs(task), index % 2 === 0 ? null : index)
          }
          for (const key of new Set(records.map((one) => one.subjectKey))) {
            if (key === null) continue
            const expected = [...left].filter((index) => records[index]?.subjectKey === key)
            assert.deepEqual(
              [...timetable.ofSubject(key)],
              expected.map((index) => tasks[index]),
            )
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('A hundred bytes of cargo, a generated id and a tenth of a subject take less than 170 bytes.', () => {
    const timetable = new Timetable()
    const count = 100_000
    for (let index = 0; index < count; index++) {
      const cargo = new Uint8Array(99).map((_, at) => (index * 31 + at * 17) % 251)
      const record = {
        id: `0123abcd-4567-${(index + 1).toString(36)}`,
        taskName: `queue ${index % 3}`,
        subjectKey: `string:subject-${Math.floor(index / 10)}`,
        cargo,
      }
      timetable.add({ record, due: index * 36, epochMs: null }, 0)
    }
    const each = timetable.bytes / count
    assert.ok(each < 170, `${each} bytes`)
    for (const queue of ['queue 0', 'queue 1', 'queue 2']) {
      for (const task of timetable.ofQueue(queue)) timetable.remove(task)
    }
    assert.ok(timetable.bytes <= 2 * 2 ** 20)
  })

  test('A codec that throws leaves everything as it was.', () => {
    const newCodec = (): CargoCodec => ({
      ...plainCargo(),
      encode: () => {
        throw new TypeError('not this')
      },
    })
    const timetable = new Timetable(newCodec)
    const record = { id: '0123abcd-4567-1', taskName: 'a', subjectKey: 'x', cargo: null }
    assert.throws(() => timetable.add({ record, due: 1, epochMs: null }, 0), /not this/)
    for (const [name, size] of Object.entries(timetable.indexSizes)) assert.equal(size, 0, name)
  })
})
