import { Stream } from 'node:stream'
import { types } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { PayloadError } from '../core/errors.ts'

/** A value as bytes: JSON text where that loses nothing, else what `v8.serialize` makes of it. */
export type Payload = string | Uint8Array

/** Builtins that neither JSON nor v8 carries, though some of them would arrive as an empty object without a word. */
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
    const reason = error instanceof Error ? error.message : String(error)
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
  if (Array.isArray(value)) return isJsonArray(value, path, seen)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null)
    return areJsonProperties(value, path, seen)
  if (isBuiltin(value, path, seen)) return false
  const plain = areJsonProperties(value, path, seen)
  // JSON would send what toJSON returns, not the instance's own properties.
  return plain && !('toJSON' in value)
}

function isJsonArray(array: unknown[], path: string, seen: Set<object>): boolean {
  let plain = true
  for (let index = 0; index < array.length; index++) {
    if (!(index in array)) plain = false
    else if (!isJson(array[index], `${path}[${index}]`, seen)) plain = false
  }
  return plain && Object.keys(array).length === array.length && !('toJSON' in array)
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
  for (const refusedClass of refusedClasses) {
    if (value instanceof refusedClass) throw refused(path, `a ${value.constructor.name}`)
  }
  const carried =
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    types.isBoxedPrimitive(value)
  // A builtin whose state is not in its properties would arrive as an empty object.
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (!carried && tag !== 'Object' && Object.keys(value).length === 0) {
    throw refused(path, `a ${tag}`)
  }
  return carried
}

function refused(path: string, what: string): PayloadError {
  return new PayloadError(
    `Expected ${path} to be data that can travel to another thread, got ${what}: ` +
      'leave it out, or pass what is needed to make it anew.',
    { details: { path } },
  )
}
