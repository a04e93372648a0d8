import type { AddResult, ContextScheduler, ContextState } from '../core/context.ts'
import { asError, PayloadError, type SchedulerError } from '../core/errors.ts'
import { watchAbort } from './abort-watch.ts'
import { Additions } from './additions.ts'
import { joinCancels } from './cancel-calls.ts'
import type { PackedContext } from './cargo.ts'
import type { ClaimWords } from './claim-words.ts'
import type { LooseTexts } from './loose-texts.ts'
import { OpenAdditions } from './open-additions.ts'
import type { Arguments, CallName, FromServer, Push, Request, Result } from './protocol.ts'
import { decodeError } from './wire-error.ts'
import { checkTextLength } from './text-length.ts'
import { hasTime, textLengthOf } from './wire-tasks.ts'

/** What carries messages between a client and the server, in one direction each. */
export interface ClientLink {
  post(requests: readonly Request[]): void
  /** Sets who is given what arrives; called once. */
  receive(listener: (messages: readonly FromServer[]) => void): void
  /** Whether the thread is to be kept alive for what is still to arrive. */
  keepAlive(on: boolean): void
  close(): void
  /** How many messages were posted. */
  readonly posted: number
  /** What says how far this client is with what it was handed ahead; null where nothing is. */
  readonly words: ClaimWords | null
  /** Has the scheduler thread look, without a message. */
  ring(): void
}

/** Where the answer to a call goes. */
export interface Pending {
  resolve: (value: Result<CallName>) => void
  reject: (error: unknown) => void
  /** What the caller's signal gave as its reason, if it was aborted. */
  reason?: unknown
  readonly keepsAlive: boolean
}

/** A long turn's calls are sent while it still makes more: the scheduler thread has its own core. */
const mostPerMessage = 256
/** A message of one text that long is long enough. */
const longText = 1 << 24

/** How a call is made that may take long. */
export interface CallOptions<K extends CallName> {
  readonly signal?: AbortSignal | undefined
  /** Waits for other people's work: in a scheduler made with `unref`, that keeps no process alive. */
  readonly waits?: boolean
  /** What to do with a result that comes after the signal was aborted; without it the server decides which was first. */
  readonly tooLate?: (value: Result<K>) => void
}

/**
 * Calls to the server and their answers. The calls of one microtask go together, in order.
 *
 * Every promise settles: with its answer, with the signal's reason, or with the error that `end` is given.
 */
export class ServerCalls {
  readonly #link: ClientLink
  readonly #pending = new Map<number, Pending>()
  readonly #onPush: (push: Push) => void
  readonly #unref: boolean
  #outbox: Request[] = []
  /** Where the next context goes, if the last call added one. */
  #adding: Additions | null = null
  readonly #additions = new OpenAdditions()
  #flushing = false
  #lastId = 0
  #keepingAlive = 0
  #ended: SchedulerError | null = null
  /** What arrived and is not dealt with, in order. */
  readonly #arriving: { readonly messages: readonly FromServer[]; next: number }[] = []

  constructor(link: ClientLink, onPush: (push: Push) => void, unref = false) {
    this.#link = link
    this.#onPush = onPush
    this.#unref = unref
    link.receive((messages) => this.#dispatch(messages))
  }

  /** Why nothing is answered any more; null while it is. */
  get ended(): SchedulerError | null {
    return this.#ended
  }

  call<K extends CallName>(
    call: K,
    args: Arguments<K>,
    options: CallOptions<K> = {},
  ): Promise<Result<K>> {
    const { signal } = options
    return new Promise<Result<K>>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const pending: Pending = {
        resolve: resolve as (value: Result<CallName>) => void,
        reject,
        keepsAlive: !(options.waits && this.#unref),
      }
      const id = this.begin(call, args, pending)
      if (signal && id !== 0) this.#watch(id, signal, pending, options)
    })
  }

