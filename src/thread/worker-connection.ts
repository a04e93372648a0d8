import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads'
import type { ClockHandle } from './clock-handle.ts'
import { ClaimWords } from './claim-words.ts'

/** What a thread is given to be connected with. It holds ports: it is used once. */
export interface WorkerConnection {
  readonly id: string
  /** To and from the scheduler thread. */
  readonly port: MessagePort
  /** To the supervisor, which hears it close when this thread dies, however it does. */
  readonly lifeline: MessagePort
  readonly serverBell: SharedArrayBuffer
  /** Its doorbell, and how far it is with what it was handed ahead. */
  readonly bell: SharedArrayBuffer
  readonly clock: ClockHandle
  /** The time zone of triggers that name none. */
  readonly timezone: string
}

/** The ends of a connection's two ways. */
export interface NewConnection {
  readonly forWorker: WorkerConnection
  readonly transferList: Transferable[]
  readonly forScheduler: {
    readonly id: string
    readonly port: MessagePort
    readonly bell: SharedArrayBuffer
  }
  readonly forSupervisor: {
    readonly id: string
    readonly lifeline: MessagePort
    readonly bell: SharedArrayBuffer
  }
}

export function newConnection(
  id: string,
  serverBell: SharedArrayBuffer,
  clock: ClockHandle,
  timezone: string,
): NewConnection {
  const data = new MessageChannel()
  const life = new MessageChannel()
  const bell = ClaimWords.newMemory()
  return {
    forWorker: { id, port: data.port1, lifeline: life.port1, serverBell, bell, clock, timezone },
    transferList: [data.port1, life.port1],
    forScheduler: { id, port: data.port2, bell },
    forSupervisor: { id, lifeline: life.port2, bell },
  }
}
