import type { CargoCodec } from '../core/cargo-codec.ts'
import type { Scratch } from '../core/scratch.ts'
import type { TaskRecord } from '../core/task-record.ts'
import { cargoOf, numberAfter, numberBefore } from './cargo.ts'

/** The first byte: whether characters have two bytes, and how long the number behind them is. */
const wide = 1
const shortNumber = 2
const longNumber = 4

const beyondLatin1 = /[\u0100-\uffff]/

/**
 * Cargo as bytes, while a context is scheduled: what the contexts of a queue have in common comes first.
 *
 *     flags 1 | text ... | the schedTime as a number 0, 2 or 8
 */
export class CargoText implements CargoCodec {
  readonly #floats = new Float64Array(1)
  readonly #floatBytes = new Uint8Array(this.#floats.buffer)

  encode(record: TaskRecord, scratch: Scratch): number {
    const cargo = cargoOf(record)
    const { number, start } = numberBefore(cargo)
    const text = start === 0 ? cargo : cargo.slice(start)
    const bytes = viewOf(scratch.reserve(16 + 2 * text.length))
    const isWide = beyondLatin1.test(text)
    let size = 1 + bytes.write(text, 1, isWide ? 'utf16le' : 'latin1')
    let flags = isWide ? wide : 0
    if (number !== null) {
      if (Number.isInteger(number) && number >= 0 && number < 65_536) {
        flags |= shortNumber
        bytes[size++] = number & 255
        bytes[size++] = number >>> 8
      } else {
        flags |= longNumber
        this.#floats[0] = number
        bytes.set(this.#floatBytes, size)
        size += 8
      }
    }
    bytes[0] = flags
    return size
  }

  decode(bytes: Uint8Array, size: number): string {
    const flags = bytes[0] ?? 0
    const end = size - ((flags & shortNumber) === 0 ? ((flags & longNumber) === 0 ? 0 : 8) : 2)
    const text = viewOf(bytes).toString((flags & wide) === 0 ? 'latin1' : 'utf16le', 1, end)
    if (end === size) return text
    return numberAfter(this.#readNumber(bytes, end, flags), text)
  }

  #readNumber(bytes: Uint8Array, at: number, flags: number): number {
    if ((flags & shortNumber) !== 0) return (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0)
    for (let index = 0; index < 8; index++) this.#floatBytes[index] = bytes[at + index] ?? 0
    return this.#floats[0] ?? 0
  }
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
