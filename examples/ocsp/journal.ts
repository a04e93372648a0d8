import type { Level, LogEntry, Outcome } from './queues.ts'

/** What happened: counted by level, and how each certificate fared last. */
export class Journal {
  readonly #counts: Record<Level, number> = { debug: 0, info: 0, warning: 0, error: 0 }
  readonly #outcomes = new Map<string, Outcome>()

  add({ path, level, outcome }: LogEntry): void {
    this.#counts[level]++
    if (outcome !== undefined) this.#outcomes.set(path, outcome)
  }

  forget(path: string): void {
    this.#outcomes.delete(path)
  }

  get counts(): Readonly<Record<Level, number>> {
    return this.#counts
  }

  with(outcome: Outcome): string[] {
    return [...this.#outcomes].filter(([, each]) => each === outcome).map(([path]) => path)
  }
}
