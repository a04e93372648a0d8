import { OptionsError, SchedulerLostError, SchedulerStoppedError } from '../core/errors.ts'
import type { JobScheduler } from '../jobs/job-scheduler.ts'
import { clientOf, setConnection } from './connect.ts'
import type { Handler } from './consumer.ts'
import type { ConsumerData, FromConsumer } from './supervisor-protocol.ts'
import { encodeError } from './wire-error.ts'
import type { WorkerClient } from './worker-client.ts'

type AnyHandler = Handler<never, JobScheduler>

/**
 * The life of a thread of `startWorkers`: loads the file, works for its handlers, ends when told to. What goes wrong
 * with it is told, and ends the thread: a module that failed stays failed in its thread, and another may load it.
 */
export async function consumeFile({ file, connection }: ConsumerData): Promise<void> {
  setConnection(connection)
  const { lifeline } = connection
  const tell = (message: FromConsumer): void => lifeline.postMessage(message)
  const client = clientOf(connection)
  // A file whose loop runs at its top level never finishes loading.
  client.onFirstTake(() => tell({ type: 'loaded' }))
  lifeline.on('message', () => void finish(client))
  lifeline.unref()
  try {
    await work(file, client)
  } catch (error) {
    if (error instanceof SchedulerStoppedError) return
    // The supervisor, too, hears of it when the scheduler is lost: it ends this thread, and replaces it by none.
    if (error instanceof SchedulerLostError) return new Promise(() => undefined)
    tell({ type: 'failed', error: encodeError(error) })
    process.exit(1)
  }
}

async function work(file: string, client: WorkerClient): Promise<void> {
  const exported: unknown = await import(file)
  const consumers = await client.consumeAll(handlersOf(exported))
  if (consumers.length === 0 && !client.inUse) throw noHandler(file)
  client.asksLater()
  if (consumers.length > 0) {
    await Promise.all(consumers.map(({ closed }) => closed))
    client.close()
  }
  throw await client.closed
}

/** Takes nothing more; what is at hand is finished first. */
async function finish(client: WorkerClient): Promise<void> {
  try {
    await client.stopTaking()
  } catch {
    // The scheduler ended meanwhile, and this connection with it.
  }
  client.close()
}

/** The functions that a file exports, or those of its export `handlers`. */
function handlersOf(exported: unknown): [string, AnyHandler][] {
  const handlers = member(exported, 'handlers')
  const named = typeof handlers === 'object' && handlers !== null ? handlers : exported
  if (typeof named !== 'object' || named === null) return []
  return Object.entries(named).filter(
    (entry): entry is [string, AnyHandler] => typeof entry[1] === 'function',
  )
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function noHandler(file: string): OptionsError {
  return new OptionsError(
    `Expected ${file} to export a handler per task name, or to take its tasks itself with connect(); it does neither.`,
  )
}
