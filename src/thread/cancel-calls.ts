import type { Scheduler } from '../core/scheduler.ts'
import { Call, type Connection } from './connection.ts'
import type { Request } from './protocol.ts'
import { idAt, idBytesOf, packIds, type WireIds } from './wire-ids.ts'

/** Fewer are as fast one by one. */
const fewest = 4

type CancelRequest = Request & { readonly call: 'cancelTask' }

/** Calls in the order in which they travel: such as follow one another and do nothing but cancel an id are one. */
export function joinCancels(requests: readonly Request[]): readonly Request[] {
  if (requests.length < fewest) return requests
  let joined: Request[] | null = null
  for (let index = 0; index < requests.length; index++) {
    const run = onlyCancels(requests[index + fewest - 1]) ? cancelsFrom(requests, index) : []
    if (run.length >= fewest) {
      joined ??= requests.slice(0, index)
      const [first] = run
      const ids = packIds(run.map(({ args: [id] }) => id))
      joined.push({ id: first?.id ?? 0, call: 'cancelEach', args: [ids] })
      index += run.length - 1
    } else {
      const request = requests[index]
      if (request) joined?.push(request)
    }
  }
  return joined ?? requests
}

/** The calls from one on that only cancel, and have ids in a row. */
function cancelsFrom(requests: readonly Request[], from: number): CancelRequest[] {
  const run: CancelRequest[] = []
  const firstId = requests[from]?.id ?? 0
  if (firstId === 0) return run
  for (let index = from; index < requests.length; index++) {
    const request = requests[index]
    if (!onlyCancels(request) || request.id !== firstId + run.length) break
    run.push(request)
  }
  return run
}

function onlyCancels(request: Request | undefined): request is CancelRequest {
  return request?.call === 'cancelTask' && !request.args[1] && typeof request.args[0] === 'string'
}

/**
 * Answers a call for each of several ids, the first of which has the id of `call`: where their contexts are is looked for
 * together, unless somebody wants to hear of each. What goes wrong is told to each by `fail`.
 */
export function cancelEach(
  scheduler: Scheduler,
  { connection, id }: Call<'cancelEach'>,
  wire: WireIds,
  fail: (call: Call<'cancelEach'>, error: unknown) => void,
): void {
  const count = wire.ends.length
  let missing: readonly number[] | null
  try {
    const ids = scheduler.cancelsQuietly ? idBytesOf(wire) : null
    missing = ids && scheduler.cancelTasks(ids)
  } catch (error) {
    for (let index = 0; index < count; index++) {
      fail(new Call(connection, 'cancelEach', id + index), error)
    }
    return
  }
  if (!missing) return cancelSingly(scheduler, connection, id, wire, fail)
  let next = 0
  for (const index of missing) {
    sendCancelled(connection, id + next, index - next)
    connection.send({ type: 'value', id: id + index, value: false })
    next = index + 1
  }
  sendCancelled(connection, id + next, count - next)
}

function cancelSingly(
  scheduler: Scheduler,
  connection: Connection,
  firstId: number,
  wire: WireIds,
  fail: (call: Call<'cancelEach'>, error: unknown) => void,
): void {
  for (let index = 0; index < wire.ends.length; index++) {
    const call = new Call(connection, 'cancelEach', firstId + index)
    try {
      call.resolve(scheduler.cancelTask(idAt(wire, index)))
    } catch (error) {
      fail(call, error)
    }
  }
}

function sendCancelled(connection: Connection, id: number, count: number): void {
  if (count > 0) connection.send({ type: 'cancelled', id, last: id + count - 1 })
}
