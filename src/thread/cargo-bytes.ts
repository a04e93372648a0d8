import { deserialize, serialize } from 'node:v8'
import type { CargoCodec } from '../core/cargo-codec.ts'
import type { Scratch } from '../core/scratch.ts'
import type { TaskRecord } from '../core/timetable.ts'
import { cargoOf, type Cargo } from './cargo.ts'
import type { Payload } from './payload.ts'

/** The lowest bits of the first byte: what the `schedTime` is. */
const noTime = 0
const nullTime = 1
const shortNumber = 2
const number = 3
const date = 4
const otherTime = 5
const timeMask = 7
/** The next two: what the attributes are. */
const latin1 = 0
const ucs2 = 8
const bytesPayload = 16
const payloadMask = 24
/** The subject is null, not undefined. */
const nullSubject = 32
/** There is more than attributes, a plain time and what the subject's key tells. */
const withRest = 64

/** What most contexts do not carry. */
type Rest = Omit<Cargo, 'attributes'>

/**
 * Cargo as bytes, while a context is scheduled: what all contexts of a queue have in common comes first.
 *
 *     flags 1 | attributes ... | time 0, 2 or 8 | rest ..., its size 4
 *
 * A subject that its key tells is not repeated.
 */
export class CargoBytes implements CargoCodec {
  readonly #floats = new Float64Array(1)
  readonly #floatBytes = new Uint8Array(this.#floats.buffer)

  encode(record: TaskRecord, scratch: Scratch): number {
    const cargo = cargoOf(record)
    const { attributes, schedTime } = cargo
    let flags = cargo.subject === null ? nullSubject : 0
    let size = 1
    if (typeof attributes === 'string') {
      const bytes = viewOf(scratch.reserve(16 + 2 * attributes.length))
      const narrow = isLatin1(attributes)
      if (narrow) size += bytes.write(attributes, size, 'latin1')
      else size += bytes.write(attributes, size, 'utf16le')
      flags |= narrow ? latin1 : ucs2
    } else {
      scratch.reserve(16 + attributes.length).set(attributes, size)
      size += attributes.length
      flags |= bytesPayload
    }
    const { bytes } = scratch
    const time = kindOfTime(schedTime)
    flags |= time
    if (time === shortNumber) {
      bytes[size++] = Number(schedTime) & 255
      bytes[size++] = Number(schedTime) >>> 8
    } else if (time === number || time === date) {
      this.#floats[0] = Number(schedTime)
      bytes.set(this.#floatBytes, size)
      size += 8
    }
    if (time === otherTime || !isPlain(cargo)) {
      flags |= withRest
      const { attributes: _, ...rest } = cargo
      size = writeRest(rest, scratch, size)
    }
    scratch.bytes[0] = flags
    return size
  }

  decode(bytes: Uint8Array, size: number, subjectKey: string | null): Cargo {
    const flags = bytes[0] ?? 0
    if ((flags & withRest) !== 0) {
      const at = size - 4
      const restSize = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true)
      const rest = deserialize(bytes.slice(at - restSize, at)) as Rest
      const end = at - restSize - timeSizeOf(flags)
      return { ...rest, attributes: readPayload(bytes, end, flags) }
    }
    const end = size - timeSizeOf(flags)
    return {
      subjectPayload: null,
      attributes: readPayload(bytes, end, flags),
      subject: (flags & nullSubject) === 0 ? subjectOfKey(subjectKey) : null,
      subjectKey: undefined,
      schedTime: this.#readTime(bytes, end, flags & timeMask),
      lastError: null,
      errorCount: 0,
    }
  }

  #readTime(bytes: Uint8Array, at: number, time: number): Cargo['schedTime'] {
    if (time === noTime) return undefined
    if (time === nullTime) return null
    if (time === shortNumber) return (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0)
    for (let index = 0; index < 8; index++) this.#floatBytes[index] = bytes[at + index] ?? 0
    const value = this.#floats[0] ?? 0
    return time === date ? new Date(value) : value
  }
}

function kindOfTime(time: Cargo['schedTime']): number {
  if (time === undefined) return noTime
  if (time === null) return nullTime
  if (time instanceof Date) return date
  if (typeof time !== 'number') return otherTime
  return Number.isInteger(time) && time >= 0 && time < 65_536 && !Object.is(time, -0)
    ? shortNumber
    : number
}

function timeSizeOf(flags: number): number {
  const time = flags & timeMask
  if (time === shortNumber) return 2
  return time === number || time === date ? 8 : 0
}

/** Whether everything but the attributes and a plain time is told by the subject's key. */
function isPlain({ subject, subjectPayload, subjectKey, lastError, errorCount }: Cargo): boolean {
  return (
    subjectPayload === null &&
    subjectKey === undefined &&
    lastError === null &&
    errorCount === 0 &&
    !Object.is(subject, -0)
  )
}

/** The subject that a key without an object was made of. */
function subjectOfKey(key: string | null): unknown {
  if (key === null) return undefined
  const colon = key.indexOf(':')
  const text = key.slice(colon + 1)
  switch (key.slice(0, colon)) {
    case 'number':
      return Number(text)
    case 'bigint':
      return BigInt(text)
    case 'boolean':
      return text === 'true'
    default:
      return text
  }
}

function readPayload(bytes: Uint8Array, end: number, flags: number): Payload {
  const payload = flags & payloadMask
  if (payload === bytesPayload) return bytes.slice(1, end)
  return viewOf(bytes).toString(payload === latin1 ? 'latin1' : 'utf16le', 1, end)
}

function writeRest(rest: Rest, scratch: Scratch, at: number): number {
  const bytes = serialize(rest)
  const end = at + bytes.length
  scratch.reserve(end + 4).set(bytes, at)
  new DataView(scratch.bytes.buffer, scratch.bytes.byteOffset + end, 4).setUint32(
    0,
    bytes.length,
    true,
  )
  return end + 4
}

function isLatin1(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[^\u0000-\u00ff]/.test(text)
}

/** The last bytes that were written to or read from: mostly the same. */
let lastBytes: Uint8Array | null = null
let lastView: Buffer = Buffer.alloc(0)

/** The same bytes, with Node's fast ways to read and write text. */
function viewOf(bytes: Uint8Array): Buffer {
  if (bytes !== lastBytes) {
    lastBytes = bytes
    lastView = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return lastView
}
