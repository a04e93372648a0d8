import type { AddResult, ContextScheduler, ContextState } from '../core/context.ts'
import type { Pending } from './calls.ts'
import type { CallName, Result } from './protocol.ts'

/** One context that was given to the scheduler, until its answer is here. */
export class AddingOne implements Pending {
  readonly keepsAlive = true
  readonly #scheduler: ContextScheduler
  readonly #state: ContextState
  readonly #dueMs: number
  readonly #resolve: (result: AddResult) => void
  readonly #reject: (error: unknown) => void

  constructor(
    scheduler: ContextScheduler,
    state: ContextState,
    dueMs: number,
    resolve: (result: AddResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.#scheduler = scheduler
    this.#state = state
    this.#dueMs = dueMs
    this.#resolve = resolve
    this.#reject = reject
  }

  resolve(value: Result<CallName>): void {
    this.#state.scheduler = this.#state.takenBy = this.#scheduler
    this.#state.dueMs = this.#dueMs
    // An `addEach` is answered with one of these.
    this.#resolve(value as AddResult)
  }

  reject(error: unknown): void {
    this.#state.scheduler = this.#state.takenBy
    this.#reject(error)
  }
}
