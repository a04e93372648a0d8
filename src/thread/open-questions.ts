import { shown, TriggerError } from '../core/errors.ts'
import { nearestName } from '../core/nearest-name.ts'
import type { OccurrenceQuestion, OccurrenceSource } from '../jobs/job-host.ts'

/** Where the scheduler thread asks for the times of custom triggers; answers come to `SchedulerServer.answered`. */
export class OpenQuestions implements OccurrenceSource {
  readonly #names: readonly string[]
  readonly #post: (question: OccurrenceQuestion) => void
  #count = 0

  /** `names`: what there is to be asked. */
  constructor(names: readonly string[], post: (question: OccurrenceQuestion) => void) {
    this.#names = names
    this.#post = post
  }

  /** How many are not answered yet. */
  get count(): number {
    return this.#count
  }

  check(name: string): void {
    if (this.#names.includes(name)) return
    const near = nearestName(name, this.#names)
    const known =
      this.#names.length === 0
        ? `There are none: give its module to the scheduler with { triggers: { ${name}: url } }.`
        : `Known are ${this.#names.join(', ')}.`
    const meant = near === null ? known : `Did you mean '${near}'?`
    throw new TriggerError(
      `Expected custom to be the name of a trigger that the scheduler was given, got ${shown(name)}. ${meant}`,
      { details: { field: 'custom', known: this.#names } },
    )
  }

  request(question: OccurrenceQuestion): void {
    this.#count++
    this.#post(question)
  }

  answered(): void {
    this.#count--
  }
}
