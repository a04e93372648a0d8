import type { Scheduler } from '../core/scheduler.ts'
import { Call, type Connection } from './connection.ts'
import type { Request } from './protocol.ts'

/** Fewer are as fast one by one. */
const fewest = 4

/**
 * Deals with calls that follow one another from an index on and do nothing but cancel what is scheduled: where their
 * contexts are is looked for together. Gives how many these are; 0 when they are to be dealt with one by one, as they are
 * where somebody wants to hear of each. What goes wrong is told to all of them by `fail`.
 */
export function cancelRun(
  scheduler: Scheduler,
  connection: Connection,
  requests: readonly Request[],
  from: number,
  fail: (call: Call<'cancelTask'>, error: unknown) => void,
): number {
  if (!cancels(requests[from]) || !cancels(requests[from + fewest - 1])) return 0
  if (!scheduler.cancelsQuietly) return 0
  const ids: string[] = []
  for (let index = from; index < requests.length; index++) {
    const request = requests[index]
    if (!cancels(request)) break
    ids.push(request.args[0])
  }
  if (ids.length < fewest) return 0
  const callOf = (index: number): number => requests[from + index]?.id ?? 0
  try {
    const gone = scheduler.cancelTasks(ids)
    for (let index = 0; index < ids.length; index++) {
      const id = callOf(index)
      if (id !== 0) connection.send({ type: 'value', id, value: gone[index] === true })
    }
  } catch (error) {
    for (let index = 0; index < ids.length; index++) {
      fail(new Call(connection, 'cancelTask', callOf(index)), error)
    }
  }
  return ids.length
}

function cancels(
  request: Request | undefined,
): request is Request & { readonly call: 'cancelTask' } {
  return request?.call === 'cancelTask' && !request.args[1] && typeof request.args[0] === 'string'
}
