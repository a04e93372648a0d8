import type { Clock } from '../core/clock.ts'
import { stateOf, type AddOptions, type AddResult, type ContextScheduler } from '../core/context.ts'
import { timeoutMs } from '../core/duration.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import { AddingOne } from './adding-one.ts'
import type { ServerCalls } from './calls.ts'
import { packContext } from './cargo.ts'
import { checkVerbOptions } from './verb-options.ts'
import { hasTime, TaskBatch, unpackResults } from './wire-tasks.ts'

/** Adding contexts: each is what it was when it was given, and knows its scheduler from then on. */
export class Adding {
  readonly #calls: ServerCalls
  readonly #clock: Clock
  readonly #scheduler: ContextScheduler

  constructor(calls: ServerCalls, clock: Clock, scheduler: ContextScheduler) {
    this.#calls = calls
    this.#clock = clock
    this.#scheduler = scheduler
  }

  /** Adds one that does not wait for room. */
  addOne(context: AnyContext): Promise<AddResult> {
    const { task, dueMs } = packContext(context, this.#clock)
    const state = stateOf(context)
    // At once, so that a context may be rescheduled before the answer is here.
    state.scheduler = this.#scheduler
    return new Promise((resolve, reject) => {
      this.#calls.add(task, new AddingOne(this.#scheduler, state, dueMs, resolve, reject))
    })
  }

  /** Adds all, or none. */
  async addAll(
    contexts: readonly AnyContext[],
    options: AddOptions | undefined,
  ): Promise<AddResult[]> {
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
    const packed = contexts.map((context) => packContext(context, clock))
    const batch = new TaskBatch(packed.some(({ task }) => hasTime(task)))
    for (const { task } of packed) batch.push(task)
    const states = contexts.map((context) => stateOf(context))
    for (const state of states) state.scheduler = this.#scheduler
    try {
      const results = await this.#calls.call('addTasks', [batch.wire(), deadline], {
        signal,
        waits: blocking,
      })
      for (const [index, state] of states.entries()) {
        state.scheduler = state.takenBy = this.#scheduler
        state.dueMs = packed[index]?.dueMs ?? Number.NaN
      }
      return unpackResults(results)
    } catch (error) {
      for (const state of states) state.scheduler = state.takenBy
      throw error
    }
  }
}

function stoppedClock(clock: Clock): Clock {
  const now = clock.now()
  const wall = clock.wall()
  return { now: () => now, wall: () => wall }
}
