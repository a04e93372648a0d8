import * as blockSizes from './block-sizes.ts'
import { placeOf, type BlockOwner, type BlockStore } from './block-store.ts'
import type { ByteText } from './byte-text.ts'
import { HashIndex } from './hash-index.ts'
import { Scratch } from './scratch.ts'
import * as taskLayout from './task-layout.ts'
import { hashOfText, readText, sizeOfText, writeText } from './text-bytes.ts'

const { mostBlockWords } = blockSizes
const { nextOfSubjectWord, previousOfSubjectWord, subjectWord } = taskLayout

/** The words of a subject's block; its key follows. */
const hashWord = 0
const linkWord = 1
const firstWord = 2
const lastWord = 3
const formWord = 4
const keyWord = 5
/** So many tasks are removed together at most. */
const mostTogether = 64

/** Tasks by what they are about, in order of adding. A key is kept once, as bytes, while there is a task of it. */
export class SubjectIndex {
  readonly #store: BlockStore
  readonly #owner: BlockOwner
  readonly #index: HashIndex
  readonly #scratch = new Scratch()
  /** What `lookAll` looks at. */
  readonly #going = new Uint32Array(mostTogether)
  /** Keys that are too long for a block. */
  readonly #longKeys = new Map<number, string>()
  #lastKey: string | null = null
  #lastSubject = 0

  constructor(store: BlockStore) {
    this.#store = store
    this.#owner = store.addOwner('subjects')
    this.#index = new HashIndex(store, hashWord, linkWord, 0.5)
  }

  /** How many subjects there are. */
  get size(): number {
    return this.#index.size
  }

  /** The first task of a key; 0 if there is none. */
  first(key: string): number {
    const subject = this.#find(key)
    return subject === 0 ? 0 : this.#store.get(subject + firstWord)
  }

  /** Whether a task is one of a subject, and was not taken from it. */
  has(task: number): boolean {
    return this.#store.get(task + subjectWord) !== 0
  }

  /** The task of the same subject that was added next. */
  next(task: number): number {
    return this.#store.get(task + nextOfSubjectWord)
  }

