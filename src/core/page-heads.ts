import * as blockSizes from './block-sizes.ts'
import * as pageLayout from './page-layout.ts'

const { pageBits } = blockSizes
const { pagesPerChunk, headBits, freeWord } = pageLayout

/** The place of what is known of a block's page. */
export function headOf(block: number): number {
  return ((block >>> pageBits) & (pagesPerChunk - 1)) << headBits
}

/** Takes a place that was free again. */
export function takeFree(words: Uint32Array, head: number): number {
  let at = head + freeWord
  while (words[at] === 0) at++
  const bits = words[at] ?? 0
  const index = 31 - Math.clz32(bits & -bits)
  words[at] = bits & (bits - 1)
  return 32 * (at - head - freeWord) + index
}
