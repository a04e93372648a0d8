import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ContextTypeError } from '../../src/core/errors.ts'
import { bindSubject, keysOfSubject, subjectKeyOf } from '../../src/core/subject.ts'

describe('A primitive subject', () => {
  test('It is known by its type and value.', () => {
    const subjects = ['1', 1, 1n, true, 'true', '', 'number:1', 'string:1', 0, false, 1.5, 'é']
    const keys = subjects.map((subject) => subjectKeyOf(subject, undefined))
    assert.equal(new Set(keys).size, subjects.length)
    for (const [index, subject] of subjects.entries())
      assert.deepEqual(keysOfSubject(subject), [keys[index]])
  })

  test('Two numbers, texts, bigints or booleans have one key exactly when they are the same.', () => {
    const primitive = fc.oneof(
      fc.double(),
      fc.integer({ min: -3, max: 3 }),
      fc.bigInt({ min: -3n, max: 3n }),
      fc.boolean(),
      fc.string({ maxLength: 2 }),
      fc.integer({ min: -3, max: 3 }).map(String),
    )
    fc.assert(
      fc.property(primitive, primitive, (a, b) => {
        // As in a Map: NaN is itself, and zero has no sign.
        const same = new Set<unknown>([a, b]).size === 1
        assert.equal(subjectKeyOf(a, undefined) === subjectKeyOf(b, undefined), same)
      }),
      { numRuns: 2000 },
    )
  })

  test('A text that looks like the key of an object is not that object.', () => {
    const subject = {}
    const key = subjectKeyOf(subject, undefined)
    assert.notEqual(subjectKeyOf(key, undefined), key)
  })
})

describe('An object as subject', () => {
  test('It is known by its identity, and has one key for good.', () => {
    const subject = { name: 'same' }
    const other = { name: 'same' }
    const key = subjectKeyOf(subject, undefined)
    assert.equal(subjectKeyOf(subject, undefined), key)
    assert.notEqual(subjectKeyOf(other, undefined), key)
    assert.deepEqual(keysOfSubject(subject), [key])
  })

  test('One that no context was ever about has no keys, and asking gives it none.', () => {
    const subject = {}
    assert.deepEqual(keysOfSubject(subject), [])
    assert.deepEqual(keysOfSubject(subject), [])
  })

  test('With a subjectKey it is known as that text would be, and by itself.', () => {
    const subject = {}
    assert.equal(subjectKeyOf(subject, 'cert-1'), subjectKeyOf('cert-1', undefined))
    assert.deepEqual(keysOfSubject(subject), keysOfSubject('cert-1'))
  })

  test('It is known by every key that it was ever given, each of them once.', () => {
    const subject = {}
    const keys = [
      subjectKeyOf(subject, 'first'),
      subjectKeyOf(subject, undefined),
      subjectKeyOf(subject, 'second'),
    ]
    subjectKeyOf(subject, 'first')
    subjectKeyOf(subject, undefined)
    assert.deepEqual(keysOfSubject(subject), keys)
  })

  test('A copy that is bound to its key stands for the same subject.', () => {
    const subject = { path: '/etc/ssl/example.org.pem' }
    const key = subjectKeyOf(subject, undefined) ?? ''
    const copy = structuredClone(subject)
    assert.equal(bindSubject(copy, key), key)
    assert.equal(subjectKeyOf(copy, undefined), key)
    assert.deepEqual(keysOfSubject(copy), [key])
  })

  test('An array, a Date, a Map and a null-prototype object are objects.', () => {
    const subjects = [[], new Date(0), new Map(), Object.create(null) as object]
    const keys = subjects.map((subject) => subjectKeyOf(subject, undefined))
    assert.equal(new Set(keys).size, subjects.length)
  })
})

describe('No subject', () => {
  test('null and undefined are none, unless a subjectKey is given.', () => {
    for (const subject of [null, undefined]) {
      assert.equal(subjectKeyOf(subject, undefined), null)
      assert.equal(subjectKeyOf(subject, 'key'), subjectKeyOf('key', undefined))
    }
  })

  test('Asking for the contexts of none is an error.', () => {
    for (const subject of [null, undefined])
      assert.throws(() => keysOfSubject(subject), ContextTypeError)
  })

  test('Symbols and functions are refused, also beside a subjectKey: the subject travels, too.', () => {
    for (const subject of [Symbol('x'), () => undefined, Map]) {
      assert.throws(() => subjectKeyOf(subject, undefined), ContextTypeError)
      assert.throws(() => keysOfSubject(subject), ContextTypeError)
      assert.throws(() => subjectKeyOf(subject, 'key'), ContextTypeError)
    }
  })
})
