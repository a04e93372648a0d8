import type { ByteText } from './byte-text.ts'
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
  /**
   * Looks at cargo that came as bytes: as the text, or whatever else, that they stand for; gives the number of bytes that
   * `writeBytes` writes. Between the two nobody else is asked.
   */
  measureBytes(text: ByteText, from: number, to: number): number
  /**
   * Writes what was measured last where it is to stay, from a byte on that a word begins with: `bytes` and `words` are the
   * same memory, and the last word that it reaches belongs to it as a whole.
   */
  writeBytes(text: ByteText, bytes: Uint8Array, words: Uint32Array, at: number): void
  /** Reads it from the first `size` bytes; they may change afterwards. */
  decode(bytes: Uint8Array, size: number): unknown
}

/** For cargo that is null or bytes; anything else is kept as it is. */
export const plainCargo = (): CargoCodec => {
  let from = 0
  let to = 0
  return {
    encode(cargo, scratch) {
      if (cargo === null) return 0
      if (!(cargo instanceof Uint8Array)) return -1
      // A byte more than there is: no bytes are something else than null.
      const size = cargo.length + 1
      scratch.reserve(size).set(cargo)
      scratch.bytes[size - 1] = 0
      return size
    },
    measureBytes(_text, start, end) {
      from = start
      to = end
      return to - from + 1
    },
    writeBytes(text, bytes, _words, at) {
      bytes.set(text.bytes.subarray(from, to), at)
      bytes[at + to - from] = 0
    },
    decode: (bytes, size) => (size === 0 ? null : bytes.slice(0, size - 1)),
  }
}