  add(task: number, key: string | null): void {
    this.append(task, key === null ? 0 : this.#find(key) || this.#create(key))
  }

  /** Adds a task of a subject's block; 0: it has no subject. */
  append(task: number, subject: number): void {
    const store = this.#store
    const words = store.wordsAt(task)
    const place = placeOf(task)
    words[place + nextOfSubjectWord] = 0
    words[place + subjectWord] = subject
    if (subject === 0) {
      words[place + previousOfSubjectWord] = 0
      return
    }
    const own = store.wordsAt(subject)
    const at = placeOf(subject)
    const last = own[at + lastWord] ?? 0
    own[at + lastWord] = task
    words[place + previousOfSubjectWord] = last
    if (last === 0) own[at + firstWord] = task
    else store.wordsAt(last)[placeOf(last) + nextOfSubjectWord] = task
  }

  /** Adds tasks of one subject's block, from a place on up to another. */
  appendRun(tasks: Uint32Array, from: number, to: number, subject: number): void {
    const store = this.#store
    const own = store.wordsAt(subject)
    const at = placeOf(subject)
    const before = own[at + lastWord] ?? 0
    const first = tasks[from] ?? 0
    if (before === 0) own[at + firstWord] = first
    else store.wordsAt(before)[placeOf(before) + nextOfSubjectWord] = first
    let previous = before
    for (let index = from; index < to; index++) {
      const task = tasks[index] ?? 0
      const words = store.wordsAt(task)
      const place = placeOf(task)
      words[place + previousOfSubjectWord] = previous
      words[place + nextOfSubjectWord] = index + 1 < to ? (tasks[index + 1] ?? 0) : 0
      words[place + subjectWord] = subject
      previous = task
    }
    own[at + lastWord] = previous
  }

  /** Looks at where keys of these hashes are or would be, of which blocks are asked for soon; what it gives means nothing. */
  look(hashes: Uint32Array, count: number): number {
    return this.#index.look(hashes, count)
  }

  /** The block of a key in bytes, one for each character, by its hash; made if there is none. */
  subjectOfBytes({ bytes }: ByteText, from: number, to: number, hash: number): number {
    const size = to - from
    const index = this.#index
    const words = (size + 3) >>> 2
    const room = this.#scratch.reserve(4 * words + 4)
    for (let at = 0; at < size; at++) room[at] = bytes[from + at] ?? 0
    for (let at = size; at < 4 * words; at++) room[at] = 0
    for (let subject = index.first(hash); subject !== 0; subject = index.next(subject)) {
      if (this.#hasWritten(subject, hash, 2 * size, words)) return subject
    }
    return this.#make(hash, 2 * size)
  }

  remove(task: number): void {
    const store = this.#store
    const words = store.wordsAt(task)
    const place = placeOf(task)
    const subject = words[place + subjectWord] ?? 0
    if (subject === 0) return
    const previous = words[place + previousOfSubjectWord] ?? 0
    const next = words[place + nextOfSubjectWord] ?? 0
    if (previous === 0 && next === 0) {
      this.#remove(subject)
      return
    }
    const before = previous === 0 ? subject + firstWord : previous + nextOfSubjectWord
    store.wordsAt(before)[placeOf(before)] = next
    const after = next === 0 ? subject + lastWord : next + previousOfSubjectWord
    store.wordsAt(after)[placeOf(after)] = previous
  }

  /** Looks at the subjects that go with their last task, of tasks that are removed before long: what it gives means nothing. */
  lookAll(tasks: Uint32Array, count: number): number {
    const store = this.#store
    const going = this.#going
    let goingCount = 0
    for (let index = 0; index < count; index++) {
      const task = tasks[index] ?? 0
      const words = store.wordsAt(task)
      const place = placeOf(task)
      const previous = words[place + previousOfSubjectWord] ?? 0
      const next = words[place + nextOfSubjectWord] ?? 0
      const subject = words[place + subjectWord] ?? 0
      if (previous === 0 && next === 0 && subject !== 0) going[goingCount++] = subject
    }
    let seen = store.lookAll(going, goingCount)
    for (let index = 0; index < goingCount; index++) {
      seen ^= this.#index.first(store.get((going[index] ?? 0) + hashWord))
    }
    return seen
  }

  removeAll(tasks: Uint32Array, count: number): void {
    for (let index = 0; index < count; index++) this.remove(tasks[index] ?? 0)
  }

  /**
   * Takes the first tasks of a key out of the index, which knows nothing of them any more: as many as there is room for.
   * Gives how many.
   */
  take(key: string, room: Uint32Array): number {
    const store = this.#store
    const subject = this.#find(key)
    if (subject === 0) return 0
    let count = 0
    let task = store.get(subject + firstWord)
    while (task !== 0 && count < room.length) {
      const words = store.wordsAt(task)
      const place = placeOf(task)
      words[place + subjectWord] = 0
      room[count++] = task
      task = words[place + nextOfSubjectWord] ?? 0
    }
    if (task === 0) {
      this.#remove(subject)
    } else {
      store.set(subject + firstWord, task)
      store.set(task + previousOfSubjectWord, 0)
    }
    return count
  }

  /** The key of a task. */
  keyOf(task: number): string | null {
    const subject = this.#store.get(task + subjectWord)
    if (subject === 0) return null
    if (subject === this.#lastSubject) return this.#lastKey
    const key = this.#readKey(subject)
    this.#lastKey = key
    this.#lastSubject = subject
    return key
  }

  #readKey(subject: number): string {
    const long = this.#longKeys.get(subject)
    if (long !== undefined) return long
    const form = this.#store.get(subject + formWord)
    const words = Math.ceil(sizeOfText(form) / 4)
    const bytes = this.#scratch.reserve(words * 4)
    this.#store.read(subject + keyWord, this.#scratch.words, 0, words)
    return readText(bytes, 0, form)
  }

  #find(key: string): number {
    if (key === this.#lastKey && this.#lastSubject !== 0) return this.#lastSubject
    const hash = hashOfText(key)
    const index = this.#index
    let form = -1
    let words = 0
    for (let subject = index.first(hash); subject !== 0; subject = index.next(subject)) {
      if (this.#store.get(subject + hashWord) !== hash) continue
      if (form === -1) {
        form = writeText(key, this.#scratch, 0)
        const size = sizeOfText(form)
        words = (size + 3) >>> 2
        this.#scratch.reserve(size + 4).fill(0, size, 4 * words)
      }
      if (!this.#hasWritten(subject, hash, form, words)) continue
      this.#lastKey = key
      this.#lastSubject = subject
      return subject
    }
    return 0
  }

  /** Compares with what was written to the scratch, zeros behind it. */
  #hasWritten(subject: number, hash: number, form: number, words: number): boolean {
    const own = this.#store.wordsAt(subject)
    const place = placeOf(subject)
    if (own[place + hashWord] !== hash || own[place + formWord] !== form) return false
    if (this.#longKeys.size > 0 && this.#longKeys.has(subject)) {
      return this.#longKeys.get(subject) === readText(this.#scratch.bytes, 0, form)
    }
    const written = this.#scratch.words
    let index = 0
    while (index < words && own[place + keyWord + index] === written[index]) index++
    return index === words
  }

  #create(key: string): number {
    const form = writeText(key, this.#scratch, 0)
    const size = sizeOfText(form)
    this.#scratch.reserve(size + 4).fill(0, size, (size + 3) & ~3)
    const subject = this.#make(hashOfText(key), form)
    this.#lastKey = key
    this.#lastSubject = subject
    return subject
  }

  /** Makes the block of a key that was written to the scratch, zeros behind it. */
  #make(hash: number, form: number): number {
    const store = this.#store
    const size = sizeOfText(form)
    const isLong = size > 4 * (mostBlockWords - keyWord)
    const words = isLong ? 0 : (size + 3) >>> 2
    const subject = store.take(this.#owner, keyWord + words)
    const own = store.wordsAt(subject)
    const place = placeOf(subject)
    own[place + hashWord] = hash
    own[place + firstWord] = 0
    own[place + lastWord] = 0
    own[place + formWord] = form
    // In memory of its own: a key may be a piece of a text, and keep the whole of it.
    if (isLong) this.#longKeys.set(subject, readText(this.#scratch.bytes, 0, form))
    else store.write(subject + keyWord, this.#scratch.words, 0, words)
    this.#index.add(subject)
    return subject
  }

  #remove(subject: number): void {
    if (subject === this.#lastSubject) {
      this.#lastKey = null
      this.#lastSubject = 0
    }
    this.#index.remove(subject)
    if (this.#longKeys.size > 0) this.#longKeys.delete(subject)
    this.#store.free(subject)
  }
}
