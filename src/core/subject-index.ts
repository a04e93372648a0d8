import { mostBlockWords, type BlockOwner, type BlockStore } from './block-store.ts'
import { HashIndex } from './hash-index.ts'
import { Scratch } from './scratch.ts'
import { nextOfSubjectWord, previousOfSubjectWord, subjectWord } from './task-layout.ts'
import { hashOfText, readText, sizeOfText, writeText } from './text-bytes.ts'

/** The words of a subject's block; its key follows. */
const hashWord = 0
const linkWord = 1
const firstWord = 2
const lastWord = 3
const formWord = 4
const keyWord = 5

/** Tasks by what they are about, in order of adding. A key is kept once, as bytes, while there is a task of it. */
export class SubjectIndex {
  readonly #store: BlockStore
  readonly #owner: BlockOwner
  readonly #index: HashIndex
  readonly #scratch = new Scratch()
  /** Keys that are too long for a block. */
  readonly #longKeys = new Map<number, string>()
  #lastKey: string | null = null
  #lastSubject = 0

  constructor(store: BlockStore) {
    this.#store = store
    this.#owner = store.addOwner('subjects')
    this.#index = new HashIndex(store, hashWord, linkWord)
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
    const store = this.#store
    store.set(task + nextOfSubjectWord, 0)
    store.set(task + previousOfSubjectWord, 0)
    if (key === null) {
      store.set(task + subjectWord, 0)
      return
    }
    const subject = this.#find(key) || this.#create(key)
    store.set(task + subjectWord, subject)
    const last = store.get(subject + lastWord)
    store.set(task + previousOfSubjectWord, last)
    store.set(last === 0 ? subject + firstWord : last + nextOfSubjectWord, task)
    store.set(subject + lastWord, task)
  }

  remove(task: number): void {
    const store = this.#store
    const subject = store.get(task + subjectWord)
    if (subject === 0) return
    const previous = store.get(task + previousOfSubjectWord)
    const next = store.get(task + nextOfSubjectWord)
    if (previous === 0 && next === 0) {
      this.#remove(subject)
      return
    }
    store.set(previous === 0 ? subject + firstWord : previous + nextOfSubjectWord, next)
    store.set(next === 0 ? subject + lastWord : next + previousOfSubjectWord, previous)
  }

  /** Takes the first tasks of a key, so many at most, out of the index, which knows nothing of them any more. */
  take(key: string, most: number): number[] {
    const store = this.#store
    const taken: number[] = []
    const subject = this.#find(key)
    if (subject === 0) return taken
    let task = store.get(subject + firstWord)
    for (; task !== 0 && taken.length < most; task = this.next(task)) {
      store.set(task + subjectWord, 0)
      taken.push(task)
    }
    if (task === 0) {
      this.#remove(subject)
    } else {
      store.set(subject + firstWord, task)
      store.set(task + previousOfSubjectWord, 0)
    }
    return taken
  }

  /** Looks at the neighbours of a task that is to be removed before long; what it gives means nothing. */
  look(task: number): number {
    const store = this.#store
    if (store.get(task + subjectWord) === 0) return 0
    return (
      store.get(store.get(task + previousOfSubjectWord)) ^
      store.get(store.get(task + nextOfSubjectWord))
    )
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
    for (let subject = index.first(hash); subject !== 0; subject = index.next(subject)) {
      if (this.#store.get(subject + hashWord) !== hash) continue
      if (form === -1) form = writeText(key, this.#scratch, 0)
      if (!this.#hasKey(subject, key, form)) continue
      this.#lastKey = key
      this.#lastSubject = subject
      return subject
    }
    return 0
  }

  /** Compares with what was written to the scratch. */
  #hasKey(subject: number, key: string, form: number): boolean {
    const store = this.#store
    if (store.get(subject + formWord) !== form) return false
    if (this.#longKeys.size > 0 && this.#longKeys.has(subject)) {
      return this.#longKeys.get(subject) === key
    }
    const { bytes, words } = this.#scratch
    const size = sizeOfText(form)
    bytes.fill(0, size, (size + 3) & ~3)
    for (let index = 0; 4 * index < size; index++) {
      if (store.get(subject + keyWord + index) !== words[index]) return false
    }
    return true
  }

  #create(key: string): number {
    const store = this.#store
    const form = writeText(key, this.#scratch, 0)
    const size = sizeOfText(form)
    const isLong = size > 4 * (mostBlockWords - keyWord)
    const words = isLong ? 0 : Math.ceil(size / 4)
    const subject = store.take(this.#owner, keyWord + words)
    store.set(subject + hashWord, hashOfText(key))
    store.set(subject + firstWord, 0)
    store.set(subject + lastWord, 0)
    store.set(subject + formWord, form)
    if (isLong) {
      this.#longKeys.set(subject, key)
    } else {
      this.#scratch.reserve(4 * words).fill(0, size, 4 * words)
      store.write(subject + keyWord, this.#scratch.words, 0, words)
    }
    this.#index.add(subject)
    this.#lastKey = key
    this.#lastSubject = subject
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
