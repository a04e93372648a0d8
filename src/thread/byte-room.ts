import { ByteText } from '../core/byte-text.ts'

/** So many bytes are made at once: they are still in the cache when they are read. */
export const roomSize: number = 1 << 18

/** Room for the bytes of one text, seen in several ways: nobody keeps any of it. */
let room: Buffer | null = null
let roomText = new ByteText(new Uint8Array(0))

/** The bytes of a text whose characters have one each, until the next is asked for. */
export function bytesOf(text: string): ByteText {
  if (text.length > roomSize) {
    const { buffer, byteOffset, length } = Buffer.from(text, 'latin1')
    return new ByteText(new Uint8Array(buffer, byteOffset, length))
  }
  if (!room) {
    room = Buffer.allocUnsafeSlow(roomSize)
    roomText = new ByteText(new Uint8Array(room.buffer))
  }
  room.write(text, 'latin1')
  return roomText
}
