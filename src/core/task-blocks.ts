import * as blockSizes from './block-sizes.ts'
import { placeOf, type BlockOwner, type BlockStore } from './block-store.ts'
import type { ByteText } from './byte-text.ts'
import type { CargoCodec } from './cargo-codec.ts'
import * as idLayout from './id-layout.ts'
import { Scratch } from './scratch.ts'
import type { TaskIds } from './task-ids.ts'
import * as taskLayout from './task-layout.ts'
import type { TaskRecord } from './task-record.ts'
import type { PlaceKeeper } from './time-heap.ts'
import { readText, sizeOfText, writeText } from './text-bytes.ts'
import { TimedPart } from './timed-run.ts'

const { mostBlockWords } = blockSizes
const { textOrigin } = idLayout
const {
  absolute,
  detailsWord,
  dueWord,
  fixedDetails,
  fixedWords,
  flagsWord,
  idWord,
  inHeap,
  outside,
  parked,
  sequenceWord,
  subjectWord,
  taskWord,
  timeWord,
} = taskLayout

const slackShift = 26
const originShift = 19
const sequenceHighMask = 2 ** originShift - 1
/** Instead of the slack: the last byte tells it. */
const longSlack = 3
/** Payloads of more words are outside: they would leave too much of a page empty. */
const mostInside = mostBlockWords - 3 - fixedDetails

/**
 * Scheduled contexts as blocks: what finds and orders each in one, when it is due and its record as bytes in another.
 *
 * The payload is the cargo and, for an id that is no number, the id as text and its form in four bytes.
 */
export class TaskBlocks implements PlaceKeeper {
  readonly #store: BlockStore
  readonly #owner: BlockOwner
  readonly #newCodec: () => CargoCodec
  readonly #ids: TaskIds
  readonly #scratch = new Scratch()
  /** What `create` was given. */
  readonly #part = new TimedPart()
  /** By the number of their owner. */
  readonly #codecs: (CargoCodec | undefined)[] = []
  readonly #outside = new Map<number, Uint8Array>()
  /** Cargo that cannot be made bytes. */
  readonly #kept = new Map<number, unknown>()

  constructor(store: BlockStore, newCodec: () => CargoCodec, ids: TaskIds) {
    this.#store = store
    this.#owner = store.addOwner('contexts')
    this.#newCodec = newCodec
    this.#ids = ids
  }

  /** Makes the blocks of a record: its details belong to `owner`. */
  create(
    owner: BlockOwner,
    record: TaskRecord,
    due: number,
    epochMs: number | null,
    sequence: number,
  ): number {
    const cargoSize = this.#codecOf(owner).encode(record.cargo, this.#scratch)
    const size = this.#addId(record.id, Math.max(0, cargoSize))
    const part = this.#part
    part.origin = this.#ids.origin
    part.number = this.#ids.number
    part.due = due
    part.epochMs = epochMs ?? Number.NaN
    let task: number
    try {
      task = this.#make(owner, part, size, sequence, 0, null)
    } catch (error) {
      this.#ids.forget(part.origin, record.id)
      throw error
    }
    if (cargoSize < 0) this.#kept.set(task, record.cargo)
    return task
  }

  /** Takes some blocks for contexts that are made soon: see `BlockStore.takeSome`. */
  takeBlocks(blocks: Uint32Array, from: number, to: number): number {
    return this.#store.takeSome(this.#owner, fixedWords, blocks, from, to)
  }

  /** Gives such a block back of which no context was made. */
  giveBack(block: number): void {
    this.#store.free(block)
  }

