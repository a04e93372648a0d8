import type { Duration } from '../core/duration.ts'
import { TriggerError } from '../core/errors.ts'
import { jitterWords } from './elapsed-text.ts'
import { ComputedTrigger, type TriggerJson } from './trigger.ts'
import { jitterOf, knownOptions, malformed } from './trigger-options.ts'

export interface CombiningTriggerOptions {
  /**
   * Each run begins at random up to so much after its planned time; a number is seconds.
   *
   * @default the largest of the combined triggers
   */
  readonly jitter?: Duration
}

/** How many questions one answer may still take, of all that are combined in it. */
interface Budget {
  left: number
}

/** In all, also deeper down: each is asked for each answer. */
export const mostParts = 100
const deepest = 10
/** One and-trigger asks its parts so many times for one answer. */
const mostQuestions = 2000
/** It looks no further ahead: 29 February falls on the same weekday within 40 years. */
const furthestMs = 50 * 365.25 * 86_400_000
/** All and-triggers that are combined in one ask so many times, so that depth does not multiply. */
const mostQuestionsInAll = 10_000

/**
 * Several triggers as one.
 *
 * The parts are asked for times from an instant on, never for what follows a time of another: so an interval stays on its
 * grid. (APScheduler hands the time of one trigger to all others, which moves intervals.) A date that has passed does not
 * fire in a combination.
 */
abstract class CombiningTrigger extends ComputedTrigger {
  override readonly jitterMs: number
  protected readonly parts: readonly ComputedTrigger[]
  readonly #ownJitter: boolean
  readonly #depth: number
  /** How many triggers that combine no others are in it. */
  readonly #size: number

