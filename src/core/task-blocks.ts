import { mostBlockWords, type BlockOwner, type BlockStore } from './block-store.ts'
import type { CargoCodec } from './cargo-codec.ts'
import { Scratch } from './scratch.ts'
import { type TaskIds, textOrigin } from './task-ids.ts'
import {
  dueWord,
  fixedWords,
  flagsWord,
  idWord,
  previousInTimeWord,
  sequenceWord,
} from './task-layout.ts'
import type { TaskRecord } from './task-record.ts'
import type { PlaceKeeper } from './time-heap.ts'
import { readText, sizeOfText, writeText } from './text-bytes.ts'

const live = 2 ** 31
const parked = 2 ** 30
const absolute = 2 ** 29
/** The payload is outside of the block. */
const outside = 2 ** 28
const slackShift = 26
const originShift = 19
const sequenceHighMask = 2 ** originShift - 1
/** Instead of the slack: the last byte tells it. */
const longSlack = 3
/** Payloads of more words are outside: they would leave too much of a page empty. */
const mostInside = mostBlockWords - 3 - fixedWords

/**
 * Scheduled contexts as blocks: when each is due, its place in the order of adding, and its record as bytes.
 *
 * The payload is the cargo and, for an id that is no number, the id as text and its form in four bytes.
 */
export class TaskBlocks implements PlaceKeeper {
  readonly #store: BlockStore
  readonly #newCodec: () => CargoCodec
  readonly #ids: TaskIds
  readonly #scratch = new Scratch()
  /** The first words of a block, put together here; the links are their owners' to set. */
  readonly #head = new Uint32Array(fixedWords)
  readonly #headDue = new Float64Array(this.#head.buffer, 0, 1)
  readonly #codecs = new Map<BlockOwner, CargoCodec>()
  /** That of the queue that was last asked for. */
  #lastOwner: BlockOwner | null = null
  #lastCodec: CargoCodec | null = null
  readonly #outside = new Map<number, Uint8Array>()
  /** Cargo that cannot be made bytes. */
  readonly #kept = new Map<number, unknown>()

  constructor(store: BlockStore, newCodec: () => CargoCodec, ids: TaskIds) {
    this.#store = store
    this.#newCodec = newCodec
    this.#ids = ids
  }

  /** Makes a block of a record. */
  create(
    owner: BlockOwner,
    record: TaskRecord,
    due: number,
    epochMs: number | null,
    sequence: number,
  ): number {
    const store = this.#store
    const cargoSize = this.#codecOf(owner).encode(record.cargo, this.#scratch)
    const size = this.#addId(record.id, Math.max(0, cargoSize))
    const { origin, number } = this.#ids
    const payload = (size + 3) >>> 2
    const time = origin === textOrigin ? fixedWords + 1 : fixedWords
    const head = epochMs === null ? time : time + 2
    const isOutside = payload > mostInside
    const task = store.take(owner, head + (isOutside ? 0 : payload))
    if (cargoSize < 0) this.#kept.set(task, record.cargo)
    let slack = 0
    if (isOutside) {
      this.#outside.set(task, this.#scratch.bytes.slice(0, size))
      this.#scratch.trim()
    } else {
      slack = this.#writePayload(task, head, size)
    }
    const words = this.#head
    this.#headDue[0] = due
    words[idWord] = number
    words[sequenceWord] = sequence % 2 ** 32
    words[flagsWord] =
      live +
      (epochMs === null ? 0 : absolute) +
      (isOutside ? outside : 0) +
      (slack << slackShift) +
      (origin << originShift) +
      (Math.floor(sequence / 2 ** 32) & sequenceHighMask)
    store.write(task, words, 0, fixedWords)
    if (epochMs !== null) store.setFloat(task + time, epochMs)
    return task
  }

