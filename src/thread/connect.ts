import { workerData } from 'node:worker_threads'
import { OptionsError } from '../core/errors.ts'
import type { AnyQueues, QueueTypes } from '../core/task-scheduler.ts'
import { WorkerClient } from './worker-client.ts'
import type { WorkerConnection } from './worker-connection.ts'

/** One client per connection: its ports have one listener. */
const clients = new WeakMap<WorkerConnection, WorkerClient>()
let given: WorkerConnection | null = null

/** Has `connect()` use this connection in this thread: one of `startWorkers` is not given it by `workerData`. */
export function setConnection(connection: WorkerConnection): void {
  given = connection
}

/**
 * The scheduler, from inside a worker thread: all verbs, and `getTaskSync` and `taskDoneSync`, which block.
 *
 * @param connection What the thread was given; by default what `scheduler.workerOptions()` put into `workerData`.
 * @throws {OptionsError} in a thread that was not given any.
 * @example
 * const scheduler = connect()
 * for await (const context of scheduler.tasks('ocsp')) await renew(context.subject)
 */
export function connect<Q extends QueueTypes<Q> = AnyQueues>(
  connection: WorkerConnection | null = given ?? connectionIn(workerData),
): WorkerClient<Q> {
  if (!isConnection(connection)) {
    throw new OptionsError(
      'Expected a connection: start this thread with new Worker(file, scheduler.workerOptions()) or startWorkers(file).',
    )
  }
  const client = clientOf(connection)
  client.inUse = true
  // The queues' types are the caller's to name: nothing of them exists at run time.
  return client as unknown as WorkerClient<Q>
}

/** The client of a connection. */
export function clientOf(connection: WorkerConnection): WorkerClient {
  const client = clients.get(connection) ?? new WorkerClient(connection)
  clients.set(connection, client)
  return client
}

function connectionIn(data: unknown): WorkerConnection | null {
  if (typeof data !== 'object' || data === null || !('scheduler' in data)) return null
  return isConnection(data.scheduler) ? data.scheduler : null
}

function isConnection(value: unknown): value is WorkerConnection {
  return typeof value === 'object' && value !== null && 'serverBell' in value && 'lifeline' in value
}
