import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { hourMs, loadCore, tenEach } from '../core-load.ts'

/** Fills a core and says what the memory of this thread grew by, for each task. */
const { count, givenIds, unlike } = workerData as {
  count: number
  givenIds: boolean
  unlike: boolean
}
const load = {
  horizonMs: hourMs,
  subjectOf: tenEach,
  posted: true,
  unlike,
  ...(givenIds ? { idOf: (index: number): string => `certificate/${index}/ocsp` } : {}),
}

// What is compiled and cached stays; only what is kept per task is to be seen.
loadCore({ ...load, count: 10_000 })
const before = await collected()
const { core } = loadCore({ ...load, count })
const after = await collected()
const each = (bytes: number): number => Math.round((bytes / count) * 10) / 10
const heap = after.heapUsed - before.heapUsed
const external = after.external - before.external
const arrayBuffers = after.arrayBuffers - before.arrayBuffers
parentPort?.postMessage({
  // Array buffers are part of what is external, unless they are shared.
  bytesPerTask: each(heap + Math.max(external, arrayBuffers)),
  heapBytesPerTask: each(heap),
  externalBytesPerTask: each(external),
  arrayBuffersBytesPerTask: each(arrayBuffers),
  scheduled: count,
})
// It is in use until here.
core.advanceTo(0)

async function collected(): Promise<NodeJS.MemoryUsage> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await turn()
  }
  return process.memoryUsage()
}
