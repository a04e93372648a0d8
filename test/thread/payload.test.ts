import assert from 'node:assert/strict'
import { createHash, createSecretKey, webcrypto, X509Certificate } from 'node:crypto'
import { BlockList, Socket } from 'node:net'
import { Duplex, Readable, Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { runInNewContext } from 'node:vm'
import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { PayloadError } from '../../src/core/errors.ts'
import { decodePayload, decodeText, encodePayload, encodeText } from '../../src/thread/payload.ts'

/** A value as it arrives in another thread: encoded, carried as a port carries it, decoded. */
function travel(value: unknown): unknown {
  return decodePayload(structuredClone(encodePayload(value, 'attributes')))
}

function assertJson(value: unknown, json = true): void {
  assert.equal(typeof encodePayload(value, 'attributes') === 'string', json)
}

function refusal(value: unknown): PayloadError {
  try {
    encodePayload(value, 'attributes')
  } catch (error) {
    assert.ok(error instanceof PayloadError, `${String(error)} is no PayloadError`)
    assert.equal(error.code, 'PAYLOAD_INVALID')
    return error
  }
  return assert.fail('it was not refused')
}

function pathOf(value: unknown): unknown {
  const { message, details } = refusal(value)
  assert.ok(message.startsWith(`Expected ${String(details['path'])} to be data that can travel`))
  return details['path']
}

class Point {
  x = 1
  y = 2
  #secret = 3
  get sum(): number {
    return this.x + this.y + this.#secret
  }
}

describe('A payload that JSON carries without loss', () => {
  test('It travels as JSON.', () => {
    for (const value of [
      null,
      true,
      0,
      1.5,
      -1e300,
      '',
      'text \u2028 \ud83d\ude00',
      '\ud800',
      [],
      {},
      [1, [2, [3]]],
      { a: { b: [null, { c: 'd' }] }, '': 1, 'with space': 2, '0': 3 },
      { toJSON: 1 },
    ]) {
      assert.deepEqual(travel(value), value)
    }
    assertJson({ a: { b: [null, { c: 'd' }] } })
    assertJson('\ud800')
  })

  test('Any JSON value does.', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // Zero below zero is a JSON value that JSON.stringify loses.
        const lossless = !/-0(?![.\d])/.test(fc.stringify(value))
        if (lossless && !hasKey(value, 'toJSON')) assertJson(value)
        assert.deepEqual(travel(value), value)
      }),
      { numRuns: 1000 },
    )
  })

  test('A property called __proto__ stays a property.', () => {
    const value: unknown = JSON.parse('{ "__proto__": { "polluted": true }, "a": 1 }')
    const arrived = travel(value)
    assert.deepEqual(arrived, value)
    assert.equal(Reflect.get(Object(arrived) as object, 'polluted'), undefined)
  })

  test('What JSON would change does not travel as JSON.', () => {
    for (const value of [
      undefined,
      -0,
      Number.NaN,
      Infinity,
      -Infinity,
      5n,
      { a: undefined },
      [undefined],
      new Date(0),
      [new Map()],
      { a: new Uint8Array(1) },
    ]) {
      assertJson(value, false)
      assert.deepEqual(travel(value), value)
    }
  })
})

