import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Scratch } from '../../src/core/scratch.ts'
import { Timetable } from '../../src/core/timetable.ts'
import { CargoText } from '../../src/thread/cargo-text.ts'

test('Whatever texts a queue has, each comes back as it was, in any order', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.nat(1e6).map((serial) => `{"serial":${serial},"url":"http://ocsp.example.org/"}`),
    fc
      .nat(1e6)
      .map((serial) => `{"name":"${'é'.repeat(serial % 700)}","next":"\u{1f600}${serial}"}`),
    fc
      .tuple(fc.constantFrom('a', 'b', 'ab'), fc.nat(600))
      .map(([one, times]) => one.repeat(times + 1)),
  )
  const schedTime = fc.oneof(
    fc.constant(''),
    fc.double({ noNaN: true }).map((at) => `@${at};`),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(schedTime, text), { maxLength: 60 }), (parts) => {
      const codec = new CargoText()
      const cargoes = parts.map(([time, own]) =>
        time === '@0;' || own.startsWith('@') ? own.replace('@', '{') : time + own,
      )
      const kept = cargoes.map((cargo) => {
        const scratch = new Scratch()
        const size = codec.encode(cargo, scratch)
        return scratch.bytes.slice(0, size)
      })
      for (const [index, bytes] of [...kept.entries()].toReversed()) {
        assert.equal(codec.decode(bytes, bytes.length), cargoes[index])
      }
    }),
    { numRuns: 500 },
  )
})

test('What the texts of a queue begin and end with is kept once', () => {
  const bytesEach = (before: string, after: string): number => {
    const timetable = new Timetable(() => new CargoText())
    for (let index = 0; index < 20_000; index++) {
      const cargo = before + (10_000 + index) + after
      const record = { id: `${index}`, taskName: 'a', subjectKey: null, cargo }
      timetable.add({ record, due: 1, epochMs: null }, 0)
    }
    assert.equal(timetable.record(timetable.get('12345')).cargo, `${before}22345${after}`)
    return timetable.bytes
  }
  const short = bytesEach('{"n":', '}')
  assert.equal(bytesEach('{"url":"http://responder.example.org/', '/status","tries":3}'), short)
})
