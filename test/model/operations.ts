import fc from 'fast-check'

/** A context to be added: after `inMs`, at `atMs` from what the calendar shows, or, with both null, at once. */
export interface Draft {
  readonly id: string
  readonly taskName: string
  readonly subject: string | null
  readonly inMs: number | null
  readonly atMs: number | null
}

/** One call of a verb. A `pick` chooses among what there is when the call is made; `forMs` is how long it may wait. */
export type Operation =
  /** Without a `taskName`: one that is missing. */
  | { readonly verb: 'addQueue'; readonly taskName: string | null; readonly maxSize: number }
  | {
      readonly verb: 'removeQueue' | 'queueExists' | 'isEmptyQueue' | 'queued'
      readonly taskName: string
    }
  | {
      readonly verb: 'addAsap' | 'addRelative' | 'addAbsolute' | 'addPast' | 'addTasks'
      readonly tasks: readonly Draft[]
    }
  | {
      readonly verb: 'addTasksWhenRoom'
      readonly tasks: readonly Draft[]
      readonly forMs: number
    }
  | { readonly verb: 'cancelTask' | 'cancelTaskQueued'; readonly id: string }
  | {
      readonly verb: 'cancelBySubject' | 'cancelBySubjectQueued' | 'takenOfSubject'
      readonly subject: string
    }
  | {
      readonly verb: 'getTask' | 'getTaskWaiting'
      readonly taskName: string
      readonly holder: number
      readonly forMs: number
    }
  | { readonly verb: 'finishOldest'; readonly taskName: string; readonly holder: number }
  | { readonly verb: 'finish' | 'giveBack'; readonly pick: number; readonly holder: number }
  | { readonly verb: 'giveBackAll'; readonly holder: number; readonly leavesWaits: boolean }
  | { readonly verb: 'withdraw'; readonly pick: number }
  | { readonly verb: 'join'; readonly taskName: string; readonly forMs: number }
  | {
      readonly verb: 'scheduled'
      readonly taskName: string
      readonly subjects: readonly string[]
    }
  | { readonly verb: 'advance' | 'jumpWall' | 'driftWall'; readonly ms: number }
  | { readonly verb: 'tick' | 'advanceToWake' | 'runAll' | 'start' | 'stats' }

export type Verb = Operation['verb']

export const queueNames = ['a', 'b', 'c'] as const
export const holderCount = 3
const ids = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9'] as const
const subjects = ['s1', 's2', 's3'] as const
const hourMs = 3_600_000

/** Draws from few values, so that they meet often. */
class Dice {
  readonly #random: fc.Random
  readonly #favourite: string

  constructor(random: fc.Random) {
    this.#random = random
    this.#favourite = this.one(...queueNames)
  }

  roll(sides: number): number {
    return this.#random.nextInt(0, sides - 1)
  }

  one<T>(...values: readonly [T, ...T[]]): T {
    return values[this.roll(values.length)] ?? values[0]
  }

