/**
 * What contexts are about, as keys of an index.
 *
 * A string, number, bigint or boolean is compared by type and value. An object is compared by identity in the thread
 * that holds it: its key is drawn here once and travels with the context, and a thread that takes the context binds
 * its own copy to the same key. A given `subjectKey` is compared as that string would be.
 */
import { ContextTypeError, shown } from './errors.ts'

const prefix = globalThis.crypto.randomUUID()
let drawn = 0
/** An object is known by every key it was ever given, and forgotten when it is collected. */
const keysOfObject = new WeakMap<object, string[]>()

/** The key under which a context is indexed; null when it has no subject. Draws one for a new object. */
export function subjectKeyOf(subject: unknown, given: string | undefined): string | null {
  if (typeof subject === 'object' && subject !== null) {
    if (given !== undefined) return bindSubject(subject, `string:${given}`)
    const identity = keysOfObject.get(subject)?.find((key) => key.startsWith('object:'))
    return identity ?? bindSubject(subject, `object:${prefix}:${++drawn}`)
  }
  const key = subject === undefined || subject === null ? null : primitiveKey(subject)
  return given === undefined ? key : `string:${given}`
}

/** Makes an object, often a copy that came from another thread, known by a key; gives that key back. */
export function bindSubject(subject: object, key: string): string {
  const keys = keysOfObject.get(subject)
  if (!keys) keysOfObject.set(subject, [key])
  else if (!keys.includes(key)) keys.push(key)
  return key
}

/**
 * All keys that a subject stands for.
 *
 * @throws {ContextTypeError} for null and undefined, which are no subject, and for symbols and functions.
 */
export function keysOfSubject(subject: unknown): readonly string[] {
  if (typeof subject === 'object' && subject !== null) return keysOfObject.get(subject) ?? []
  return [primitiveKey(subject)]
}

function primitiveKey(subject: unknown): string {
  switch (typeof subject) {
    // Each with its own text: most are strings, and two are quicker put together than three.
    case 'string':
      return `string:${subject}`
    case 'number':
      return `number:${subject}`
    case 'boolean':
      return `boolean:${subject}`
    case 'bigint':
      return `bigint:${subject}`
    default:
      throw new ContextTypeError(
        `Expected a subject to be a string, number, bigint, boolean or object, got ${shown(subject)}.`,
      )
  }
}
