/**
 * Members by key: an index that forgets a key with its last member. Adding and deleting are O(1).
 *
 * Most keys have one member, and a Set for each would be most of the memory: a lone member stands for itself.
 */
export class KeyedSets<T extends object> {
  readonly #members = new Map<string, T | Set<T>>()

  get keyCount(): number {
    return this.#members.size
  }

  add(key: string, member: T): void {
    const known = this.#members.get(key)
    if (known === undefined) this.#members.set(key, member)
    else if (known instanceof Set) known.add(member)
    else this.#members.set(key, new Set([known, member]))
  }

  delete(key: string, member: T): void {
    const known = this.#members.get(key)
    if (known === member) this.#members.delete(key)
    else if (known instanceof Set && known.delete(member) && known.size === 0) {
      this.#members.delete(key)
    }
  }

  /** In order of adding. Members may be deleted while this is walked. */
  of(key: string): Iterable<T> {
    const known = this.#members.get(key)
    if (known === undefined) return []
    return known instanceof Set ? known : [known]
  }

  countOf(key: string): number {
    const known = this.#members.get(key)
    if (known === undefined) return 0
    return known instanceof Set ? known.size : 1
  }
}
