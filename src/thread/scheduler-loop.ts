import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { SchedulerLostError } from '../core/errors.ts'
import type { EventName, SchedulerEvents } from '../core/events.ts'
import { openClock, type ClockHandle } from './clock-handle.ts'
import type { OccurrenceAnswer } from '../jobs/job-host.ts'
import { Doorbell } from './doorbell.ts'
import type { JobDefaults } from './job-defaults.ts'
import { OpenQuestions } from './open-questions.ts'
import type { FromServer, Request } from './protocol.ts'
import type { Connection } from './connection.ts'
import { PunctualSleep } from './punctual-sleep.ts'
import { SchedulerServer } from './server.ts'
import { systemClock } from './system-clock.ts'

/** What the scheduler thread is started with. */
export interface SchedulerThreadData {
  readonly clock: ClockHandle
  readonly queues: Readonly<Record<string, number>>
  readonly jobDefaults: JobDefaults
  /** The names of custom triggers, which the supervisor has computed. */
  readonly triggerNames: readonly string[]
  readonly bell: SharedArrayBuffer
  readonly control: MessagePort
  /** Never used: the supervisor holds the other end, and hears it close when this thread dies. */
  readonly lifeline: MessagePort
}

/** What the thread's owner, and its supervisor, tell it besides the verbs. */
export type ControlMessage =
  | {
      readonly type: 'connect'
      readonly id: string
      readonly port: MessagePort
      readonly bell: SharedArrayBuffer
    }
  /** That connection's thread is gone. */
  | { readonly type: 'disconnect'; readonly id: string }
  /** The supervisor's port, to be told such things by; it is asked about custom triggers. */
  | { readonly type: 'control'; readonly port: MessagePort }
  | {
      readonly type: 'emit'
      readonly name: EventName
      readonly payload: SchedulerEvents[EventName]
    }
  /** What a custom trigger was asked, and answers. */
  | { readonly type: 'occurrence'; readonly number: number; readonly answer: OccurrenceAnswer }
  /** Without its supervisor nobody would hear a thread die. */
  | { readonly type: 'supervisorLost' }
  | { readonly type: 'exit' }

interface Line {
  readonly port: MessagePort
  readonly bell: Doorbell
  readonly connection: Connection
}

/** How often clients are looked at that were handed something ahead. */
const watchMs = 1
/** How many messages of one connection are dealt with before the others', and before answers are posted. */
const messagesPerTurn = 4

/**
 * The loop of the scheduler thread. It has no event loop work: it drains its ports, releases what is due, posts the
 * answers, and then sleeps in one `Atomics.wait` until the next due time or the doorbell. Nothing here may block or
 * wait for anything else.
 */
export class SchedulerLoop {
  readonly #server: SchedulerServer
  readonly #clock: ReturnType<typeof openClock>
  readonly #isFake: boolean
  readonly #bell: Doorbell
  readonly #sleep: PunctualSleep
  readonly #controls: MessagePort[]
  readonly #lifeline: MessagePort
  readonly #lines = new Map<string, Line>()
  readonly #prepare = (): void => this.#server.prepare()
  #exiting = false
  #nextLook = 0
  /** A closed port is only forgotten by a turn of the event loop. */
  #needsTurn = false

  constructor(data: SchedulerThreadData) {
    this.#clock = openClock(data.clock)
    this.#isFake = data.clock !== null
    // It is started, and its port is here, before a job can name a custom trigger.
    const questions = new OpenQuestions(data.triggerNames, (question) =>
      this.#controls.at(-1)?.postMessage(question),
    )
    this.#server = new SchedulerServer(this.#clock, data.queues, data.jobDefaults, questions)
    this.#bell = new Doorbell(data.bell)
    this.#sleep = new PunctualSleep(this.#bell, systemClock)
    this.#controls = [data.control]
    this.#lifeline = data.lifeline
  }