describe('A payload of richer values', () => {
  test('Every builtin that stands for data survives.', () => {
    const buffer = Uint8Array.of(1, 2, 3).buffer
    const values = {
      date: new Date(Date.UTC(2026, 0, 1)),
      map: new Map<unknown, unknown>([
        ['key', { a: 1 }],
        [{ key: 1 }, new Set([1])],
        [Number.NaN, -0],
      ]),
      set: new Set<unknown>(['a', 1, undefined, null, [1]]),
      bigint: 12_345_678_901_234_567_890n,
      regExp: /a\/b+/gimsuy,
      undefined,
      arrayBuffer: buffer,
      uint8: Uint8Array.of(0, 255),
      uint8Clamped: Uint8ClampedArray.of(0, 255),
      int8: Int8Array.of(-128, 127),
      uint16: Uint16Array.of(65_535),
      int16: Int16Array.of(-32_768),
      uint32: Uint32Array.of(4_294_967_295),
      int32: Int32Array.of(-1),
      float32: Float32Array.of(0.5, -0, Number.NaN),
      float64: Float64Array.of(0.1, Infinity),
      bigInt64: BigInt64Array.of(-1n),
      bigUint64: BigUint64Array.of(18_446_744_073_709_551_615n),
      dataView: new DataView(buffer, 1, 2),
      part: new Uint8Array(buffer, 1, 1),
      nodeBuffer: Buffer.from('text'),
      number: Object(5) as unknown,
      text: Object('text') as unknown,
      boolean: Object(false) as unknown,
      boxedBigint: Object(5n) as unknown,
    }
    assert.deepEqual(travel(values), values)
    for (const value of Object.values(values)) assert.deepEqual(travel(value), value)
  })

  test('An invalid Date stays one.', () => {
    const arrived = travel(new Date(Number.NaN))
    assert.ok(arrived instanceof Date)
    assert.equal(arrived.getTime(), Number.NaN)
  })

  test('An Error keeps its builtin class, its message, its stack and its cause.', () => {
    const cause = new RangeError('why')
    const error = new TypeError('what', { cause })
    const arrived = travel({ error })
    const { error: copy } = arrived as { error: Error }
    assert.ok(copy instanceof TypeError)
    assert.equal(copy.message, 'what')
    assert.equal(copy.stack, error.stack)
    assert.ok(copy.cause instanceof RangeError)
    assert.equal(copy.cause.message, 'why')
  })

  test('Holes in arrays and properties of arrays survive.', () => {
    const arrayOf = (length: number, content: object): unknown[] =>
      Object.assign([], { length }, content)
    for (const array of [
      arrayOf(3, { 0: 1, 2: 3 }),
      arrayOf(2, { 1: 1 }),
      arrayOf(2, { 0: 1 }),
      arrayOf(2, {}),
      arrayOf(2, { 0: 1, 1: 2, name: 'x' }),
      arrayOf(3, { 0: 1, 2: 3, name: 'x' }),
      arrayOf(3, { 0: 1, name: 'x', 1.5: 'y' }),
    ]) {
      assertJson(array, false)
      assert.deepEqual(travel(array), array)
    }
  })

  test('An array of four thousand million holes is no work.', () => {
    const array: unknown[] = []
    array.length = 2 ** 32 - 1
    array[1_000_000_000] = 'here'
    const arrived = travel(array)
    assert.ok(Array.isArray(arrived))
    assert.equal(arrived.length, 2 ** 32 - 1)
    assert.deepEqual(Object.entries(arrived), [['1000000000', 'here']])
  })

  test('What is shared arrives shared, and a cycle as a cycle.', () => {
    const shared = { x: 1 }
    const value = { a: shared, b: [shared], map: new Map([['c', shared]]), self: {} }
    value.self = value
    const arrived = travel(value) as typeof value
    assert.equal(arrived.a, arrived.b[0])
    assert.equal(arrived.a, arrived.map.get('c'))
    assert.equal(arrived.self, arrived)
    assert.deepEqual(arrived, value)

    const array: unknown[] = []
    array.push(array)
    const map = new Map<unknown, unknown>()
    map.set('self', map).set(map, 'self')
    const set = new Set<unknown>()
    set.add(set)
    for (const cycle of [array, map, set]) assert.deepEqual(travel(cycle), cycle)
  })

  test('Anything that is data arrives as it was.', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withObjectString: true,
      stringUnit: 'binary',
      values: [
        fc.date({ noInvalidDate: true }),
        fc.double(),
        fc.string(),
        fc.boolean(),
        fc.constantFrom(null, undefined, -0, /x/g),
      ],
    })
    fc.assert(
      fc.property(anything, (value) => {
        assert.deepEqual(travel(value), value)
      }),
      { numRuns: 2000 },
    )
  })

  test('What arrives is a copy: changing it does not change what was sent.', () => {
    const value = { list: [1], map: new Map([['a', [1]]]) }
    const arrived = travel(value) as typeof value
    arrived.list.push(2)
    arrived.map.get('a')?.push(2)
    assert.deepEqual(value, { list: [1], map: new Map([['a', [1]]]) })
  })
})

