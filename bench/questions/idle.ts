/** What does the scheduler thread do while nothing is due? On Linux, how often it went to sleep in ten seconds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SchedulerThread } from '../../src/index.ts'
import { addPending } from '../pending.ts'
import { amount, type Contender, type Question } from '../question.ts'

const tasks = '/proc/self/task'

export const question: Question = {
  name: 'idle',
  asks: 'What does the scheduler thread do while nothing is due?',
  contenders: [idling('nothing scheduled', 0), idling('1,000 relative times', 1000)],
}

function idling(name: string, pending: number): Contender {
  return {
    name,
    run: async (settings) => {
      if (!existsSync(tasks)) throw new Error('it can be measured on Linux only')
      // Node's own threads start with the first file that is read; after that, the one new thread is the scheduler's.
      await Promise.all(Array.from({ length: 8 }, () => readFile(new URL(import.meta.url))))
      const before = new Set(readdirSync(tasks))
      await using scheduler = await new SchedulerThread().start()
      const own = readdirSync(tasks).filter((id) => !before.has(id))
      if (own.length !== 1) throw new Error(`Expected one new thread, got ${own.length}`)
      if (pending > 0) await addPending(scheduler, pending)
      await sleep(1000)
      const switches = own.map(voluntarySwitches)
      const usage = process.cpuUsage()
      const seconds = amount(settings, 10)
      await sleep(seconds * 1000)
      const { user, system } = process.cpuUsage(usage)
      const slept = own.map((id, index) => voluntarySwitches(id) - (switches[index] ?? 0))
      return {
        switches: Math.max(...slept),
        processCpuPercent: Math.round((user + system) / seconds / 100) / 100,
      }
    },
  }
}

function voluntarySwitches(id: string): number {
  const status = readFileSync(`${tasks}/${id}/status`, 'utf8')
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1])
}
