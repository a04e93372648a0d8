import { Holder } from '../core/delivery.ts'
import type { SchedulerError } from '../core/errors.ts'
import { withdrawAll, type Wait } from '../core/waiting-line.ts'
import { Offers } from './offers.ts'
import type { CallName, FromServer, Result } from './protocol.ts'
import { encodeError } from './wire-error.ts'

/** A client as the server sees it: somebody who can be answered, who holds deliveries and waits for calls. */
export class Connection extends Holder {
  /** Calls that wait, by their id. */
  readonly #waiting = new Map<number, Call<CallName>>()
  readonly #post: (messages: readonly FromServer[]) => void
  /** Null for a client in this thread: it shares no memory, and needs nothing ahead. */
  readonly offers: Offers | null
  #outbox: FromServer[] = []
  /** Whether it gets no more tasks. */
  takesNothing = false

  constructor(post: (messages: readonly FromServer[]) => void, memory: SharedArrayBuffer | null) {
    super()
    this.#post = post
    this.offers = memory && new Offers(memory)
  }

  override get trayMemory(): Offers | null {
    return this.offers
  }

  send(message: FromServer): void {
    this.#outbox.push(message)
  }

  /** Answers calls of `addEach` with ids in a row; answers that follow one another are one message. */
  sendAdded(id: number, count = 1): void {
    const before = this.#outbox.at(-1)
    const last = id + count - 1
    if (before?.type === 'added' && before.last === id - 1) before.last = last
    else this.#outbox.push({ type: 'added', id, last })
  }

  /** Posts what was collected since the last time, in one message. */
  flush(offsetMs: number): void {
    if (this.offers) this.#outbox.push(...this.offers.take(offsetMs))
    if (this.#outbox.length === 0) return
    const messages = this.#outbox
    this.#outbox = []
    this.#post(messages)
  }

  addWaiting(id: number, call: Call<CallName>): void {
    this.#waiting.set(id, call)
  }

  removeWaiting(id: number): void {
    this.#waiting.delete(id)
  }

  /** Gives up one call that waits, unless it was settled before. */
  withdraw(id: number): void {
    if (this.#waiting.get(id)?.wait?.withdraw()) this.send({ type: 'withdrawn', id })
    this.#waiting.delete(id)
  }

  /** Gives up everything that waits: there is nobody any more to be answered. */
  abandon(): void {
    const waits = [...this.#waiting.values()].flatMap(({ wait }) => wait ?? [])
    this.#waiting.clear()
    withdrawAll(waits)
  }

  /** Sends those of its calls away that wait for a task, and lets no other begin. */
  stopTaking(error: () => SchedulerError): void {
    this.takesNothing = true
    for (const call of this.#waiting.values()) {
      if (call.name === 'getTask' && call.wait?.withdraw()) call.reject(error())
    }
  }
}

/** Where the outcome of one call goes. */
export class Call<K extends CallName> {
  readonly connection: Connection
  readonly name: K
  readonly id: number
  #wait: Wait | null = null

  constructor(connection: Connection, name: K, id: number) {
    this.connection = connection
    this.name = name
    this.id = id
  }

  get wait(): Wait | null {
    return this.#wait
  }

  resolve(value: Result<K>): void {
    if (this.#wait) this.connection.removeWaiting(this.id)
    if (this.id !== 0) this.connection.send({ type: 'value', id: this.id, value })
  }

  reject(error: SchedulerError): void {
    if (this.#wait) this.connection.removeWaiting(this.id)
    if (this.id === 0) return
    this.connection.send({ type: 'error', id: this.id, error: encodeError(error) })
  }

  /** The call is not settled yet: it may be withdrawn. */
  waits(wait: Wait | null): void {
    if (!wait) return
    this.#wait = wait
    this.connection.addWaiting(this.id, this)
  }
}
