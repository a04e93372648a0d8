import {
  MessageChannel,
  Worker,
  type MessagePort,
  type ResourceLimits,
  type Transferable,
} from 'node:worker_threads'
import { ClaimWords } from './claim-words.ts'
import type { ClockHandle } from './clock-handle.ts'
import { deferred } from './deferred.ts'
import { Doorbell } from './doorbell.ts'
import type { JobDefaults } from './job-defaults.ts'
import { userLoader } from './loader-flags.ts'
import type { ControlMessage, SchedulerThreadData } from './scheduler-loop.ts'
import type { FromSupervisor, SupervisorData, ToSupervisor } from './supervisor-protocol.ts'
import type { TriggerModules } from './trigger-modules.ts'
import { newConnection, type WorkerConnection } from './worker-connection.ts'

interface ThreadOptions {
  readonly name: string
  readonly unref: boolean
  readonly resourceLimits: ResourceLimits
  readonly queues: Readonly<Record<string, number>>
  readonly clock: ClockHandle
  readonly jobDefaults: JobDefaults
  readonly timezone: string
  readonly triggers: TriggerModules
}

interface RunningSupervisor {
  readonly worker: Worker
  readonly port: MessagePort
  readonly exited: Promise<void>
}

/** How long a thread may take to end of itself, before it is ended. */
const exitGraceMs = 5000

/**
 * The two threads of a scheduler and the ports between them.
 *
 *     owner ──control──▶ scheduler thread ◀──control── supervisor ◀── owner
 *                              └───────── lifeline ────────┘
 *
 * The supervisor is started with the first connection, or with custom triggers, which it has computed.
 */
export class Threads {
  readonly bell: Doorbell = new Doorbell()
  readonly #options: ThreadOptions
  readonly #scheduler: Worker
  readonly #control: MessagePort
  readonly #schedulerExited = deferred<void>()
  readonly #onDeath: (cause: Error | undefined) => void
  readonly #fromSupervisor: (message: FromSupervisor) => void
  #lifeline: MessagePort | null
  #supervisor: RunningSupervisor | null = null
  #connections = 0
  #awaited = 0
  #schedulerDied = false
  #ending = false

