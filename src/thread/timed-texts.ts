import type { TimedRun } from '../core/timed-run.ts'
import { bytesOf, roomSize } from './byte-room.ts'
import { cutTexts, lengthOf } from './texts.ts'
import { countOf, fewestInRun, type WireTasks } from './wire-tasks.ts'

const beyondLatin1 = /[\u0100-\uffff]/

/**
 * Contexts that came with a time each, as bytes, in pieces that follow one another and are used one after the other.
 * Null when they have to be looked at one by one: some have no time or characters of two bytes, or there are very few.
 */
export function timedRunsOf(tasks: WireTasks): Iterable<TimedRun> | null {
  const count = countOf(tasks)
  if (count < fewestInRun || !allHaveTimes(tasks, count)) return null
  // A text whose characters all have one byte is mostly known to be such, and need not be looked through.
  return beyondLatin1.test(tasks.texts.text) ? null : runsOf(tasks, count)
}

function* runsOf(tasks: WireTasks, count: number): Generator<TimedRun, void> {
  const { texts } = tasks
  for (let from = 0, to = 0; from < count; from = to) {
    to = lengthOf(texts, from, count) <= roomSize ? count : from + 1
    while (to < count && lengthOf(texts, from, to + 1) <= roomSize) to++
    yield runOf(tasks, from, to)
  }
}

function runOf({ taskNames, queues, texts, times }: WireTasks, from: number, to: number): TimedRun {
  const { text, ends, base } = cutTexts(texts, from, to)
  return {
    count: to - from,
    taskNames,
    queues: queues && wordsOf(queues, from, to),
    text: bytesOf(text),
    ends: ends instanceof Int32Array ? ends : Int32Array.from(ends),
    base,
    dues: floatsOf(times?.dues ?? [], from, to),
    epochs: times?.epochs ? floatsOf(times.epochs, from, to) : null,
  }
}

function allHaveTimes({ times }: WireTasks, count: number): boolean {
  if (!times) return false
  const { dues, epochs } = times
  for (let index = 0; index < count; index++) {
    if (Number.isNaN(dues[index]) && Number.isNaN(epochs?.[index] ?? Number.NaN)) return false
  }
  return true
}

function floatsOf(numbers: ArrayLike<number>, from: number, to: number): Float64Array {
  if (!(numbers instanceof Float64Array)) return Float64Array.from(piece(numbers, from, to))
  return from === 0 && to === numbers.length ? numbers : numbers.subarray(from, to)
}

function wordsOf(numbers: ArrayLike<number>, from: number, to: number): Uint32Array {
  if (!(numbers instanceof Uint32Array)) return Uint32Array.from(piece(numbers, from, to))
  return from === 0 && to === numbers.length ? numbers : numbers.subarray(from, to)
}

function piece(numbers: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  return Array.prototype.slice.call(numbers, from, to) as number[]
}
