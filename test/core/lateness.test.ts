import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { LatenessCounter, type LatenessHistogram } from '../../src/core/lateness.ts'

function histogramOf(latenessesMs: readonly number[]): LatenessHistogram {
  const counter = new LatenessCounter()
  for (const ms of latenessesMs) counter.add(ms)
  return counter.snapshot()
}

/** The smallest lateness that a share of all does not exceed, in seconds. */
function percentile(latenessesMs: readonly number[], share: number): number {
  const sorted = latenessesMs.toSorted((a, b) => a - b)
  return (sorted[Math.ceil(sorted.length * share) - 1] ?? 0) / 1000
}

describe('The lateness of contexts', () => {
  test('Of none, every figure is zero.', () => {
    assert.deepEqual(histogramOf([]), { count: 0, p50: 0, p90: 0, p99: 0, max: 0, buckets: [] })
  })

  test('Of one, every figure is that one.', () => {
    for (const ms of [0, 0.0001, 1, 0.065, 12_345.678]) {
      const { buckets, ...figures } = histogramOf([ms])
      const seconds = ms / 1000
      assert.deepEqual(figures, {
        count: 1,
        p50: seconds,
        p90: seconds,
        p99: seconds,
        max: seconds,
      })
      assert.deepEqual(buckets, [[seconds, 1]])
    }
  })

  test('All on time is a lateness of zero.', () => {
    const { p50, p99, max, buckets } = histogramOf([0, 0, 0])
    assert.deepEqual({ p50, p99, max, buckets }, { p50: 0, p99: 0, max: 0, buckets: [[0, 3]] })
  })

  test('A percentile is the exact one or up to a fifth more, from a microsecond to 30 years.', () => {
    const lateness = fc
      .double({ min: Math.log10(0.001), max: Math.log10(9.4e11), noNaN: true })
      .map((exponent) => 10 ** exponent)
    fc.assert(
      fc.property(fc.array(lateness, { minLength: 1, maxLength: 300 }), (latenesses) => {
        const { p50, p90, p99, max } = histogramOf(latenesses)
        for (const [share, figure] of [
          [0.5, p50],
          [0.9, p90],
          [0.99, p99],
        ] as const) {
          const exact = percentile(latenesses, share)
          assert.ok(figure >= exact * (1 - 1e-9), `${figure} is less than ${exact}`)
          assert.ok(figure <= exact * 1.2, `${figure} is more than a fifth above ${exact}`)
        }
        assert.equal(max, Math.max(...latenesses) / 1000)
      }),
      { numRuns: 300 },
    )
  })

  test('The buckets hold everything, in order, and none claims more than the latest there was.', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e15, noNaN: true })), (latenesses) => {
        const { count, max, buckets } = histogramOf(latenesses)
        assert.equal(count, latenesses.length)
        assert.equal(
          buckets.reduce((sum, [, inBucket]) => sum + inBucket, 0),
          count,
        )
        const bounds = buckets.map(([upper]) => upper)
        assert.deepEqual(
          bounds,
          bounds.toSorted((a, b) => a - b),
        )
        assert.ok(bounds.every((upper) => upper <= max))
        assert.ok(buckets.every(([, inBucket]) => inBucket > 0))
      }),
    )
  })

  test('A snapshot does not change when more is counted.', () => {
    const counter = new LatenessCounter()
    counter.add(5)
    const before = counter.snapshot()
    const copy = structuredClone(before)
    counter.add(500)
    assert.deepEqual(before, copy)
    assert.equal(counter.snapshot().count, 2)
  })
})