  /** `onDeath` hears of a thread that ended without having been told to. */
  constructor(
    options: ThreadOptions,
    onDeath: (cause: Error | undefined) => void,
    fromSupervisor: (message: FromSupervisor) => void,
  ) {
    this.#options = options
    this.#onDeath = onDeath
    this.#fromSupervisor = fromSupervisor
    const control = new MessageChannel()
    const lifeline = new MessageChannel()
    this.#control = control.port1
    this.#lifeline = lifeline.port2
    const data: SchedulerThreadData = {
      clock: options.clock,
      queues: options.queues,
      jobDefaults: options.jobDefaults,
      triggerNames: Object.keys(options.triggers),
      bell: this.bell.buffer,
      control: control.port2,
      lifeline: lifeline.port1,
    }
    this.#scheduler = startThread(
      'scheduler-entry',
      options.name,
      data,
      [control.port2, lifeline.port1],
      options,
    )
    this.#watch(this.#scheduler, () => {
      this.#schedulerDied = true
      this.#schedulerExited.resolve()
    })
    if (data.triggerNames.length > 0) this.#supervisor = this.#startSupervisor()
  }

  /** A connection for this thread itself. Its death is the process's, or its owner's. */
  connectOwner(): { readonly port: MessagePort; readonly bell: Doorbell } {
    const { port1, port2 } = new MessageChannel()
    const bell = new Doorbell(ClaimWords.newMemory())
    this.#tellScheduler({ type: 'connect', id: 'owner', port: port2, bell: bell.buffer }, [port2])
    return { port: port1, bell }
  }

  /** A connection for a thread that is about to be started. */
  connect(): { readonly connection: WorkerConnection; readonly transferList: Transferable[] } {
    const id = `connection ${++this.#connections}`
    const { forWorker, transferList, forScheduler, forSupervisor } = newConnection(
      id,
      this.bell.buffer,
      this.#options.clock,
      this.#options.timezone,
    )
    this.#tellScheduler({ type: 'connect', ...forScheduler }, [forScheduler.port])
    this.tellSupervisor({ type: 'watch', ...forSupervisor }, [forSupervisor.lifeline])
    return { connection: forWorker, transferList }
  }

  tellSupervisor(message: ToSupervisor, transferList: Transferable[] = []): void {
    const supervisor = (this.#supervisor ??= this.#startSupervisor())
    supervisor.port.postMessage(message, transferList)
  }

  /** Keeps the process alive until then, `unref` or not: the supervisor does something that somebody waits for. */
  keepAliveUntil(settled: Promise<unknown>): void {
    const port = this.#supervisor?.port
    if (++this.#awaited === 1) port?.ref()
    const release = (): void => {
      if (--this.#awaited === 0) port?.unref()
    }
    settled.then(release, release)
  }

  /** Ends the supervisor with its worker threads, then the scheduler thread; resolves when all are gone. */
  async end(graceMs: number): Promise<void> {
    this.#ending = true
    if (this.#supervisor) {
      const { worker, exited } = this.#supervisor
      this.tellSupervisor({ type: 'stop', graceMs, schedulerDied: this.#schedulerDied })
      await endOrTerminate(worker, exited, graceMs + exitGraceMs)
    }
    this.#tellScheduler({ type: 'exit' })
    await endOrTerminate(this.#scheduler, this.#schedulerExited.promise, exitGraceMs)
    this.#control.close()
    this.#lifeline?.close()
  }

  #startSupervisor(): RunningSupervisor {
    const owner = new MessageChannel()
    const control = new MessageChannel()
    const lifeline = this.#lifeline ?? new MessageChannel().port1
    this.#lifeline = null
    this.#tellScheduler({ type: 'control', port: control.port1 }, [control.port1])
    const data: SupervisorData = {
      owner: owner.port1,
      control: control.port2,
      schedulerLifeline: lifeline,
      schedulerBell: this.bell.buffer,
      clock: this.#options.clock,
      timezone: this.#options.timezone,
      triggers: { modules: this.#options.triggers, loader: userLoader() },
    }
    const { name, unref } = this.#options
    const ports = [owner.port1, control.port2, lifeline]
    const worker = startThread('supervisor-entry', `${name} supervisor`, data, ports, { unref })
    owner.port2.on('message', (message: FromSupervisor) => this.#fromSupervisor(message))
    owner.port2.unref()
    const exited = deferred<void>()
    this.#watch(worker, () => {
      // Nobody would hear a thread die any more: better an end that everybody hears of.
      if (!this.#ending) this.#tellScheduler({ type: 'supervisorLost' })
      owner.port2.close()
      exited.resolve()
    })
    return { worker, port: owner.port2, exited: exited.promise }
  }

  #watch(worker: Worker, onExit: () => void): void {
    let cause: Error | undefined
    worker.on('error', (error: Error) => (cause = error))
    worker.on('exit', () => {
      onExit()
      if (!this.#ending) this.#onDeath(cause)
    })
  }

  #tellScheduler(message: ControlMessage, transferList: MessagePort[] = []): void {
    this.#control.postMessage(message, transferList)
    this.bell.ring()
  }
}

/** Starts one of our own threads, without preloads, be they flags or in NODE_OPTIONS: nothing of the user's runs there. */
function startThread(
  entry: string,
  name: string,
  workerData: SchedulerThreadData | SupervisorData,
  transferList: MessagePort[],
  options: { readonly unref: boolean; readonly resourceLimits?: ResourceLimits },
): Worker {
  const { unref, resourceLimits = {} } = options
  const url = new URL(`./${entry}${import.meta.url.slice(-3)}`, import.meta.url)
  const worker = new Worker(url, {
    name,
    workerData,
    transferList,
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
    resourceLimits,
  })
  if (unref) worker.unref()
  return worker
}

async function endOrTerminate(
  worker: Worker,
  exited: Promise<void>,
  graceMs: number,
): Promise<void> {
  // An unref'ed worker would let the process end before it did.
  worker.ref()
  const overdue = setTimeout(() => void worker.terminate(), graceMs)
  await exited
  clearTimeout(overdue)
}
