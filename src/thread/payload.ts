import { X509Certificate } from 'node:crypto'
import { Stream } from 'node:stream'
import { types } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { asError, PayloadError, textOf } from '../core/errors.ts'
import { isJsonWord, jsonOfFew, veryLongText } from './few-json.ts'
import type { LooseTexts } from './loose-texts.ts'

/** A value as bytes: JSON text where that loses nothing, else what `v8.serialize` makes of it. */
export type Payload = string | Uint8Array

/** Builtins that neither JSON nor v8 carries, though some of them would arrive as an almost empty object. */
const refusedClasses: readonly (abstract new (...args: never[]) => object)[] = [
  Promise,
  WeakMap,
  WeakSet,
  WeakRef,
  EventTarget,
  Blob,
  ReadableStream,
  WritableStream,
  TransformStream,
  Stream,
  URL,
  URLSearchParams,
  Headers,
  Request,
  Response,
  FormData,
  X509Certificate,
]

/**
 * Encodes a value so that it arrives in another thread as it is here. Date, Map, Set, BigInt, typed arrays, RegExp,
 * Error, undefined and cycles survive; class instances arrive as plain objects.
 *
 * @throws {PayloadError} naming the path of what cannot travel.
 */
export function encodePayload(value: unknown, path: string): Payload {
  try {
    return isJson(value, path, new Set()) ? JSON.stringify(value) : serialize(value)
  } catch (error) {
    if (error instanceof PayloadError) throw error
    const reason = textOf(asError(error).message)
    throw new PayloadError(
      `Expected ${path} to be data that can travel to another thread: ${reason}`,
      {
        details: { path },
        cause: error,
      },
    )
  }
}

export function decodePayload(payload: Payload): unknown {
  return typeof payload === 'string' ? JSON.parse(payload) : deserialize(payload)
}

/** Bytes as text: a character each after this mark, with which no JSON text begins. */
const bytesMark = '!'
const bytesCode = bytesMark.charCodeAt(0)

/**
 * The same as one text, to be put together with others. An object without properties, or with few, costs little. The
 * texts that are `loose` in it are still to be looked at. `head` is what is to be before it, the same for most.
 */
export function encodeText(
  value: object,
  path: string,
  loose: LooseTexts | null = null,
  head = '',
): string {
  const text = plainText(value, path, loose, head)
  if (text !== null) return text
  const payload = encodePayload(value, path)
  return head + (typeof payload === 'string' ? payload : textOfBytes(payload, path))
}

export function decodeText(text: string): unknown {
  if (text === '{}') return {}
  if (text.charCodeAt(0) !== bytesCode) return JSON.parse(text)
  return deserialize(Buffer.from(text.slice(bytesMark.length), 'latin1'))
}

/** An object of no class. That its constructor says so proves nothing, but has the engine know its prototype. */
function isPlainObject(value: object): boolean {
  return value.constructor === Object && Object.getPrototypeOf(value) === Object.prototype
}

/** A plain object as text, if it is one of those that are quick to write. */
function plainText(
  value: object,
  path: string,
  loose: LooseTexts | null,
  head: string,
): string | null {
  try {
    if (!isPlainObject(value)) return null
    const few = jsonOfFew(value, loose, head)
    if (few !== null) return few
    loose?.clear()
    const text = shallowText(value, path)
    return text === null ? null : head + text
  } catch (error) {
    loose?.clear()
    if (error instanceof PayloadError) throw error
    // A getter that throws: looking at every part finds out which.
    return null
  }
}

/**
 * A plain object of what JSON carries in one piece, as text; null of any other. JSON looks at every character of a text:
 * a very long one is copied as it is instead.
 */
function shallowText(value: object, path: string): string | null {
  // It would say what JSON writes.
  if ('toJSON' in value) return null
  let isLong = false
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key]
    if (typeof part !== 'string' && !isJsonWord(part)) return null
    if (typeof part === 'string' && part.length >= veryLongText) isLong = true
  }
  return isLong ? textOfBytes(serialize(value), path) : JSON.stringify(value)
}