  /** Sometimes one that is never added. */
  queue(): string {
    if (this.roll(100) === 0) return 'nowhere'
    return this.one(this.#favourite, this.#favourite, ...queueNames)
  }

  subject(): string {
    return this.one(...subjects)
  }

  draft(inMs: number | null, atMs: number | null, taskName: string = this.queue()): Draft {
    const subject = this.roll(5) === 0 ? null : this.subject()
    return { id: this.one(...ids), taskName, subject, inMs, atMs }
  }

  asap(): Draft {
    return this.draft(null, null)
  }

  relative(): Draft {
    return this.draft(10 * this.roll(6), null)
  }

  absolute(): Draft {
    return this.draft(null, 10 * this.roll(6) + this.one(0, 0, hourMs, -hourMs))
  }

  /** Mostly for one queue and at once, so that there is often room for a part of it only. */
  batch(): Draft[] {
    const taskName = this.queue()
    const drafts = [
      () => this.draft(null, null, taskName),
      () => this.draft(null, null, taskName),
      () => this.draft(null, null, taskName),
      () => this.draft(null, null, taskName),
      () => this.asap(),
      () => this.relative(),
      () => this.absolute(),
    ] as const
    return Array.from({ length: this.one(1, 2, 2, 3) }, () => this.one(...drafts)())
  }

  wait(): number {
    return this.one(-10, 0, 10, 20, 50, 100, 100, 1000, Infinity, Infinity)
  }

  holder(): number {
    return this.roll(holderCount)
  }
}

/** How often each verb is drawn, beside the once that every sequence has it, and how a call of it is. */
const calls: Readonly<Record<Verb, readonly [weight: number, draw: (dice: Dice) => Operation]>> = {
  addQueue: [
    10,
    (dice) => ({
      verb: 'addQueue',
      taskName: dice.one(null, null, ...queueNames),
      maxSize: dice.one(-1, 0, 1, 2, 2, 3, 3, 3),
    }),
  ],
  removeQueue: [1, (dice) => ({ verb: 'removeQueue', taskName: dice.queue() })],
  queueExists: [1, (dice) => ({ verb: 'queueExists', taskName: dice.queue() })],
  isEmptyQueue: [1, (dice) => ({ verb: 'isEmptyQueue', taskName: dice.queue() })],
  queued: [1, (dice) => ({ verb: 'queued', taskName: dice.queue() })],
  addAsap: [6, (dice) => ({ verb: 'addAsap', tasks: [dice.asap()] })],
  addRelative: [6, (dice) => ({ verb: 'addRelative', tasks: [dice.relative()] })],
  addAbsolute: [6, (dice) => ({ verb: 'addAbsolute', tasks: [dice.absolute()] })],
  addPast: [2, (dice) => ({ verb: 'addPast', tasks: [dice.draft(-10 * dice.roll(5) - 10, null)] })],
  addTasks: [6, (dice) => ({ verb: 'addTasks', tasks: dice.batch() })],
  addTasksWhenRoom: [
    20,
    (dice) => ({ verb: 'addTasksWhenRoom', tasks: dice.batch(), forMs: dice.wait() }),
  ],
  cancelTask: [2, (dice) => ({ verb: 'cancelTask', id: dice.one(...ids) })],
  cancelTaskQueued: [4, (dice) => ({ verb: 'cancelTaskQueued', id: dice.one(...ids) })],
  cancelBySubject: [1, (dice) => ({ verb: 'cancelBySubject', subject: dice.subject() })],
  cancelBySubjectQueued: [
    2,
    (dice) => ({ verb: 'cancelBySubjectQueued', subject: dice.subject() }),
  ],
  takenOfSubject: [1, (dice) => ({ verb: 'takenOfSubject', subject: dice.subject() })],
  getTask: [
    20,
    (dice) => ({
      verb: 'getTask',
      taskName: dice.queue(),
      holder: dice.holder(),
      forMs: -Infinity,
    }),
  ],
  getTaskWaiting: [
    20,
    (dice) => ({
      verb: 'getTaskWaiting',
      taskName: dice.queue(),
      holder: dice.holder(),
      forMs: dice.wait(),
    }),
  ],
  finishOldest: [
    14,
    (dice) => ({ verb: 'finishOldest', taskName: dice.queue(), holder: dice.holder() }),
  ],
  finish: [14, (dice) => ({ verb: 'finish', pick: dice.roll(100), holder: dice.holder() })],
  giveBack: [4, (dice) => ({ verb: 'giveBack', pick: dice.roll(100), holder: dice.holder() })],
  giveBackAll: [
    2,
    (dice) => ({
      verb: 'giveBackAll',
      holder: dice.holder(),
      leavesWaits: dice.one(true, false),
    }),
  ],
  withdraw: [8, (dice) => ({ verb: 'withdraw', pick: dice.roll(100) })],
  join: [6, (dice) => ({ verb: 'join', taskName: dice.queue(), forMs: dice.wait() })],
  scheduled: [
    1,
    (dice) => ({
      verb: 'scheduled',
      taskName: dice.queue(),
      subjects: dice.one<string[]>([], [dice.subject()], ['s1', 's2']),
    }),
  ],
  advance: [8, (dice) => ({ verb: 'advance', ms: dice.one(1, 1, 5, 5, 10, 10, 10, 20, 50, 500) })],
  jumpWall: [3, (dice) => ({ verb: 'jumpWall', ms: dice.one(hourMs, -hourMs) })],
  driftWall: [
    2,
    (dice) => ({ verb: 'driftWall', ms: dice.one(-1001, -1000, -10, 10, 1000, 1001) }),
  ],
  tick: [8, () => ({ verb: 'tick' })],
  advanceToWake: [4, () => ({ verb: 'advanceToWake' })],
  runAll: [1, () => ({ verb: 'runAll' })],
  start: [3, () => ({ verb: 'start' })],
  stats: [1, () => ({ verb: 'stats' })],
}

export const verbs: readonly Verb[] = Object.keys(calls) as Verb[]
const weighted = verbs.flatMap((verb) => Array.from({ length: calls[verb][0] }, () => verb))

/**
 * Sequences of 100 to 300 calls in each of which every verb occurs. A failing one is made smaller by leaving calls out:
 * any part of a sequence is a sequence.
 */
export class OperationSequences extends fc.Arbitrary<readonly Operation[]> {
  override generate(random: fc.Random): fc.Value<readonly Operation[]> {
    const dice = new Dice(random)
    const length = random.nextInt(100, 300)
    const chosen = [...verbs]
    // Each sequence has favourites, so that some are crowded and some are not.
    const favourites = new Set(verbs.filter((verb) => verb === 'addQueue' || dice.roll(3) > 0))
    const drawn = weighted.filter((verb) => favourites.has(verb))
    while (chosen.length < length) chosen.push(drawn[dice.roll(drawn.length)] ?? 'tick')
    for (let last = chosen.length - 1; last > 0; last--) {
      const other = dice.roll(last + 1)
      const verb = chosen[last]
      chosen[last] = chosen[other] ?? 'tick'
      chosen[other] = verb ?? 'tick'
    }
    return new fc.Value(
      chosen.map((verb) => calls[verb][1](dice)),
      undefined,
    )
  }

  override canShrinkWithoutContext(_value: unknown): _value is readonly Operation[] {
    return false
  }

  override shrink(operations: readonly Operation[]): fc.Stream<fc.Value<readonly Operation[]>> {
    function* smaller(): IterableIterator<fc.Value<readonly Operation[]>> {
      for (let size = operations.length >> 1; size >= 1; size >>= 1) {
        for (let start = 0; start + size <= operations.length; start += size) {
          yield new fc.Value(operations.toSpliced(start, size), undefined)
        }
      }
    }
    return fc.stream(smaller())
  }
}
