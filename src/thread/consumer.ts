import { OptionsError, SchedulerLostError, SchedulerStoppedError } from '../core/errors.ts'
import { clientOf, setConnection } from './connect.ts'
import type { Consumer, Handler } from './consume.ts'
import type { AnyContext, TaskScheduler } from '../core/task-scheduler.ts'
import type { ConsumerData, FromConsumer } from './supervisor-protocol.ts'
import { encodeError } from './wire-error.ts'
import type { WorkerClient } from './worker-client.ts'

type AnyHandler = Handler<AnyContext, TaskScheduler>

/** The life of a thread of `startWorkers`: loads the file, works for its handlers, ends when told to. */
export async function consumeFile({ file, connection }: ConsumerData): Promise<void> {
  setConnection(connection)
  const { lifeline } = connection
  const tell = (message: FromConsumer): void => lifeline.postMessage(message)
  let loaded = false
  const tellLoaded = (): void => {
    if (!loaded) tell({ type: 'loaded' })
    loaded = true
  }
  const client = clientOf(connection)
  // A file whose loop runs at its top level never finishes loading.
  client.onFirstTake = tellLoaded
  const consumers: Consumer[] = []
  lifeline.on('message', () => {
    for (const consumer of consumers) void consumer.stop()
    if (consumers.length === 0) client.close()
  })
  lifeline.unref()
  try {
    const exported: unknown = await import(file)
    const handlers = handlersOf(exported)
    await Promise.all(handlers.map(([taskName]) => client.isEmptyQueue(taskName)))
    for (const [taskName, handler] of handlers)
      consumers.push(await client.consume(taskName, handler))
    if (consumers.length === 0 && !client.inUse) throw noHandler(file)
  } catch (error) {
    if (error instanceof SchedulerStoppedError) return
    if (error instanceof SchedulerLostError) return untilEnded
    tell({ type: 'failed', error: encodeError(error) })
    // The module stays failed in this thread: another one may load it.
    process.exit(1)
  }
  tellLoaded()
  try {
    await ended(client, consumers)
  } catch (error) {
    if (error instanceof SchedulerLostError) return untilEnded
    throw error
  }
}

/** The supervisor, too, hears of it when the scheduler is lost: it ends this thread, and replaces it by none. */
const untilEnded = new Promise<never>(() => undefined)

async function ended(client: WorkerClient, consumers: readonly Consumer[]): Promise<void> {
  if (consumers.length > 0) {
    await Promise.all(consumers.map(({ closed }) => closed))
    client.close()
  }
  const reason = await client.closed
  if (!(reason instanceof SchedulerStoppedError)) throw reason
}

/** The functions that a file exports, or those of its export `handlers`. */
function handlersOf(exported: unknown): [string, AnyHandler][] {
  const handlers = member(exported, 'handlers') ?? exported
  if (typeof handlers !== 'object' || handlers === null) return []
  return Object.entries(handlers).filter(
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
