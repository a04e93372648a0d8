/** How late contexts were taken: counts by lateness, and the figures one asks for first, in seconds. */
export interface LatenessHistogram {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
  /** `[upper bound in seconds, count]`, without the empty ones. */
  readonly buckets: readonly (readonly [number, number])[]
}

/** Four buckets to each doubling: a percentile is right to within a fifth. */
const perDoubling = 4
/** The first bucket ends at a microsecond, in milliseconds. */
const smallestMs = 0.001
/** The last one begins at some 25 years. */
const bucketCount = 200

/** Counts latenesses without keeping them. */
export class LatenessCounter {
  readonly #counts = new Uint32Array(bucketCount)
  #count = 0
  #maxMs = 0
  /** The bucket that was counted in last, and its bounds in milliseconds: mostly the next is in the same. */
  #last = 0
  #above = Infinity
  #upTo = 0

  add(latenessMs: number): void {
    const bounded =
      latenessMs > this.#above && latenessMs <= this.#upTo ? this.#last : this.#find(latenessMs)
    this.#counts[bounded] = (this.#counts[bounded] ?? 0) + 1
    this.#count++
    if (latenessMs > this.#maxMs) this.#maxMs = latenessMs
  }

  snapshot(): LatenessHistogram {
    const buckets: (readonly [number, number])[] = []
    for (let index = 0; index < bucketCount; index++) {
      const count = this.#counts[index] ?? 0
      if (count > 0) buckets.push([this.#upperSeconds(index), count])
    }
    return {
      count: this.#count,
      p50: percentile(buckets, this.#count, 0.5),
      p90: percentile(buckets, this.#count, 0.9),
      p99: percentile(buckets, this.#count, 0.99),
      max: this.#maxMs / 1000,
      buckets,
    }
  }

  #find(latenessMs: number): number {
    const index = Math.ceil(Math.log2(latenessMs / smallestMs) * perDoubling)
    const bounded = index > 0 ? Math.min(index, bucketCount - 1) : 0
    this.#last = bounded
    // A little within the bounds: a logarithm that is rounded does not decide differently.
    this.#above = smallestMs * 2 ** ((bounded - 1) / perDoubling) * 1.000001
    this.#upTo = (smallestMs * 2 ** (bounded / perDoubling)) / 1.000001
    return bounded
  }

  /** No bucket claims more than the latest there was. */
  #upperSeconds(index: number): number {
    return Math.min(smallestMs * 2 ** (index / perDoubling), this.#maxMs) / 1000
  }
}

function percentile(
  buckets: readonly (readonly [number, number])[],
  count: number,
  share: number,
): number {
  let left = Math.ceil(count * share)
  for (const [upper, inBucket] of buckets) {
    left -= inBucket
    if (left <= 0) return upper
  }
  return 0
}
