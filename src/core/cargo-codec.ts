import { ByteText } from './byte-text.ts'
import type { Scratch } from './scratch.ts'

/**
 * Makes bytes of what the records of one queue carry, and back: so that nothing of it is an object while it is
 * scheduled. What they have in common it may keep once; it is forgotten when nothing of its queue is scheduled.
 */
export interface CargoCodec {
  /**
   * Writes cargo to the start of `scratch`, reserving room there; gives the number of bytes. -1: it cannot be made
   * bytes, and is kept as it is.
   */
  encode(cargo: unknown, scratch: Scratch): number
  /** The same of cargo that came as bytes: as the text, or whatever else, that they stand for. */
  encodeBytes(text: ByteText, from: number, to: number, scratch: Scratch): number
  /** Reads it from the first `size` bytes; they may change afterwards. */
  decode(bytes: Uint8Array, size: number): unknown
}

/** For cargo that is null or bytes; anything else is kept as it is. */
export const plainCargo = (): CargoCodec => ({
  encode(cargo, scratch) {
    if (cargo === null) return 0
    if (!(cargo instanceof Uint8Array)) return -1
    return this.encodeBytes(new ByteText(cargo), 0, cargo.length, scratch)
  },
  encodeBytes({ bytes }, from, to, scratch) {
    // A byte more than there is: no bytes are something else than null.
    const size = to - from + 1
    scratch.reserve(size).set(bytes.subarray(from, to))
    scratch.bytes[size - 1] = 0
    return size
  },
  decode: (bytes, size) => (size === 0 ? null : bytes.slice(0, size - 1)),
})