describe('An instance of a class', () => {
  test('It arrives as a plain object of its own properties, with or without JSON.', () => {
    for (const extra of [{}, { at: new Date(0) }]) {
      const arrived = travel(Object.assign(new Point(), extra))
      assert.deepEqual(arrived, { x: 1, y: 2, ...extra })
    }
    assertJson(new Point())
  })

  test('toJSON has no say, whether it is inherited, hidden or of an array.', () => {
    class Money {
      cents = 5
      toJSON(): string {
        return '0.05'
      }
    }
    class List extends Array<number> {
      toJSON(): string {
        return 'list'
      }
    }
    const hidden = Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'hidden' })
    assert.deepEqual(travel({ money: new Money() }), { money: { cents: 5 } })
    assert.deepEqual(travel({ list: List.of(1, 2) }), { list: [1, 2] })
    assert.deepEqual(travel(hidden), { a: 1 })
  })

  test('A null prototype and one of another realm make no difference.', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 })
    assert.deepEqual(travel(bare), { a: 1 })
    const foreign: unknown = runInNewContext(
      '({ list: [1], at: new Date(5), map: new Map([[1, 2]]) })',
    )
    assert.deepEqual(travel(foreign), { list: [1], at: new Date(5), map: new Map([[1, 2]]) })
  })

  test('Of getters the values travel; symbols as keys and hidden properties stay behind.', () => {
    const value = Object.defineProperty(
      {
        get now() {
          return 5
        },
        [Symbol('key')]: 1,
      },
      'hidden',
      { value: 2, enumerable: false },
    )
    assert.deepEqual(travel(value), { now: 5 })
    assert.deepEqual(travel({ ...value, at: new Date(0) }), { now: 5, at: new Date(0) })
  })
})

describe('A payload that bytes cannot carry', () => {
  const { port1, port2 } = new MessageChannel()
  port1.close()
  port2.close()
  const certificate = rootCertificates[0] ?? ''
  const refused: Readonly<Record<string, unknown>> = {
    'a function': () => 1,
    'an async function': async () => 1,
    'a class': Point,
    'a symbol': Symbol('s'),
    'a boxed symbol': Object(Symbol('s')),
    'a port': port1,
    'an EventTarget': new EventTarget(),
    'an AbortSignal': new AbortController().signal,
    'an AbortController': new AbortController(),
    'shared memory': new SharedArrayBuffer(8),
    'a view of shared memory': new Uint8Array(new SharedArrayBuffer(8)),
    'a DataView of shared memory': new DataView(new SharedArrayBuffer(8)),
    'a KeyObject': createSecretKey(Buffer.alloc(16)),
    'a certificate': new X509Certificate(certificate),
    'a hash': createHash('sha256'),
    'a Blob': new Blob(['x']),
    'a Readable': Readable.from([]),
    'a Writable': new Writable(),
    'a Duplex': new Duplex(),
    'a socket': new Socket(),
    'a ReadableStream': new ReadableStream(),
    'a WritableStream': new WritableStream(),
    'a TransformStream': new TransformStream(),
    'a Promise': Promise.resolve(),
    'a Promise of another realm': runInNewContext('Promise.resolve()'),
    'a WeakMap': new WeakMap(),
    'a WeakSet': new WeakSet(),
    'a WeakRef': new WeakRef({}),
    'a FinalizationRegistry': new FinalizationRegistry(() => undefined),
    'a generator': (function* () {})(),
    'an iterator': new Map().values(),
    'a URL': new URL('http://example.org'),
    URLSearchParams: new URLSearchParams('a=b'),
    Headers: new Headers(),
    'a Request': new Request('http://example.org'),
    'a Response': new Response('x'),
    FormData: new FormData(),
    'a TextDecoder': new TextDecoder(),
    'a DateTimeFormat': new Intl.DateTimeFormat(),
    'a BlockList': new BlockList(),
  }

  test('It is a PayloadError that names the path, wherever it is.', async () => {
    const keys = await webcrypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, [
      'encrypt',
    ])
    for (const [what, bad] of Object.entries({ ...refused, 'a CryptoKey': keys })) {
      for (const [path, value] of [
        ['attributes', bad],
        ['attributes.a', { a: bad }],
        ['attributes.a.b c', { a: { 'b c': bad } }],
        ['attributes[1]', [1, bad]],
        ['attributes.list[0].x', { list: [{ x: bad }] }],
        ["attributes.get('key')", new Map([['key', bad]])],
        ['attributes.get(number)', new Map([[5, bad]])],
        ['attributes.keys()', new Map([[bad, 1]])],
        ['attributes.keys().k', new Map([[{ k: bad }, 1]])],
        ['attributes.values()', new Set([1, bad])],
        [
          "attributes.m.get('k')[1].values().x",
          { m: new Map([['k', [0, new Set([{ x: bad }])]]]) },
        ],
        ['attributes.error.cause', { error: new Error('x', { cause: bad }) }],
        ['attributes.point.x', { point: Object.assign(new Point(), { x: bad }) }],
        ['attributes.late.x', { first: new Date(), late: { x: bad } }],
        ['attributes.list[name]', { list: Object.assign([1], { name: bad }) }],
      ] as const) {
        assert.equal(pathOf(value), path, `${what} at ${path}`)
      }
    }
  })

  test('The error says what it was and what to do instead.', () => {
    for (const [bad, what] of [
      [() => 1, 'a function'],
      [Symbol('s'), 'a symbol'],
      [new SharedArrayBuffer(1), 'shared memory'],
      [createSecretKey(Buffer.alloc(16)), 'a key'],
      [Readable.from([]), 'a Readable'],
      [(function* () {})(), 'a Generator'],
    ] as const) {
      assert.equal(
        refusal({ a: bad }).message,
        `Expected attributes.a to be data that can travel to another thread, got ${what}: ` +
          'leave it out, or pass what is needed to make it anew.',
      )
    }
  })

  test('In a cycle it is found as well.', () => {
    const value: Record<string, unknown> = { list: [] }
    value['self'] = value
    value['list'] = [value, { f: () => 1 }]
    assert.equal(pathOf(value), 'attributes.list[1].f')
  })

  test('A getter that throws is a PayloadError with that as its cause, whatever it throws.', () => {
    for (const thrown of [
      new TypeError('no'),
      'no',
      undefined,
      null,
      Object.create(null) as unknown,
    ]) {
      const value = {
        a: {
          get b(): unknown {
            throw thrown
          },
        },
      }
      const { cause, details } = refusal(value)
      assert.equal(cause, thrown)
      assert.equal(details['path'], 'attributes')
    }
  })

  test('What v8 refuses by itself is a PayloadError, too.', () => {
    const detached = new ArrayBuffer(8)
    structuredClone(detached, { transfer: [detached] })
    assert.equal(refusal({ detached }).details['path'], 'attributes')
    assert.equal(
      refusal({ proxy: new Proxy({ at: new Date() }, {}) }).details['path'],
      'attributes',
    )
  })

  test('What is nested a hundred thousand deep is a PayloadError and ends no thread.', () => {
    for (const wrap of [
      (inner: unknown) => ({ inner }),
      (inner: unknown) => [inner],
      (inner: unknown) => new Map([['inner', inner]]),
      (inner: unknown) => new Map([[inner, 'inner']]),
      (inner: unknown) => new Set([inner]),
      (inner: unknown) => new Error('x', { cause: inner }),
      (inner: unknown) => Object.assign(new Point(), { x: inner }),
    ]) {
      let value: unknown = 1
      for (let depth = 0; depth < 100_000; depth++) value = wrap(value)
      assert.equal(refusal(value).details['path'], 'attributes')
    }
  })

  test('What is nested a thousand deep travels.', () => {
    for (const wrap of [
      (inner: unknown) => ({ inner }),
      (inner: unknown) => [inner],
      (inner: unknown) => new Map([['inner', inner]]),
    ]) {
      for (const core of [1, new Date(0)]) {
        let value: unknown = core
        for (let depth = 0; depth < 1000; depth++) value = wrap(value)
        assert.ok(travel(value))
      }
    }
  })
})