  /** A call that nobody waits for. */
  tell<K extends CallName>(call: K, ...args: Arguments<K>): void {
    if (!this.#ended) this.#enqueue({ id: 0, call, args } as Request)
  }

  /** Makes a call whose answer goes to `pending`; gives its id, 0 when it is settled already. */
  begin<K extends CallName>(call: K, args: Arguments<K>, pending: Pending): number {
    if (this.#ended) {
      pending.reject(this.#ended)
      return 0
    }
    const id = this.#expect(pending)
    // The compiler cannot see that a call and its arguments of the same K make one of the union's members.
    this.#enqueue({ id, call, args } as Request)
    return id
  }

  /** Adds one context, as a call of its own; calls that follow one another travel together. */
  add(
    packed: PackedContext,
    state: ContextState,
    scheduler: ContextScheduler,
    loose: LooseTexts | null = null,
  ): Promise<AddResult> {
    if (this.#ended) return Promise.reject(this.#ended)
    const length = textLengthOf(packed.record)
    checkTextLength(length)
    if (this.#adding && this.#adding.textLength + length > longText) this.flush()
    const timed = hasTime(packed)
    const id = ++this.#lastId
    const additions =
      this.#adding?.timed === timed ? this.#adding : this.#beginAdding(id, scheduler, timed)
    const result = additions.push(packed, state, loose)
    if (additions.count === mostPerMessage) this.flush()
    return result
  }

  /** Sends what was collected. */
  flush(): void {
    this.#endAdding()
    if (this.#outbox.length === 0) return
    const requests = this.#outbox
    this.#outbox = []
    try {
      this.#link.post(joinCancels(requests))
    } catch {
      // One of them cannot travel, in spite of all checks: the others are not to suffer for it.
      for (const request of requests) this.#postAlone(request)
    }
  }

  /** Nothing will be answered any more: everything that waits, and every later call, is rejected with this. */
  end(error: SchedulerError): void {
    if (this.#ended) return
    this.#ended = error
    const pending = [...this.#pending]
    this.#pending.clear()
    this.#adding = null
    this.#outbox = []
    for (const [id, one] of pending) {
      this.#additions.endBefore(id, error)
      one.reject(error)
    }
    this.#additions.endBefore(Infinity, error)
    this.#link.keepAlive(false)
    this.#link.close()
  }

  /** Keeps the thread alive for what is no answer, as a call that waits does; gives what ends that. */
  holdAlive(): () => void {
    if (this.#unref || this.#ended) return () => undefined
    this.#keepAlive()
    return () => this.#releaseAlive()
  }

  /** Gives a call its id. */
  #expect(pending: Pending): number {
    const id = ++this.#lastId
    this.#pending.set(id, pending)
    if (pending.keepsAlive) this.#keepAlive()
    return id
  }

  #keepAlive(): void {
    if (++this.#keepingAlive === 1) this.#link.keepAlive(true)
  }

  #releaseAlive(): void {
    if (--this.#keepingAlive === 0) this.#link.keepAlive(false)
  }

  #enqueue(request: Request): void {
    this.#endAdding()
    this.#flushSoon()
    if (this.#outbox.push(request) >= mostPerMessage) this.flush()
  }

  #flushSoon(): void {
    if (this.#outbox.length > 0 || this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.flush()
    })
  }

  #beginAdding(id: number, scheduler: ContextScheduler, timed: boolean): Additions {
    this.#endAdding()
    this.#flushSoon()
    const additions = new Additions(id, scheduler, timed)
    this.#adding = additions
    this.#additions.push(additions)
    this.#keepAlive()
    return additions
  }

  #endAdding(): void {
    const additions = this.#adding
    if (!additions) return
    this.#adding = null
    const { firstId } = additions
    try {
      this.#outbox.push({ id: firstId, call: 'addEach', args: [additions.wire()] })
    } catch (error) {
      // They cannot travel: nothing else is to suffer for it.
      if (this.#additions.refuse(firstId, error)) this.#releaseAlive()
    }
  }

  #postAlone(request: Request): void {
    try {
      this.#link.post([request])
    } catch (error) {
      const { id, call } = request
      const reason = `Expected what ${call} is given to be able to travel: ${asError(error).message}`
      const refusal = new PayloadError(reason, { cause: error })
      if (call !== 'addEach') this.#settle(id)?.reject(refusal)
      else if (this.#additions.refuse(id, refusal)) this.#releaseAlive()
    }
  }

  #watch<K extends CallName>(
    id: number,
    signal: AbortSignal,
    pending: Pending,
    { tooLate }: CallOptions<K>,
  ): void {
    const { resolve, reject } = pending
    const unwatch = watchAbort(signal, () => {
      this.tell('withdraw', id)
      if (!tooLate) {
        pending.reason = signal.reason
        return
      }
      pending.reject(signal.reason)
      pending.resolve = (value) => tooLate(value as Result<K>)
      pending.reject = () => undefined
    })
    pending.resolve = (value) => {
      unwatch()
      resolve(value)
    }
    pending.reject = (error) => {
      unwatch()
      reject(error)
    }
  }

  /**
   * Deals with what arrived, in order: a listener that blocks in a verb has more arrive meanwhile, and what came before
   * that is dealt with first.
   */
  #dispatch(messages: readonly FromServer[]): void {
    this.#arriving.push({ messages, next: 0 })
    for (let first = this.#arriving[0]; first; first = this.#arriving[0]) {
      const message = first.messages[first.next++]
      if (message) this.#deal(message)
      else if (first === this.#arriving[0]) this.#arriving.shift()
    }
  }

  #deal(message: FromServer): void {
    switch (message.type) {
      case 'added':
        this.#additions.addedTo(message.last)
        this.#dropAnswered()
        break
      case 'cancelled':
        for (let id = message.id; id <= message.last; id++) this.#settle(id)?.resolve(true)
        break
      case 'value': {
        const additions = this.#additions.of(message.id)
        if (!additions) this.#settle(message.id)?.resolve(message.value)
        else if (additions.replaced()) this.#dropAnswered()
        break
      }
      case 'error': {
        const error = decodeError(message.error)
        const additions = this.#additions.of(message.id)
        if (!additions) this.#settle(message.id)?.reject(error)
        else if (additions.refused(error)) this.#dropAnswered()
        break
      }
      case 'withdrawn': {
        const pending = this.#settle(message.id)
        pending?.reject(pending.reason)
        break
      }
      default:
        this.#onPush(message)
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    this.#pending.delete(id)
    if (pending.keepsAlive) this.#releaseAlive()
    return pending
  }

  #dropAnswered(): void {
    for (let left = this.#additions.dropAnswered(); left > 0; left--) this.#releaseAlive()
  }
}
