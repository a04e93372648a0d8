import { ByteText } from './byte-text.ts'

/** Contexts that came together, each with a time, as bytes: one for each character. Nothing of it is kept. */
export interface TimedRun {
  readonly count: number
  readonly taskNames: readonly string[]
  /** The place of each one's queue among the names; null when there is only one. */
  readonly queues: Uint32Array | null
  /** Of each its id, its subject key and its cargo, one behind the other. */
  readonly text: ByteText
  /** Where each of the three ends, `base` more than its place among the bytes; of a key that is null, ~end. */
  readonly ends: Int32Array
  readonly base: number
  /** On the core's time line; NaN for those that have a time of the calendar. */
  readonly dues: Float64Array
  /** NaN for those that have none; null when none has. */
  readonly epochs: Float64Array | null
}

/** One of a run, and what was found out about it. The same object is used for all. */
export class TimedPart {
  text: ByteText = new ByteText(new Uint8Array(0))
  idStart = 0
  idEnd = 0
  /** Where the subject key ends that begins behind the id, and the cargo begins. */
  keyEnd = 0
  cargoEnd = 0
  /** On the core's time line. */
  due = 0
  /** NaN: none. */
  epochMs = 0
  /** By how much times of the calendar are placed; NaN: nobody asked yet. */
  offsetMs = 0
  /** What its id is as a number: see TaskIds. */
  origin = 0
  number = 0
}