  run(): void {
    while (!this.#exiting) {
      const count = this.#bell.count()
      this.#drainControls()
      let busy = false
      for (const line of this.#lines.values()) {
        if (this.#drain(line, messagesPerTurn)) busy = true
      }
      this.#pass()
      if (this.#exiting) break
      if (this.#needsTurn) {
        this.#needsTurn = false
        setImmediate(() => this.run())
        return
      }
      // What is due goes out before the ports are looked at: that nothing is there takes a while to find out.
      if (!busy && this.#rest(count)) this.#pass()
    }
    this.#close()
  }

  #pass(): void {
    this.#server.tick()
    this.#watchClients()
    this.#server.flush()
  }

  /**
   * Sleeps until there is something to do; true when the time for it has come. A fake clock moves only when it is told to,
   * and whoever moves it rings: what is not due now is not awaited.
   */
  #rest(count: number): boolean {
    let wake = this.#server.nextWake()
    if (this.#isFake) {
      if (wake <= this.#clock.now()) return true
      wake = Infinity
    }
    if (!this.#server.watchesClients || wake <= systemClock.now() + watchMs)
      return this.#sleep.until(wake, count, this.#prepare)
    this.#bell.sleep(count, watchMs)
    return false
  }

  /** Looks whether clients go on with what they were handed ahead; that is not a matter of the scheduler's own clock. */
  #watchClients(): void {
    if (!this.#server.watchesClients) return
    const now = systemClock.now()
    if (now < this.#nextLook) return
    this.#nextLook = now + watchMs
    this.#server.takeBackStalled()
  }

  /** Deals with what a client posted; true when there may be more. */
  #drain(line: Line, most: number): boolean {
    for (let n = 0; n < most; n++) {
      const received: { message: readonly Request[] } | undefined = receiveMessageOnPort(line.port)
      if (!received) return false
      this.#server.receive(line.connection, received.message)
    }
    return true
  }

  #drainControls(): void {
    for (const control of this.#controls) {
      for (;;) {
        const received: { message: ControlMessage } | undefined = receiveMessageOnPort(control)
        if (!received) break
        const { message } = received
        // Its connecting was posted before, by the owner, but perhaps after that port was drained in this pass.
        if (message.type === 'disconnect' && !this.#lines.has(message.id)) this.#drainControls()
        this.#handle(message)
      }
    }
  }

  #handle(message: ControlMessage): void {
    switch (message.type) {
      case 'connect':
        this.#connect(message.id, message.port, new Doorbell(message.bell))
        break
      case 'disconnect':
        this.#disconnect(message.id)
        break
      case 'control':
        this.#controls.push(message.port)
        break
      case 'occurrence':
        this.#server.answered(message.number, message.answer)
        break
      case 'emit':
        this.#server.emit(message.name, message.payload)
        break
      case 'supervisorLost':
        this.#server.end(new SchedulerLostError('The supervisor thread died.'))
        break
      case 'exit':
        this.#exiting = true
    }
  }

  #connect(id: string, port: MessagePort, bell: Doorbell): void {
    const post = (messages: readonly FromServer[]): void => {
      port.postMessage(messages)
      bell.ring()
    }
    this.#lines.set(id, { port, bell, connection: this.#server.connect(post, bell.buffer) })
  }

  /** What a thread posted before it died is still in its port, and counts: only then is the rest given back. */
  #disconnect(id: string): void {
    const line = this.#lines.get(id)
    if (!line) return
    this.#drain(line, Infinity)
    this.#lines.delete(id)
    this.#server.disconnect(line.connection)
    line.port.close()
    this.#needsTurn = true
  }

  #close(): void {
    for (const { port, bell } of this.#lines.values()) {
      port.close()
      // Nobody will ring it any more: whoever sleeps on it finds what was posted, or nothing.
      bell.setLost()
    }
    for (const control of this.#controls) control.close()
    this.#lifeline.close()
  }
}
