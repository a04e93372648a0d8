/** What does it cost to schedule something and cancel it again? A million at once, over an hour, beside Node's timers. */
import { cancelIds, hourMs, loadCore, nsEach, shuffled, tenEach } from '../core-load.ts'
import { now, randomNumbers } from '../measure.ts'
import { ScheduledTaskContext, SchedulerThread } from '../../src/index.ts'
import { smallAttributes } from '../pending.ts'
import { amount, type Question } from '../question.ts'

export const question: Question = {
  name: 'cancel',
  asks: 'What do scheduling and cancelling cost?',
  contenders: [
    {
      name: 'core',
      run: async (settings) => {
        cancelInCore(20_000)
        return cancelInCore(amount(settings, 1e6))
      },
    },
    {
      name: 'setTimeout and clearTimeout',
      run: async (settings) => {
        cancelTimers(20_000)
        return cancelTimers(amount(settings, 1e6))
      },
    },
    {
      name: 'SchedulerThread, every call awaited',
      run: async (settings) => throughThread(amount(settings, 50_000)),
    },
  ],
}

interface Costs {
  readonly [figure: string]: number
  readonly bothNsPerTask: number
}

/** Cancels by id, in random order. */
function cancelInCore(count: number): Costs {
  // As the thread gets them: a text that was put together and not copied yet would be copied by the core instead.
  const load = { count, horizonMs: hourMs, subjectOf: tenEach, keepIds: true, posted: true }
  const { core, ids, addNsPerTask } = loadCore(load)
  const inOrder = Array.from(shuffled(count), (index) => ids[index] ?? '')
  const { cancelled, nsPerTask: cancelNsPerTask } = cancelIds(core, inOrder)
  if (cancelled !== count) throw new Error(`${cancelled} of ${count} were cancelled`)
  return both(addNsPerTask, cancelNsPerTask)
}

/** The same times, in the same order. */
function cancelTimers(count: number): Costs {
  const random = randomNumbers(3)
  const delays = Float64Array.from({ length: count }, () => 1 + random() * hourMs)
  const nothing = (): void => undefined
  const timers: NodeJS.Timeout[] = []
  let start = now()
  for (const delay of delays) timers.push(setTimeout(nothing, delay))
  const addNsPerTask = nsEach(now() - start, count)
  const order = shuffled(count)
  start = now()
  for (const index of order) clearTimeout(timers[index])
  return both(addNsPerTask, nsEach(now() - start, count))
}

function both(addNsPerTask: number, cancelNsPerTask: number): Costs {
  return {
    addNsPerTask,
    cancelNsPerTask,
    bothNsPerTask: Math.round((addNsPerTask + cancelNsPerTask) * 10) / 10,
  }
}

/** The whole way: 256 calls in a turn, each promise awaited. */
async function throughThread(count: number): Promise<Costs> {
  await using scheduler = await new SchedulerThread({ queues: ['later'] }).start()
  const inTurns = async (call: (index: number) => Promise<unknown>): Promise<number> => {
    const start = now()
    for (let first = 0; first < count; first += 256) {
      const length = Math.min(256, count - first)
      await Promise.all(Array.from({ length }, (_, index) => call(first + index)))
    }
    return nsEach(now() - start, count)
  }
  const add = (index: number): Promise<unknown> => {
    const options = { id: `task ${index}` }
    const time = 3600 + index / 100
    return scheduler.addTask(
      new ScheduledTaskContext('later', tenEach(index), time, smallAttributes(index), options),
    )
  }
  const cancel = (index: number): Promise<unknown> => scheduler.cancelTask(`task ${index}`)
  await inTurns(add)
  await inTurns(cancel)
  const addNsPerTask = await inTurns(add)
  return both(addNsPerTask, await inTurns(cancel))
}