  constructor(triggers: readonly ComputedTrigger[], options: CombiningTriggerOptions) {
    super()
    const { jitter } = knownOptions(options, ['jitter'], 'options')
    this.parts = partsOf(triggers)
    this.#ownJitter = jitter !== undefined
    this.jitterMs = this.#ownJitter
      ? jitterOf(jitter)
      : Math.max(...this.parts.map((part) => part.jitterMs))
    const depths = this.parts.map((part) => (part instanceof CombiningTrigger ? part.#depth : 0))
    this.#depth = Math.max(...depths) + 1
    if (this.#depth > deepest) {
      throw malformed('triggers', `combined at most ${deepest} deep`, triggers)
    }
    const sizes = this.parts.map((part) => (part instanceof CombiningTrigger ? part.#size : 1))
    this.#size = sizes.reduce((sum, size) => sum + size, 0)
    if (this.#size > mostParts) {
      throw new TriggerError(
        `Expected triggers to be ${mostParts} in all, with those of the triggers among them, at most, got ${this.#size}.`,
        { details: { field: 'triggers' } },
      )
    }
  }

  override nextFireMs(previous: number | null, now: number): number | null {
    // Counting from the previous firing, a part that is not anchored keeps its pace.
    if (previous !== null) return this.#answer(previous, Math.floor(previous) + 1)
    return this.#answer(now, Math.ceil(now))
  }

  override toJSON(): TriggerJson {
    return {
      type: this.kind,
      version: 1,
      triggers: this.parts.map((part) => part.toJSON()),
      ...this.options(),
    }
  }

  override toString(): string {
    return `${this.kind}[${this.parts.join(', ')}]`
  }

  override explain(): string {
    const parts = this.parts.map(withoutJitter).join(' ')
    return `${this.rule}: ${parts}${jitterWords(this.jitterMs)}`
  }

  /** The parts as they are when they are anchored; null when they are already. */
  protected anchoredParts(now: number): readonly ComputedTrigger[] | null {
    const anchored = this.parts.map((part) => part.anchored(now))
    return anchored.some((part, index) => part !== this.parts[index]) ? anchored : null
  }

  protected options(): CombiningTriggerOptions {
    return this.#ownJitter ? { jitter: this.jitterMs / 1000 } : {}
  }

  /** What a part answers. Only an and-trigger can go without: it ends where the budget does. */
  protected ask(part: ComputedTrigger, from: number, budget: Budget): number | null {
    budget.left--
    return part instanceof CombiningTrigger ? part.search(from, budget) : part.firstFrom(from)
  }

  #answer(anchor: number, from: number): number | null {
    return this.anchored(anchor).search(from, { left: mostQuestionsInAll })
  }

  abstract override anchored(now: number): CombiningTrigger
  protected abstract readonly kind: 'and' | 'or'
  protected abstract readonly rule: string
  protected abstract search(from: number, budget: Budget): number | null
}

/**
 * Fires when all its triggers do, at the very same time (APScheduler 3.x).
 *
 * It is looked for in 2000 questions to its parts, 50 years ahead. Triggers that agree in none of them are taken never to
 * agree: there is no next time. Times are exact, to the millisecond, so an interval in it wants a `startDate` that the others meet.
 */
export class AndTrigger extends CombiningTrigger {
  protected override readonly kind = 'and'
  protected override readonly rule = 'When all of these agree'
  /**
   * Where nothing was found, with much effort, which is not made for every answer of an or-trigger. It is no more than what
   * was looked at: what was asked before does not decide what is there later.
   */
  #nothing = { from: Infinity, to: Infinity }

  /** @throws {TriggerError} `TRIGGER_INVALID` when it is no list of 1 to 100 triggers, at most 10 deep */
  constructor(triggers: readonly ComputedTrigger[], options: CombiningTriggerOptions = {}) {
    super(triggers, options)
  }

  override anchored(now: number): AndTrigger {
    const parts = this.anchoredParts(now)
    return parts === null ? this : new AndTrigger(parts, this.options())
  }

  protected override search(from: number, budget: Budget): number | null {
    if (from >= this.#nothing.from && from < this.#nothing.to) return null
    let at = from
    let agreed = 0
    // Counted from where all of them have begun.
    let last = Infinity
    for (let asked = 0; asked < mostQuestions;) {
      for (const part of this.parts) {
        if (budget.left <= 0) return null
        const next = this.ask(part, at, budget)
        asked++
        // Whatever all agree on is not before the latest of them: from there the next is asked.
        if (next === null) return this.#exhausted(from, isSure(part) ? Infinity : at, budget)
        if (next > last) return this.#exhausted(from, next, budget)
        agreed = next === at ? agreed + 1 : 1
        at = next
        if (agreed === this.parts.length) return at
      }
      if (last === Infinity) last = at + furthestMs
    }
    return this.#exhausted(from, at, budget)
  }

  #exhausted(from: number, to: number, budget: Budget): null {
    if (budget.left > 0) this.#nothing = { from, to }
    return null
  }
}

/** Fires whenever one of its triggers does; once where several do at the same time (APScheduler 3.x). */
export class OrTrigger extends CombiningTrigger {
  protected override readonly kind = 'or'
  protected override readonly rule = 'Whenever one of these fires'

  /** @throws {TriggerError} `TRIGGER_INVALID` when it is no list of 1 to 100 triggers, at most 10 deep */
  constructor(triggers: readonly ComputedTrigger[], options: CombiningTriggerOptions = {}) {
    super(triggers, options)
  }

  override anchored(now: number): OrTrigger {
    const parts = this.anchoredParts(now)
    return parts === null ? this : new OrTrigger(parts, this.options())
  }

  protected override search(from: number, budget: Budget): number | null {
    let earliest: number | null = null
    for (const part of this.parts) {
      const next = this.ask(part, from, budget)
      if (next !== null && (earliest === null || next < earliest)) earliest = next
    }
    return earliest
  }
}

/** Whether its null says that there is nothing more, rather than that nothing was found. */
function isSure(part: ComputedTrigger): boolean {
  return !(part instanceof CombiningTrigger)
}

/** What a part does, but for its jitter, which is not its own here. */
function withoutJitter(part: ComputedTrigger): string {
  const words = part.explain()
  const jitter = jitterWords(part.jitterMs)
  return words.endsWith(jitter) ? words.slice(0, words.length - jitter.length) : words
}

function partsOf(triggers: unknown): readonly ComputedTrigger[] {
  if (!Array.isArray(triggers) || triggers.length === 0 || triggers.length > mostParts) {
    throw malformed('triggers', `a list of 1 to ${mostParts} triggers`, triggers)
  }
  return triggers.map((trigger: unknown) => {
    if (trigger instanceof ComputedTrigger) return trigger
    throw malformed('triggers', 'a list of triggers', trigger)
  })
}