  /** The same of a part of a run, of whose id it is known what it is, in a block that was taken for it. */
  createOfBytes(owner: BlockOwner, part: TimedPart, sequence: number, block: number): void {
    const codec = this.#codecOf(owner)
    const { text, keyEnd, cargoEnd, origin } = part
    const size = codec.measureBytes(text, keyEnd, cargoEnd)
    if (origin !== textOrigin && size <= 4 * mostInside) {
      this.#make(owner, part, size, sequence, block, codec)
      return
    }
    const bytes = this.#scratch.reserve(size + 4)
    codec.writeBytes(text, bytes, this.#scratch.words, 0)
    const whole = origin === textOrigin ? this.#addIdBytes(part, size) : size
    this.#make(owner, part, whole, sequence, block, null)
  }

  /** Makes the blocks of what is in the scratch, or of what a codec measured. */
  #make(
    owner: BlockOwner,
    part: TimedPart,
    size: number,
    sequence: number,
    block: number,
    codec: CargoCodec | null,
  ): number {
    const store = this.#store
    const { origin, due, epochMs } = part
    const payload = (size + 3) >>> 2
    const isText = origin === textOrigin
    const isAbsolute = !Number.isNaN(epochMs)
    const head = fixedDetails + (isText ? 1 : 0) + (isAbsolute ? 2 : 0)
    const isOutside = payload > mostInside
    // There may be no memory for it: nothing has changed then.
    const copy = isOutside ? this.#scratch.bytes.slice(0, size) : null
    const details = store.take(owner, head + (isOutside ? 0 : payload))
    const task = block === 0 ? store.take(this.#owner, fixedWords) : block
    let slack = 0
    if (copy) {
      this.#outside.set(task, copy)
      this.#scratch.trim()
    } else {
      slack = this.#writePayload(details, head, size, codec, part.text)
    }
    store.setFloat(details + dueWord, due)
    if (isAbsolute) store.setFloat(details + head - 2, epochMs)
    const own = store.wordsAt(details)
    const at = placeOf(details)
    const words = store.wordsAt(task)
    const place = placeOf(task)
    own[at + taskWord] = task
    // Where the sequence of the others is there is a link, which is the index's.
    if (isText) own[at + fixedDetails] = sequence >>> 0
    else words[place + sequenceWord] = sequence >>> 0
    // Until it has a subject.
    words[place + subjectWord] = 0
    words[place + idWord] = part.number
    words[place + detailsWord] = details
    words[place + flagsWord] =
      (isAbsolute ? absolute : 0) +
      (isOutside ? outside : 0) +
      (slack << slackShift) +
      (origin << originShift) +
      (sequence < 2 ** 32 ? 0 : Math.floor(sequence / 2 ** 32) & sequenceHighMask)
    return task
  }

  /** Whether something of a context may be kept outside of its blocks: that may be much. */
  get keepsApart(): boolean {
    return this.#outside.size > 0 || this.#kept.size > 0
  }

  /** Forgets the blocks of several of one page, by what is known of them; gives those whose last details went. */
  deleteAll(
    tasks: Uint32Array,
    details: Uint32Array,
    flags: Uint32Array,
    count: number,
  ): readonly BlockOwner[] {
    const store = this.#store
    let alike = 0
    let last = textOrigin
    for (let index = 0; index < count; index++) {
      const origin = originOf(flags[index] ?? 0)
      const task = tasks[index] ?? 0
      if (origin !== last) {
        this.#ids.release(last, alike)
        last = origin
        alike = 0
      }
      if (origin !== textOrigin) alike++
      else if (this.#ids.mayBeText) this.#ids.releaseText(this.idOf(task))
      if (((flags[index] ?? 0) & outside) !== 0) this.#outside.delete(task)
      if (this.#kept.size > 0) this.#kept.delete(task)
    }
    this.#ids.release(last, alike)
    store.freeSome(tasks, count)
    const emptied: BlockOwner[] = []
    for (let index = 0; index < count; index++) {
      const owner = store.free(details[index] ?? 0)
      if (owner.blocks === 0) emptied.push(owner)
    }
    return emptied
  }

  /** Forgets what an owner's cargoes had in common: it has none any more. */
  forgetOwner(owner: BlockOwner): void {
    this.#codecs[owner.number] = undefined
  }

  /** Calls a function with every context whose details an owner has. */
  forEach(owner: BlockOwner, visit: (task: number) => void): void {
    this.#store.forEach(owner, (details) => visit(this.#store.get(details + taskWord)))
  }

  /** Whose the details of a context are. */
  ownerOf(task: number): BlockOwner {
    return this.#store.ownerOf(this.#details(task))
  }

  ownerNumberOf(task: number): number {
    return this.#store.ownerNumberOf(this.#details(task))
  }

  due(task: number): number {
    return this.#store.getFloat(this.#details(task) + dueWord)
  }

  setDue(task: number, due: number): void {
    this.#store.setFloat(this.#details(task) + dueWord, due)
  }

  sequence(task: number): number {
    const flags = this.#store.get(task + flagsWord)
    const isText = originOf(flags) === textOrigin
    const at = isText ? this.#details(task) + fixedDetails : task + sequenceWord
    return (flags & sequenceHighMask) * 2 ** 32 + this.#store.get(at)
  }

  isAbsolute(task: number): boolean {
    return (this.#store.get(task + flagsWord) & absolute) !== 0
  }

  epochMs(task: number): number | null {
    const flags = this.#store.get(task + flagsWord)
    if ((flags & absolute) === 0) return null
    return this.#store.getFloat(this.#details(task) + headOf(flags) - 2)
  }

  isParked(task: number): boolean {
    return (this.#store.get(task + flagsWord) & parked) !== 0
  }

  setParked(task: number): void {
    const flags = this.#store.get(task + flagsWord)
    this.#store.set(task + flagsWord, flags | parked)
  }

  /** Whether its place is one in a heap. */
  isInHeap(task: number): boolean {
    return (this.#store.get(task + flagsWord) & inHeap) !== 0
  }

  setInHeap(task: number, is: boolean): void {
    const flags = this.#store.get(task + flagsWord)
    this.#store.set(task + flagsWord, is ? flags | inHeap : flags & ~inHeap)
  }

  placeOf(task: number): number {
    return this.#store.get(task + timeWord)
  }

  setPlace(task: number, place: number): void {
    this.#store.wordsAt(task)[placeOf(task) + timeWord] = place
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
    const owner = this.ownerOf(task)
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

  #details(task: number): number {
    return this.#store.get(task + detailsWord)
  }

  #codecOf(owner: BlockOwner): CargoCodec {
    return (this.#codecs[owner.number] ??= this.#newCodec())
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

  #addIdBytes({ text: { bytes }, idStart, idEnd }: TimedPart, size: number): number {
    const length = idEnd - idStart
    const room = this.#scratch.reserve(size + length + 8)
    for (let index = 0; index < length; index++) room[size + index] = bytes[idStart + index] ?? 0
    const form = 2 * length
    for (let byte = 0; byte < 4; byte++) room[size + length + byte] = form >>> (8 * byte)
    return size + length + 4
  }

  /** Writes what is in the scratch, or what a codec measured, behind the head of a block; gives the slack. */
  #writePayload(
    details: number,
    head: number,
    size: number,
    codec: CargoCodec | null,
    text: ByteText,
  ): number {
    const store = this.#store
    const room = store.wordsOf(details) - head
    const slack = 4 * room - size
    const place = placeOf(details) + head
    const bytes = store.bytesAt(details)
    if (codec) codec.writeBytes(text, bytes, store.wordsAt(details), 4 * place)
    else store.write(details + head, this.#scratch.words, 0, (size + 3) >>> 2)
    if (slack < longSlack) return slack
    bytes[4 * (place + room) - 1] = slack
    return longSlack
  }

  /** Reads the payload into the scratch, unless it is outside; gives its size. */
  #readPayload(task: number): number {
    const store = this.#store
    const flags = store.get(task + flagsWord)
    if ((flags & outside) !== 0) return this.#payload(task).length
    const details = this.#details(task)
    const head = headOf(flags)
    const words = store.wordsOf(details) - head
    const bytes = this.#scratch.reserve(4 * words)
    store.read(details + head, this.#scratch.words, 0, words)
    const slack = (flags >>> slackShift) & 3
    return 4 * words - (slack === longSlack ? (bytes[4 * words - 1] ?? 0) : slack)
  }

  #payload(task: number): Uint8Array {
    return (this.#outside.size > 0 ? this.#outside.get(task) : undefined) ?? this.#scratch.bytes
  }
}

/** Where the payload begins. */
function headOf(flags: number): number {
  const time = fixedDetails + (originOf(flags) === textOrigin ? 1 : 0)
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
