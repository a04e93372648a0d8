import type { OccurrenceAnswer, OccurrenceQuestion } from '../jobs/job-host.ts'
import type { UserLoader } from './loader-flags.ts'
import type { TriggerModules } from './trigger-modules.ts'
import { TriggerThread } from './trigger-thread.ts'

/** What custom triggers are computed from. */
export interface TriggerSources {
  readonly modules: TriggerModules
  readonly loader: UserLoader
}

/** Computes the times of custom triggers, each in a thread of its own; whoever asks is never blocked by one. */
export class CustomTriggers {
  readonly #threads: ReadonlyMap<string, TriggerThread>

  constructor({ modules, loader }: TriggerSources) {
    this.#threads = new Map(
      Object.entries(modules).map(([name, file]) => [name, new TriggerThread(file, loader)]),
    )
  }

  /** Every question is answered, unless `close` comes first. */
  ask(question: OccurrenceQuestion, settle: (answer: OccurrenceAnswer) => void): void {
    const thread = this.#threads.get(question.name)
    if (thread) thread.ask(question, settle)
    else settle({ error: `There is no custom trigger '${question.name}'.` })
  }

  close(): void {
    for (const thread of this.#threads.values()) thread.close()
  }
}
