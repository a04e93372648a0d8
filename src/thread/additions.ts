import type { AddResult, ContextScheduler, ContextState } from '../core/context.ts'
import type { PackedContext } from './cargo.ts'
import type { LooseTexts } from './loose-texts.ts'
import { TaskBatch, type WireTasks } from './wire-tasks.ts'

/**
 * Contexts that were given one by one and travel together, until their answers are here.
 *
 * What each call returns hangs on one promise, that all are answered: a promise's parts follow it in the order in which
 * they were hung on it, so that which one it is need not be remembered for each.
 */
export class Additions {
  /** The ids of the calls: this and those that follow it. */
  readonly firstId: number
  readonly #scheduler: ContextScheduler
  readonly #batch: TaskBatch
  readonly #states: ContextState[] = []
  readonly #dues: number[] = []
  /** How many are answered: the first ones, for answers come in the order of the calls. */
  #answered = 0
  /** What became of those that were not simply added. */
  #others: Map<number, () => AddResult> | null = null
  readonly #allAnswered: Promise<void>
  #settle: () => void = () => undefined
  #next = 0
  readonly #nextResult = (): AddResult => {
    const other = this.#others?.get(this.#next++)
    return other ? other() : 'added'
  }

  constructor(firstId: number, scheduler: ContextScheduler, timed: boolean) {
    this.firstId = firstId
    this.#scheduler = scheduler
    this.#batch = new TaskBatch(timed)
    this.#allAnswered = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get timed(): boolean {
    return this.#batch.timed
  }

  get count(): number {
    return this.#states.length
  }

  /** How long the text of what travels is. */
  get textLength(): number {
    return this.#batch.textLength
  }

  /** Whether the call with this id is one of them. */
  has(id: number): boolean {
    return id >= this.firstId && id < this.firstId + this.#states.length
  }

  get allAnswered(): boolean {
    return this.#answered === this.#states.length
  }

  /** One more. */
  push(packed: PackedContext, state: ContextState, loose: LooseTexts | null): Promise<AddResult> {
    // At once, so that a context may be rescheduled before the answer is here.
    state.scheduler = this.#scheduler
    this.#batch.push(packed, loose)
    this.#states.push(state)
    this.#dues.push(packed.dueMs)
    return this.#allAnswered.then(this.#nextResult)
  }

  /** What travels. */
  wire(): WireTasks {
    return this.#batch.wire()
  }

  /** They were added, up to the call with this id. */
  addedTo(lastId: number): void {
    const count = Math.min(lastId - this.firstId + 1, this.#states.length)
    while (this.#answered < count) this.#taken()
    this.#settleWhenAnswered()
  }

  /** The next took the place of an earlier entry. Gives whether all are answered now. */
  replaced(): boolean {
    this.#setOther(() => 'replaced')
    this.#taken()
    return this.#settleWhenAnswered()
  }

  /** The next was refused. Gives whether all are answered now. */
  refused(error: unknown): boolean {
    this.#refuse(error)
    return this.#settleWhenAnswered()
  }

  /** All that are not answered are refused. */
  end(error: unknown): void {
    while (!this.allAnswered) this.#refuse(error)
    this.#settleWhenAnswered()
  }

  #taken(): void {
    const index = this.#answered++
    const state = this.#states[index]
    if (!state) return
    state.scheduler = state.takenBy = this.#scheduler
    state.dueMs = this.#dues[index] ?? Number.NaN
  }

  #refuse(error: unknown): void {
    this.#setOther(() => {
      throw error
    })
    const state = this.#states[this.#answered++]
    if (state) state.scheduler = state.takenBy
  }

  #setOther(outcome: () => AddResult): void {
    this.#others ??= new Map()
    this.#others.set(this.#answered, outcome)
  }

  #settleWhenAnswered(): boolean {
    if (this.allAnswered) this.#settle()
    return this.allAnswered
  }
}
