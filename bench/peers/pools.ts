import { now } from '../measure.ts'
import { loadPeer } from '../peers.ts'
import { workerFile } from '../questions.ts'

/** A pool of two worker threads, and how it is given a task. */
export interface Pool {
  run(task: unknown): Promise<unknown>
  end(): Promise<unknown>
}

/** Pools by the names of their packages; they are all that was found to be in use. */
export const pools: Readonly<Record<string, () => Promise<Pool>>> = {
  piscina: async () => {
    const { Piscina } = await loadPeer<{ readonly Piscina: FilePool }>('piscina')
    const pool = new Piscina({ filename: workerFile('noop'), minThreads: 2, maxThreads: 2 })
    return { run: (task) => pool.run(task, { name: 'noop' }), end: () => pool.destroy() }
  },
  tinypool: async () => {
    const { Tinypool } = await loadPeer<{ readonly Tinypool: FilePool }>('tinypool')
    const pool = new Tinypool({ filename: workerFile('noop'), minThreads: 2, maxThreads: 2 })
    return { run: (task) => pool.run(task, { name: 'noop' }), end: () => pool.destroy() }
  },
  workerpool: async () => {
    const { pool: make } = await loadPeer<{
      readonly pool: (
        file: string,
        options: object,
      ) => {
        exec(name: string, args: readonly unknown[]): Promise<unknown>
        terminate(): Promise<unknown>
      }
    }>('workerpool')
    const options = { minWorkers: 2, maxWorkers: 2, workerType: 'thread' }
    const pool = make(workerFile('noop-workerpool'), options)
    return { run: (task) => pool.exec('noop', [task]), end: () => pool.terminate() }
  },
  poolifier: async () => {
    const { FixedThreadPool } = await loadPeer<{
      readonly FixedThreadPool: new (
        threads: number,
        file: string,
      ) => { execute(task: unknown): Promise<unknown>; destroy(): Promise<void> }
    }>('poolifier')
    const pool = new FixedThreadPool(2, workerFile('noop-poolifier'))
    return { run: (task) => pool.execute(task), end: () => pool.destroy() }
  },
}

type FilePool = new (options: object) => {
  run(task: unknown, options: object): Promise<unknown>
  destroy(): Promise<void>
}

/** Tasks per second when `count` are done so that `width` are under way at any time. */
export async function rateInFlight(
  count: number,
  width: number,
  run: () => Promise<unknown>,
): Promise<number> {
  let left = count
  const start = now()
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: width }, lane))
  return perSecond(count, start)
}

/** Tasks per second when `width` calls are made in one turn and all of them are awaited before the next turn. */
export async function rateInTurns(
  count: number,
  width: number,
  run: () => Promise<unknown>,
): Promise<number> {
  const start = now()
  for (let done = 0; done < count; done += width) {
    await Promise.all(Array.from({ length: Math.min(width, count - done) }, run))
  }
  return perSecond(count, start)
}

export function perSecond(count: number, start: number): number {
  return Math.round(count / ((now() - start) / 1000))
}
