import type { Clock } from '../core/clock.ts'
import {
  stateOf,
  type AddOptions,
  type AddResult,
  type ContextScheduler,
  type ContextState,
} from '../core/context.ts'
import { timeoutMs } from '../core/duration.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import type { ServerCalls } from './calls.ts'
import { packContext } from './cargo.ts'
import { LooseTexts } from './loose-texts.ts'
import { checkVerbOptions, contextOf } from './verb-options.ts'
import { TaskBatch, unpackResults, type WireAddResults } from './wire-tasks.ts'

/** Adding contexts: each is what it was when it was given, and knows its scheduler from then on. */
export class Adding {
  readonly #calls: ServerCalls
  readonly #clock: Clock
  readonly #scheduler: ContextScheduler
  readonly #loose = new LooseTexts()

  constructor(calls: ServerCalls, clock: Clock, scheduler: ContextScheduler) {
    this.#calls = calls
    this.#clock = clock
    this.#scheduler = scheduler
  }

  /** Adds one that does not wait for room. Whatever is wrong with it, the promise says so. */
  addOne(value: unknown): Promise<AddResult> {
    const loose = this.#loose.begin()
    try {
      const context = contextOf(value)
      const packed = packContext(context, this.#clock, loose)
      return this.#calls.add(packed, stateOf(context), this.#scheduler, loose)
    } catch (error) {
      return Promise.reject(error)
    } finally {
      loose?.end()
    }
  }

  /**
   * Adds all, or none. What is wrong with them is thrown, or the promise says so.
   *
   * Not async: whatever an async function was given is kept until it ends, and the contexts of an application that adds
   * many would outlive the collector's first looks, only to be copied by it.
   */
  addAll(contexts: readonly AnyContext[], options: AddOptions | undefined): Promise<AddResult[]> {
    checkVerbOptions('addTask', options, {
      blocking: 'boolean',
      timeout: 'duration',
      signal: 'signal',
    })
    const { blocking = false, timeout, signal } = options ?? {}
    const limitMs = timeoutMs(timeout)
    const deadline = blocking ? this.#clock.now() + limitMs : -Infinity
    // They are added at one time, which is read once.
    const clock = stoppedClock(this.#clock)
    const timed = contexts.some(mayHaveTime)
    const batch = new TaskBatch(timed)
    const states: ContextState[] = []
    // Without a time, all are due at the same one.
    const dues: number[] = []
    const loose = timed ? null : this.#loose.begin()
    try {
      for (const context of contexts) {
        const packed = packContext(context, clock, loose)
        batch.push(packed, loose)
        states.push(stateOf(context))
        if (timed || dues.length === 0) dues.push(packed.dueMs)
      }
    } finally {
      loose?.end()
    }
    for (const state of states) state.scheduler = this.#scheduler
    try {
      const answer = this.#calls.call('addTasks', [batch.wire(), deadline], {
        signal,
        waits: blocking,
      })
      return this.#answered(answer, states, dues)
    } catch (error) {
      refuse(states)
      throw error
    }
  }

  /** Several were added, when the answer says so: their states are all that is kept until then. */
  async #answered(
    answer: Promise<WireAddResults>,
    states: readonly ContextState[],
    dues: readonly number[],
  ): Promise<AddResult[]> {
    let results: WireAddResults
    try {
      results = await answer
    } catch (error) {
      refuse(states)
      throw error
    }
    const isTimed = dues.length > 1
    for (let index = 0; index < states.length; index++) {
      const state = states[index]
      if (!state) continue
      state.scheduler = state.takenBy = this.#scheduler
      state.dueMs = dues[isTimed ? index : 0] ?? Number.NaN
    }
    return unpackResults(results)
  }
}

function refuse(states: readonly ContextState[]): void {
  for (const state of states) state.scheduler = state.takenBy
}

/** Whether it has a time, unless that turns out to be none, such as '0s'. */
function mayHaveTime({ schedTime }: AnyContext): boolean {
  return schedTime !== undefined && schedTime !== null && schedTime !== 0
}

function stoppedClock(clock: Clock): Clock {
  const now = clock.now()
  const wall = clock.wall()
  return { now: () => now, wall: () => wall }
}