/** Whether a key occurs anywhere in a JSON value. */
function hasKey(value: unknown, key: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, key) || Object.values(value).some((part) => hasKey(part, key))
}

describe('Attributes as text', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 70 })
  const numbers = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((n) => !Object.is(n, -0))
  const parts = fc.oneof(texts, numbers, fc.integer(), fc.boolean(), fc.constant(null))

  test('Objects of texts and numbers have the text that JSON gives them, whatever their names are.', () => {
    fc.assert(
      fc.property(fc.dictionary(texts, parts, { maxKeys: 12, noNullPrototype: true }), (value) => {
        assert.equal(encodeText(value, 'attributes'), JSON.stringify(value))
        assert.deepEqual(decodeText(encodeText(value, 'attributes')), value)
      }),
      { numRuns: 500 },
    )
    for (const text of [
      '',
      '"',
      '\\',
      '\n',
      '\u0000',
      '\u007f',
      '\u2028',
      '\ud83d\ude00',
      '\ud83d',
      '\uffff',
    ]) {
      const value = {
        [text]: text,
        1: 1e21,
        ['__proto__']: 1e-7,
        [text.repeat(64)]: text.repeat(64),
      }
      assert.equal(encodeText(value, 'attributes'), JSON.stringify(value))
    }
  })

  test('A very long text arrives as it was, with what is beside it.', () => {
    for (const piece of ['x', '"\\\n', '\u00e9', '\u20ac', '\ud83d']) {
      for (const length of [8191, 8192, 50_000]) {
        const text = piece.repeat(length).slice(0, length)
        const value = { text, count: 1e-7, ['__proto__']: null, nothing: null, ok: false }
        assert.deepEqual(decodeText(encodeText(value, 'attributes')), value)
      }
    }
  })

  test('Of a getter that throws, or that gives something else each time, nothing wrong is made.', () => {
    let count = 0
    const changing = {
      get text(): unknown {
        return count++ === 0 ? 'short' : 1n
      },
    }
    const { text } = decodeText(encodeText(changing, 'attributes')) as { text: unknown }
    assert.ok(text === 'short' || text === 1n)
    const throwing = {
      get text(): unknown {
        throw new TypeError('no')
      },
    }
    assert.throws(() => encodeText(throwing, 'attributes'), PayloadError)
  })

  test('What one object had before another, with the same names or not, does not show in its text.', () => {
    const few = fc.constantFrom<unknown>(
      0,
      1,
      true,
      false,
      null,
      'a',
      '"',
      -0,
      Number.NaN,
      undefined,
    )
    const object = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '0', 'constructor', 'toJSON'), few), {
        maxLength: 4,
      })
      .map((entries) => Object.fromEntries(entries))
    fc.assert(
      fc.property(fc.array(object, { maxLength: 12 }), (values) => {
        for (const value of values) {
          const text = encodeText(value, 'attributes')
          assert.deepEqual(decodeText(text), value)
          if (text.startsWith('{')) assert.equal(text, JSON.stringify(value))
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('A name that is new stands before anything, in any place.', () => {
    let made = 0
    const newName = (): string => `new ${++made}`
    for (const value of [undefined, Number.NaN, -0, 5n, null, 0, false, 'text', '"', [], {}]) {
      const carried = [
        { [newName()]: value },
        { known: 1, [newName()]: value },
        { known: 'text', [newName()]: value, known2: value },
      ]
      for (const one of carried) {
        for (const again of [one, one, one]) {
          assert.deepEqual(decodeText(encodeText(again, 'attributes')), one)
        }
      }
    }
  })

  test('A toJSON that a program gave all objects or texts, and one of an object, has no say.', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`n${index}`, 'text']))
    const values = [{ text: 'x', long: 'x'.repeat(100) }, many, {}]
    const prototypes: readonly object[] = [Object.prototype, String.prototype]
    for (const prototype of prototypes) {
      const toJSON = { value: () => 'all', configurable: true }
      Object.defineProperty(prototype, 'toJSON', toJSON)
      try {
        for (const value of values) {
          assert.deepEqual(decodeText(encodeText(value, 'attributes')), value)
        }
      } finally {
        Reflect.deleteProperty(prototype, 'toJSON')
      }
    }
    for (const value of values) {
      const hidden = Object.defineProperty({ ...value }, 'toJSON', { value: () => 'own' })
      assert.deepEqual(decodeText(encodeText(hidden, 'attributes')), value)
    }
  })

  test('A class that says it is Object is none, and a constructor that throws is a PayloadError.', () => {
    const claimed = Object.assign(new Map([[1, 2]]), { constructor: Object })
    assert.deepEqual(
      [...(decodeText(encodeText(claimed, 'attributes')) as Map<number, number>)],
      [[1, 2]],
    )
    const throwing = {
      get constructor(): unknown {
        throw new TypeError('no')
      },
    }
    assert.throws(() => encodeText(throwing, 'attributes'), PayloadError)
  })

  test('They have it also when there are more names than are remembered.', () => {
    for (let index = 0; index < 2000; index++) {
      const value = { [`name ${index}`]: index, known: true }
      assert.equal(encodeText(value, 'attributes'), JSON.stringify(value))
    }
  })

  test('What a program gave all objects does not travel with one.', () => {
    const everyObject: object = Object.prototype
    Object.defineProperty(everyObject, 'inherited', {
      value: 'x',
      enumerable: true,
      configurable: true,
    })
    try {
      assert.equal(encodeText({ own: 1 }, 'attributes'), '{"own":1}')
      assert.equal(encodeText({}, 'attributes'), '{}')
    } finally {
      Reflect.deleteProperty(everyObject, 'inherited')
    }
  })
})