function textOfBytes({ buffer, byteOffset, byteLength }: Uint8Array, path: string): string {
  try {
    return bytesMark + Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
  } catch (error) {
    throw new PayloadError(`Expected ${path} to be no more than a string can hold.`, {
      details: { path },
      cause: error,
    })
  }
}

/** Whether JSON carries a value without loss. Looks at every part, so that what cannot travel at all is found. */
function isJson(value: unknown, path: string, seen: Set<object>): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'undefined':
    case 'bigint':
      return false
    case 'function':
    case 'symbol':
      throw refused(path, `a ${typeof value}`)
    case 'object':
      return value === null || isJsonObject(value, path, seen)
  }
}

function isJsonObject(value: object, path: string, seen: Set<object>): boolean {
  // Met a second time: shared or cyclic, which JSON would copy or choke on.
  if (seen.has(value)) return false
  seen.add(value)
  // JSON would send what toJSON returns, not the value's own properties.
  if (Array.isArray(value)) return isJsonArray(value, path, seen) && !('toJSON' in value)
  const prototype: unknown = Object.getPrototypeOf(value)
  const isInstance = prototype !== Object.prototype && prototype !== null
  if (isInstance && isBuiltin(value, path, seen)) return false
  return areJsonProperties(value, path, seen) && !('toJSON' in value)
}

/** Looks at what is there, not at every index: an array may have four thousand million holes. */
function isJsonArray(array: unknown[], path: string, seen: Set<object>): boolean {
  const keys = Object.keys(array)
  // Indexes come first and in order: as many keys as elements, the last one included, are the elements and no more.
  const dense = keys.length === array.length && (keys.at(-1) ?? '-1') === String(array.length - 1)
  let plain = dense
  for (let index = 0; index < keys.length; index++) {
    const key = dense ? index : (keys[index] ?? '')
    const part: unknown = dense ? array[index] : Reflect.get(array, key)
    if (!isJson(part, `${path}[${key}]`, seen)) plain = false
  }
  return plain
}

function areJsonProperties(value: object, path: string, seen: Set<object>): boolean {
  let plain = true
  for (const [key, part] of Object.entries(value)) {
    if (!isJson(part, `${path}.${key}`, seen)) plain = false
  }
  return plain
}

/** Whether it is a builtin that v8 carries. @throws {PayloadError} for one that it does not. */
function isBuiltin(value: object, path: string, seen: Set<object>): boolean {
  if (types.isMap(value)) {
    for (const [key, part] of value) {
      isJson(key, `${path}.keys()`, seen)
      isJson(part, `${path}.get(${typeof key === 'string' ? `'${key}'` : typeof key})`, seen)
    }
    return true
  }
  if (types.isSet(value)) {
    for (const part of value) isJson(part, `${path}.values()`, seen)
    return true
  }
  if (
    types.isSharedArrayBuffer(value) ||
    (ArrayBuffer.isView(value) && types.isSharedArrayBuffer(value.buffer))
  ) {
    throw refused(path, 'shared memory')
  }
  if (types.isKeyObject(value) || types.isCryptoKey(value)) throw refused(path, 'a key')
  if (types.isSymbolObject(value)) throw refused(path, 'a symbol')
  if (types.isNativeError(value)) {
    isJson(value.cause, `${path}.cause`, seen)
    return true
  }
  if (
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    types.isBoxedPrimitive(value)
  ) {
    return true
  }
  if (isOpaque(value) || refusedClasses.some((refusedClass) => value instanceof refusedClass)) {
    throw refused(path, `a ${classNameOf(value)}`)
  }
  return false
}

/** Whether nothing would arrive of an instance that does hold something, such as a generator or an AbortController. */
function isOpaque(value: object): boolean {
  return (
    Object.keys(value).length === 0 &&
    (Symbol.toStringTag in value || Object.getOwnPropertySymbols(value).length > 0)
  )
}

function classNameOf(value: object): string {
  const { name } = value.constructor
  return name && name !== 'Object' ? name : Object.prototype.toString.call(value).slice(8, -1)
}

function refused(path: string, what: string): PayloadError {
  return new PayloadError(
    `Expected ${path} to be data that can travel to another thread, got ${what}: ` +
      'leave it out, or pass what is needed to make it anew.',
    { details: { path } },
  )
}