  /** Forgets a block, which then is none. */
  delete(task: number): void {
    const store = this.#store
    const flags = store.get(task + flagsWord)
    const origin = originOf(flags)
    if (origin !== textOrigin) this.#ids.release(origin)
    else if (this.#ids.mayBeText) this.#ids.releaseText(this.idOf(task))
    if ((flags & outside) !== 0) this.#outside.delete(task)
    if (this.#kept.size > 0) this.#kept.delete(task)
    store.set(task + flagsWord, 0)
    store.free(task)
  }

  /** Forgets what an owner's cargoes had in common: it has none any more. */
  forgetOwner(owner: BlockOwner): void {
    this.#codecs.delete(owner)
    this.#lastOwner = null
  }

  isLive(task: number): boolean {
    return this.#store.get(task + flagsWord) >= live
  }

  due(task: number): number {
    return this.#store.getFloat(task + dueWord)
  }

  setDue(task: number, due: number): void {
    this.#store.setFloat(task + dueWord, due)
  }

  sequence(task: number): number {
    const high = this.#store.get(task + flagsWord) & sequenceHighMask
    return high * 2 ** 32 + this.#store.get(task + sequenceWord)
  }

  isAbsolute(task: number): boolean {
    return (this.#store.get(task + flagsWord) & absolute) !== 0
  }

  epochMs(task: number): number | null {
    const flags = this.#store.get(task + flagsWord)
    return (flags & absolute) === 0 ? null : this.#store.getFloat(task + headOf(flags) - 2)
  }

  isParked(task: number): boolean {
    return (this.#store.get(task + flagsWord) & parked) !== 0
  }

  setParked(task: number): void {
    const flags = this.#store.get(task + flagsWord)
    this.#store.set(task + flagsWord, (flags | parked) >>> 0)
  }

  placeOf(task: number): number {
    return this.#store.get(task + previousInTimeWord)
  }

  setPlace(task: number, place: number): void {
    this.#store.set(task + previousInTimeWord, place)
  }

  /** Where the count of its id comes from; `textOrigin` if the id is a text. */
  originOf(task: number): number {
    return originOf(this.#store.get(task + flagsWord))
  }

  /** The count of its id, or the hash. */
  numberOf(task: number): number {
    return this.#store.get(task + idWord)
  }

  idOf(task: number): string {
    const origin = originOf(this.#store.get(task + flagsWord))
    if (origin !== textOrigin) return this.#ids.textOf(origin, this.#store.get(task + idWord))
    const size = this.#readPayload(task)
    const bytes = this.#payload(task)
    const form = formAt(bytes, size - 4)
    return readText(bytes, size - 4 - sizeOfText(form), form)
  }

  record(task: number, subjectKey: string | null): TaskRecord {
    const owner = this.#store.ownerOf(task)
    const origin = originOf(this.#store.get(task + flagsWord))
    let size = this.#readPayload(task)
    const bytes = this.#payload(task)
    let id: string
    if (origin === textOrigin) {
      const form = formAt(bytes, size - 4)
      size -= 4 + sizeOfText(form)
      id = readText(bytes, size, form)
    } else {
      id = this.#ids.textOf(origin, this.#store.get(task + idWord))
    }
    const cargo =
      this.#kept.size > 0 && this.#kept.has(task)
        ? this.#kept.get(task)
        : this.#codecOf(owner).decode(bytes, size)
    return { id, taskName: owner.name, subjectKey, cargo }
  }

  #codecOf(owner: BlockOwner): CargoCodec {
    if (owner === this.#lastOwner && this.#lastCodec) return this.#lastCodec
    let codec = this.#codecs.get(owner)
    if (!codec) this.#codecs.set(owner, (codec = this.#newCodec()))
    this.#lastOwner = owner
    this.#lastCodec = codec
    return codec
  }

  /** Keeps an id, and writes it behind the cargo if it is a text; gives the size of both. */
  #addId(id: string, size: number): number {
    this.#ids.keep(id)
    if (this.#ids.origin !== textOrigin) {
      this.#scratch.reserve(size + 4)
      return size
    }
    const form = writeText(id, this.#scratch, size)
    const end = size + sizeOfText(form)
    const bytes = this.#scratch.reserve(end + 8)
    for (let byte = 0; byte < 4; byte++) bytes[end + byte] = form >>> (8 * byte)
    return end + 4
  }

  /** Writes what is in the scratch to a block; gives the slack. */
  #writePayload(task: number, head: number, size: number): number {
    const room = this.#store.wordsOf(task) - head
    const slack = 4 * room - size
    if (slack >= longSlack) this.#scratch.reserve(4 * room)[4 * room - 1] = slack
    this.#store.write(task + head, this.#scratch.words, 0, room)
    return Math.min(slack, longSlack)
  }

  /** Reads the payload into the scratch, unless it is outside; gives its size. */
  #readPayload(task: number): number {
    const store = this.#store
    const flags = store.get(task + flagsWord)
    if ((flags & outside) !== 0) return this.#payload(task).length
    const head = headOf(flags)
    const words = store.wordsOf(task) - head
    const bytes = this.#scratch.reserve(4 * words)
    store.read(task + head, this.#scratch.words, 0, words)
    const slack = (flags >>> slackShift) & 3
    return 4 * words - (slack === longSlack ? (bytes[4 * words - 1] ?? 0) : slack)
  }

  #payload(task: number): Uint8Array {
    return (this.#outside.size > 0 ? this.#outside.get(task) : undefined) ?? this.#scratch.bytes
  }
}

/** Where the payload begins. */
function headOf(flags: number): number {
  const time = originOf(flags) === textOrigin ? fixedWords + 1 : fixedWords
  return (flags & absolute) === 0 ? time : time + 2
}

function originOf(flags: number): number {
  return (flags >>> originShift) & textOrigin
}

function formAt(bytes: Uint8Array, at: number): number {
  let form = 0
  for (let byte = 3; byte >= 0; byte--) form = form * 256 + (bytes[at + byte] ?? 0)
  return form
}
