import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AlikeJson } from '../../src/thread/alike-json.ts'

/** Reads each as one that follows the others, or learns from it; gives what was read, null for what was not. */
function read(objects: readonly object[], alike = new AlikeJson()): (object | null)[] {
  return objects.map((object) => {
    const json = JSON.stringify(object)
    const around = `"x"${json}"y"`
    const known = json.includes('\\') ? null : alike.read(around, 3, 3 + json.length)
    if (!known) alike.learn(JSON.parse(json))
    return known
  })
}

test('What is like the one before is read, and is an object of its own.', () => {
  const one = { retries: 3, url: 'http://a.example/1', ok: true, none: null }
  const alike = new AlikeJson()
  const others = ['', 'a', 'http://a.example/2', 'ä€😀'].map((url) => ({ ...one, url }))
  const [, ...known] = read([one, ...others], alike)
  assert.deepEqual(known, others)
  assert.deepEqual(Object.keys(known[0] ?? {}), Object.keys(one))
  for (const given of known) Object.assign(given ?? {}, { url: 'changed', more: 1, retries: 4 })
  assert.deepEqual(read([one], alike), [one])
})

test('Whoever changes the one that was learned from changes no other.', () => {
  const alike = new AlikeJson()
  const learned: Record<string, unknown> = { a: 'x', b: 1 }
  alike.learn(learned)
  learned['b'] = 2
  learned['c'] = 3
  assert.deepEqual(read([{ a: 'y', b: 1 }], alike), [{ a: 'y', b: 1 }])
})

test('Whole numbers that differ are read from the second on.', () => {
  const objects = [1, 20, 0, 999_999_999_999_999].map((id) => ({ id, text: 'x', same: 7 }))
  assert.deepEqual(read(objects), [null, null, ...objects.slice(2)])
  const others = [-1, 0.5, 1e21, Number.MAX_SAFE_INTEGER].map((id) => ({ id, text: 'x', same: 7 }))
  const alike = new AlikeJson()
  for (const other of others) {
    read(objects, alike)
    assert.deepEqual(read([other], alike), [null])
  }
})

test('What differs otherwise is left to JSON.', () => {
  const one = { a: 'x', b: true }
  for (const other of [
    { b: true, a: 'x' },
    { a: 'x' },
    { a: 'x', b: true, c: 1 },
    { a: 'x', b: false },
    { a: 1, b: true },
    { a: 'x', b: { c: 1 } },
    { a: 'x', b: [true] },
    { a: 'x', c: true },
    {},
    [],
    ['x'],
  ]) {
    assert.deepEqual(read([one, other]), [null, null])
  }
  for (const other of [{ a: [] }, { a: {} }, [], ['x'], {}, JSON.parse('{"__proto__":"x"}')])
    assert.deepEqual(read([other, other]), [null, null])
})

test('After many that are unlike, those that are alike are read again.', () => {
  const alike = new AlikeJson()
  for (let index = 0; index < 100; index++) read([{ [`name${index}`]: 'x' }], alike)
  const all = read(
    Array.from({ length: 100 }, (_, index) => ({ text: `text ${index}` })),
    alike,
  )
  assert.deepEqual(all.at(-1), { text: 'text 99' })
})

test('Whatever is read is what JSON would have made of it.', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant([]),
  )
  const name = fc.constantFrom('a', 'b', '"', '1', '__proto__', 'constructor', 'ä', '')
  const object = fc.uniqueArray(fc.tuple(name, value), { maxLength: 3, selector: ([key]) => key })
  fc.assert(
    fc.property(fc.array(object, { minLength: 2, maxLength: 30 }), (all) => {
      const objects = all.map((entries) => Object.fromEntries(entries))
      for (const [index, known] of read(objects).entries()) {
        if (known) assert.deepEqual(known, JSON.parse(JSON.stringify(objects[index])))
      }
    }),
  )
})
