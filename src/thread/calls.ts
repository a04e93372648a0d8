import { SchedulerLostError, type SchedulerError } from '../core/errors.ts'
import type { Arguments, CallName, FromServer, Push, Request, Result } from './protocol.ts'
import { decodeError } from './wire-error.ts'

/** What carries messages between a client and the server, in one direction each. */
export interface ClientLink {
  post(requests: readonly Request[]): void
  /** Sets who is given what arrives; called once. */
  receive(listener: (messages: readonly FromServer[]) => void): void
  /** Whether the thread is to be kept alive for what is still to arrive. */
  keepAlive(on: boolean): void
  /** Blocks the thread, giving out what arrives, until `done` says so or the scheduler is lost. */
  block(done: () => boolean): void
  close(): void
}

interface Pending {
  resolve: (value: Result<CallName>) => void
  reject: (error: unknown) => void
  /** What the caller's signal gave as its reason, if it was aborted. */
  reason?: unknown
  readonly keepsAlive: boolean
}

/** A long turn's calls are sent while it still makes more: the scheduler thread has its own core. */
const mostPerMessage = 256

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
  #lastId = 0
  #keepingAlive = 0
  #ended: SchedulerError | null = null

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
      const id = this.#start(call, args, {
        resolve: resolve as (value: Result<CallName>) => void,
        reject,
        keepsAlive: !(options.waits && this.#unref),
      })
      if (signal && id !== 0) this.#watch(id, signal, options)
    })
  }

  /** A call that nobody waits for. */
  tell<K extends CallName>(call: K, ...args: Arguments<K>): void {
    if (!this.#ended) this.#enqueue({ id: 0, call, args } as Request)
  }

  /** Blocks this thread until the answer is there. */
  callSync<K extends CallName>(call: K, args: Arguments<K>): Result<K> {
    let outcome: { readonly value: Result<CallName> } | { readonly error: unknown } | null = null
    this.#start(call, args, {
      resolve: (value) => (outcome = { value }),
      reject: (error) => (outcome = { error }),
      keepsAlive: false,
    })
    this.flush()
    this.#link.block(() => outcome !== null)
    return settled<K>(outcome)
  }

  /** Sends what was collected. */
  flush(): void {
    if (this.#outbox.length === 0) return
    const requests = this.#outbox
    this.#outbox = []
    this.#link.post(requests)
  }

  /** Nothing will be answered any more: everything that waits, and every later call, is rejected with this. */
  end(error: SchedulerError): void {
    if (this.#ended) return
    this.#ended = error
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    this.#outbox = []
    for (const { reject } of pending) reject(error)
    this.#link.keepAlive(false)
    this.#link.close()
  }

  #start<K extends CallName>(call: K, args: Arguments<K>, pending: Pending): number {
    if (this.#ended) {
      pending.reject(this.#ended)
      return 0
    }
    const id = ++this.#lastId
    this.#pending.set(id, pending)
    if (pending.keepsAlive && ++this.#keepingAlive === 1) this.#link.keepAlive(true)
    // The compiler cannot see that a call and its arguments of the same K make one of the union's members.
    this.#enqueue({ id, call, args } as Request)
    return id
  }

  #enqueue(request: Request): void {
    const count = this.#outbox.push(request)
    if (count === 1) queueMicrotask(() => this.flush())
    else if (count === mostPerMessage) this.flush()
  }

  #watch<K extends CallName>(id: number, signal: AbortSignal, options: CallOptions<K>): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    const onAbort = (): void => {
      this.tell('withdraw', id)
      const { tooLate } = options
      if (!tooLate) {
        pending.reason = signal.reason
        return
      }
      pending.reject(signal.reason)
      pending.resolve = (value) => tooLate(value as Result<K>)
      pending.reject = () => undefined
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const { resolve, reject } = pending
    pending.resolve = (value) => {
      signal.removeEventListener('abort', onAbort)
      resolve(value)
    }
    pending.reject = (error) => {
      signal.removeEventListener('abort', onAbort)
      reject(error)
    }
  }

  #dispatch(messages: readonly FromServer[]): void {
    for (const message of messages) {
      switch (message.type) {
        case 'value':
          this.#settle(message.id)?.resolve(message.value)
          break
        case 'error':
          this.#settle(message.id)?.reject(decodeError(message.error))
          break
        case 'withdrawn': {
          const pending = this.#settle(message.id)
          pending?.reject(pending.reason)
          break
        }
        default:
          this.#onPush(message)
      }
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    this.#pending.delete(id)
    if (pending.keepsAlive && --this.#keepingAlive === 0) this.#link.keepAlive(false)
    return pending
  }
}

function settled<K extends CallName>(
  outcome: { readonly value: Result<CallName> } | { readonly error: unknown } | null,
): Result<K> {
  // A scheduler that was stopped answers; one that does not answer is no more.
  if (!outcome) throw new SchedulerLostError("The scheduler's thread died.")
  if ('error' in outcome) throw outcome.error
  return outcome.value as Result<K>
}
