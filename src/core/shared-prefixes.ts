/** A prefix is at most so many words long: a count of 31 means something else to its users. */
export const mostPrefixWords = 30
const mostPrefixes = 4
/** A beginning that has less in common with the known ones is worth being known itself. */
const fewWords = 3

/**
 * What cargoes of one queue begin with: they mostly have the same keys in the same order, and often much of the values
 * in common. A cargo is kept without the words that it shares with one of the first few unlike ones.
 */
export class SharedPrefixes {
  readonly #prefixes: Uint32Array[] = []
  /** Which prefix `match` found, and how many of its words. */
  found = 0
  length = 0

  /** Finds the prefix that has most in common with the first `count` words. */
  match(words: Uint32Array, count: number): void {
    this.length = 0
    const most = Math.min(count, mostPrefixWords)
    for (let index = 0; index < this.#prefixes.length; index++) {
      const prefix = this.#prefixes[index]
      if (!prefix) continue
      const end = Math.min(most, prefix.length)
      let length = 0
      while (length < end && prefix[length] === words[length]) length++
      if (length > this.length) {
        this.length = length
        this.found = index
      }
    }
    if (this.length >= fewWords || this.#prefixes.length === mostPrefixes || most < fewWords) return
    this.found = this.#prefixes.push(words.slice(0, most)) - 1
    this.length = most
  }

  /** Writes the first words of a prefix. */
  read(found: number, length: number, words: Uint32Array): void {
    const prefix = this.#prefixes[found]
    if (!prefix) return
    for (let index = 0; index < length; index++) words[index] = prefix[index] ?? 0
  }
}
