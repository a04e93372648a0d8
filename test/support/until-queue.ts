import type { QueueStats, SchedulerThread } from '../../src/index.ts'

/** Asks again and again how a queue stands, until it stands like this: for what no event tells. */
export async function untilQueue(
  scheduler: Pick<SchedulerThread, 'stats'>,
  taskName: string,
  wanted: Partial<QueueStats>,
): Promise<QueueStats> {
  for (;;) {
    const queue = (await scheduler.stats()).queues[taskName]
    if (!queue) throw new Error(`There is no queue ${taskName}.`)
    const now = new Map<string, unknown>(Object.entries(queue))
    if (Object.entries(wanted).every(([name, value]) => now.get(name) === value)) return queue
  }
}
