import type { MessagePort } from 'node:worker_threads'
import { SchedulerLostError } from '../core/errors.ts'
import type { OccurrenceQuestion } from '../jobs/job-host.ts'
import { CustomTriggers } from './custom-triggers.ts'
import { Doorbell } from './doorbell.ts'
import type { ControlMessage } from './scheduler-loop.ts'
import { SupervisedGroup, type GroupHost } from './supervised-group.ts'
import type {
  FromSupervisor,
  GroupOptions,
  SupervisorData,
  ToSupervisor,
} from './supervisor-protocol.ts'
import { encodeError } from './wire-error.ts'
import { newConnection } from './worker-connection.ts'

/**
 * Hears every death, keeps the worker threads, and has custom triggers computed; it has a thread of its own, so it does both while the application's
 * loop is blocked.
 *
 *     worker dies     ─▶ its lifeline closes ─▶ the scheduler thread gives back what it held
 *     scheduler dies  ─▶ its lifeline closes ─▶ every connection's bell says so, and wakes who sleeps on it
 */
export class Supervisor {
  readonly #data: SupervisorData
  readonly #schedulerBell: Doorbell
  readonly #bells = new Map<string, Doorbell>()
  readonly #groups = new Map<number, SupervisedGroup>()
  readonly #triggers: CustomTriggers
  #lost = false

  constructor(data: SupervisorData) {
    this.#data = data
    this.#schedulerBell = new Doorbell(data.schedulerBell)
    this.#triggers = new CustomTriggers(data.triggers)
    data.control.on('message', (question: OccurrenceQuestion) => this.#compute(question))
    data.owner.on('message', (message: ToSupervisor) => this.#handle(message))
    data.schedulerLifeline.on('close', () => this.#schedulerDied())
    // A listener for 'close' alone does not start a port.
    data.schedulerLifeline.start()
  }

  #handle(message: ToSupervisor): void {
    switch (message.type) {
      case 'watch':
        this.#watch(message.id, message.lifeline, message.bell)
        break
      case 'startGroup':
        this.#startGroup(message.group, message.options)
        break
      case 'stopGroup':
        void this.#groups.get(message.group)?.stop(message.graceMs)
        break
      case 'stop':
        // Whoever says so may know it before the lifeline was looked at.
        if (message.schedulerDied) this.#schedulerDied()
        void this.#stop(message.graceMs)
    }
  }

  #compute(question: OccurrenceQuestion): void {
    const { number } = question
    this.#triggers.ask(question, (answer) => this.#control({ type: 'occurrence', number, answer }))
  }

  #watch(id: string, lifeline: MessagePort, buffer: SharedArrayBuffer): void {
    const bell = new Doorbell(buffer)
    this.#bells.set(id, bell)
    if (this.#lost) bell.setLost()
    lifeline.on('close', () => {
      this.#bells.delete(id)
      this.#control({ type: 'disconnect', id })
    })
    lifeline.start()
  }

  #startGroup(group: number, options: GroupOptions): void {
    const host: GroupHost = {
      connect: (id) => this.#connect(id),
      tell: (message) => this.#tell(message),
      emit: (name, payload) => this.#control({ type: 'emit', name, payload }),
    }
    const supervised = new SupervisedGroup(group, options, host)
    this.#groups.set(group, supervised)
    void supervised.ended.then((error) => {
      this.#groups.delete(group)
      this.#tell({ type: 'groupEnded', group, error: error === null ? null : encodeError(error) })
    })
  }

  /** Makes a connection for a thread of a group, and has the scheduler thread know it. */
  #connect(id: string): ReturnType<GroupHost['connect']> {
    const { schedulerBell, clock, timezone } = this.#data
    const { forWorker, transferList, forScheduler, forSupervisor } = newConnection(
      id,
      schedulerBell,
      clock,
      timezone,
    )
    this.#control({ type: 'connect', ...forScheduler }, [forScheduler.port])
    this.#watch(id, forSupervisor.lifeline, forSupervisor.bell)
    return { forWorker, transferList, lifeline: forSupervisor.lifeline }
  }

  /** Its threads cannot go on; nobody can tell them but this one. */
  #schedulerDied(): void {
    this.#lost = true
    for (const bell of this.#bells.values()) bell.setLost()
    const error = new SchedulerLostError("The scheduler's thread died.")
    for (const group of this.#groups.values()) void group.stop(0, error)
  }

  /** Ends its groups, then its thread: the owner hears that. */
  async #stop(graceMs: number): Promise<void> {
    this.#data.schedulerLifeline.removeAllListeners('close')
    this.#triggers.close()
    await Promise.all([...this.#groups.values()].map((group) => group.stop(graceMs)))
    // Lifelines of threads that the user started would keep this thread for as long as those live.
    process.exit()
  }

  #tell(message: FromSupervisor): void {
    this.#data.owner.postMessage(message)
  }

  #control(message: ControlMessage, transferList: MessagePort[] = []): void {
    this.#data.control.postMessage(message, transferList)
    this.#schedulerBell.ring()
  }
}
