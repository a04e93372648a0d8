import type { Additions } from './additions.ts'

/** What was added one by one and is not answered, in the order of the calls: that of the answers, too. */
export class OpenAdditions {
  readonly #open: Additions[] = []

  push(additions: Additions): void {
    this.#open.push(additions)
  }

  /** What the call with this id is part of, if it is the next to be answered; null for any other call. */
  of(id: number): Additions | null {
    const [first] = this.#open
    return first?.has(id) ? first : null
  }

  /** All were added, up to the call with this id; they may have been sent in several parts. */
  addedTo(lastId: number): void {
    for (const additions of this.#open) {
      if (additions.firstId > lastId) return
      additions.addedTo(lastId)
    }
  }

  /** Forgets what is answered by now; gives how many messages that were. */
  dropAnswered(): number {
    let count = 0
    while (this.#open[count]?.allAnswered) count++
    // In one go: taking the first off a very long list moves all the others.
    if (count > 0) this.#open.splice(0, count)
    return count
  }

  /** Those that begin with the call with this id will not be answered; false when that is known. */
  refuse(firstId: number, error: unknown): boolean {
    const index = this.#open.findIndex((additions) => additions.firstId === firstId)
    if (index < 0) return false
    for (const refused of this.#open.splice(index, 1)) refused.end(error)
    return true
  }

  /** None before the call with this id will be answered. */
  endBefore(id: number, error: unknown): void {
    while ((this.#open[0]?.firstId ?? Infinity) < id) this.#open.shift()?.end(error)
  }
}
