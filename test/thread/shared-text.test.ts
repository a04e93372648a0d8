import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteText } from '../../src/core/byte-text.ts'
import { Scratch } from '../../src/core/scratch.ts'
import { Timetable } from '../../src/core/timetable.ts'
import { CargoText } from '../../src/thread/cargo-text.ts'
import { SharedText } from '../../src/thread/shared-text.ts'

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

/** Has a text looked at as bytes, and puts it together again from what was found. */
function throughBytes(shared: SharedText, text: string): string {
  const bytes = new ByteText(Uint8Array.from(Buffer.from(text, 'latin1')))
  shared.findBytes(bytes, 0, text.length)
  const { which, before, after } = shared
  const between = text.slice(before, text.length - after)
  return shared.beginning(which, before) + between + shared.end(which, after)
}

test('What texts with characters of two bytes have in common is not taken for that of texts in bytes.', () => {
  const shared = new SharedText()
  shared.find('aaaaaaaaaa名1x', 0)
  shared.find('aaaaaaaaaa名2x', 0)
  assert.equal(throughBytes(shared, 'aaaaaaaaaaZx'), 'aaaaaaaaaaZx')
})

test('As much as two texts in bytes have in common is found, and again in the next.', () => {
  const shared = new SharedText()
  for (const serial of [1, 2, 3]) {
    const text = `{"serial":${serial},"url":"x"}`
    assert.equal(throughBytes(shared, text), text)
    if (serial > 1) assert.deepEqual([shared.before, shared.after], [10, 11])
  }
})
