/** Members by key: an index that forgets a key with its last member. Adding and deleting are O(1). */
export class KeyedSets<T> {
  readonly #sets = new Map<string, Set<T>>()

  get keyCount(): number {
    return this.#sets.size
  }

  add(key: string, member: T): void {
    const set = this.#sets.get(key)
    if (set) set.add(member)
    else this.#sets.set(key, new Set([member]))
  }

  delete(key: string, member: T): void {
    const set = this.#sets.get(key)
    if (set?.delete(member) && set.size === 0) this.#sets.delete(key)
  }

  /** In order of adding. Members may be deleted while this is walked. */
  of(key: string): Iterable<T> {
    return this.#sets.get(key) ?? []
  }

  countOf(key: string): number {
    return this.#sets.get(key)?.size ?? 0
  }
}
