import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { SchedulerError, SchedulerRunningError, SchedulerStoppedError } from '../core/errors.ts'
import type { EventName, EventSink, SchedulerEvents } from '../core/events.ts'
import { Scheduler } from '../core/scheduler.ts'
import type { OccurrenceAnswer } from '../jobs/job-host.ts'
import { AddCalls } from './add-calls.ts'
import { cancelEach } from './cancel-calls.ts'
import { withoutBaggage } from './cargo.ts'
import { CargoText } from './cargo-text.ts'
import { Call, Connection } from './connection.ts'
import { FakeClock } from './fake-clock.ts'
import type { JobDefaults } from './job-defaults.ts'
import { JobServer } from './job-server.ts'
import type { OpenQuestions } from './open-questions.ts'
import type { LogLevel } from './logger.ts'
import type { CallName, Calls, FromServer, Request, StopReport, WireDelivery } from './protocol.ts'
import { PassClock } from './pass-clock.ts'
import { encodeError } from './wire-error.ts'

type Handlers = {
  readonly [K in CallName]: (call: Call<K>, ...args: Parameters<Calls[K]>) => void
}

/**
 * The scheduler behind a protocol: calls in, answers out, whatever carries them.
 *
 * It runs on a thread that sleeps between passes, and in the thread of an `InlineScheduler`; so it owns no timer and
 * no port. A pass is: `receive` what came, `tick`, `flush`.
 */
export class SchedulerServer {
  readonly #scheduler: Scheduler
  readonly #adding: AddCalls
  readonly #jobs: JobServer
  readonly #clock: PassClock
  readonly #connections = new Set<Connection>()
  readonly #listeners = new Map<EventName, Set<Connection>>()
  /** Calls that are answered when their connection holds nothing any more. */
  readonly #draining = new Set<Call<'stopTaking'>>()
  readonly #stopping: Call<'stop'>[] = []
  readonly #questions: OpenQuestions
  /** Calls that are answered when no custom trigger is being asked: what is due may depend on it. */
  #ticking: Call<'tick'>[] = []
  #started = false
  #finished = false
  #owner: Connection | null = null
  #ended: SchedulerError | null = null

  constructor(
    clock: Clock,
    queues: Readonly<Record<string, number>>,
    defaults: JobDefaults,
    questions: OpenQuestions,
  ) {
    this.#clock = new PassClock(clock)
    const events: EventSink = {
      wants: (name) => this.#listeners.has(name) || this.#jobs.wants(name),
      emit: (name, payload) => this.emit(name, payload),
    }
    const scheduler = new Scheduler(this.#clock, events, () => new CargoText())
    this.#scheduler = scheduler
    this.#adding = new AddCalls(scheduler, this.#fail)
    const unsliced = clock instanceof FakeClock
    const source = questions
    this.#questions = questions
    this.#jobs = new JobServer({
      scheduler,
      clock: this.#clock,
      events,
      unsliced,
      defaults,
      source,
    })
    for (const [taskName, maxSize] of Object.entries(queues))
      this.#scheduler.addQueue(taskName, maxSize)
  }

  /** The first to connect is the owner: logs go there. */
  connect(
    post: (messages: readonly FromServer[]) => void,
    memory: SharedArrayBuffer | null = null,
  ): Connection {
    const connection = new Connection(post, memory)
    this.#connections.add(connection)
    this.#owner ??= connection
    if (this.#ended) connection.send({ type: 'ended', error: encodeError(this.#ended) })
    return connection
  }

  /** A client is gone: what it held goes back, what it waited for is forgotten. */
  disconnect(connection: Connection): void {
    this.#clock.read()
    this.#scheduler.follow()
    this.#connections.delete(connection)
    connection.abandon()
    for (const name of this.#listeners.keys()) this.#listen(connection, name, false)
    this.#scheduler.giveBackAll(connection)
    this.#settleEnds()
  }

  /** Deals with the calls of one message, in order. What is due by then is released before each. */
  receive(connection: Connection, requests: readonly Request[]): void {
    this.#clock.read()
    // What the client finished before it posted this, counts before it.
    this.#scheduler.follow()
    for (const request of requests) {
      if (this.#scheduler.mayBeDue()) this.#scheduler.tick()
      this.#jobs.follow()
      this.#handle(connection, request)
      this.#settleEnds()
    }
    connection.offers?.messageReceived()
  }

  tick(): void {
    this.#clock.read()
    this.#scheduler.follow()
    this.#releaseDue()
    this.#settleTicks()
    this.#settleEnds()
  }

  /** A custom trigger was asked, and answers. `tick` is to be called then. */
  answered(number: number, answer: OccurrenceAnswer): void {
    this.#clock.read()
    this.#questions.answered()
    if (!this.#ended) this.#jobs.answered(number, answer)
  }

  nextWake(): number {
    return this.#ended ? Infinity : Math.min(this.#scheduler.nextWake(), this.#jobs.nextWake())
  }

  /** There is a moment before `nextWake`: what can be done then makes that shorter. */
  prepare(): void {
    if (!this.#ended) this.#scheduler.prepare()
  }

  /** Sends what was answered, and what is handed ahead. */
  flush(): void {
    if (!this.#ended) this.#scheduler.handAhead()
    this.#settleEnds()
    const offsetMs = this.#clock.offset
    for (const connection of this.#connections) connection.flush(offsetMs)
  }

  /** Whether clients are to be looked at before long: then `takeBackStalled` is to be called. */
  get watchesClients(): boolean {
    return this.#scheduler.trays.watching
  }

  /** Takes back what lies before clients that have done nothing since the last time. */
  takeBackStalled(): void {
    this.#scheduler.follow()
    this.#scheduler.trays.takeBackStalled()
  }

  emit<N extends EventName>(name: N, payload: SchedulerEvents[N]): void {
    if (name === 'clockJump') this.#log('warn', 'The clock on the wall moved.', { ...payload })
    const atMs = this.#clock.wall()
    for (const connection of this.#listeners.get(name) ?? [])
      connection.send({ type: 'event', name, payload, atMs })
    this.#jobs.happened(name, payload)
  }

  /** From now on every call, also those that wait, is answered with this error. */
  end(error: SchedulerError): void {
    if (this.#ended) return
    this.#ended = error
    this.#scheduler.close()
    this.#log('debug', 'The scheduler ended.', {})
    const wire = encodeError(error)
    for (const connection of this.#connections) connection.send({ type: 'ended', error: wire })
  }

  #handle<K extends CallName>(
    connection: Connection,
    request: Request & { readonly call: K },
  ): void {
    const call = new Call<K>(connection, request.call, request.id)
    if (this.#ended) return call.reject(this.#ended)
    try {
      const handler: (call: Call<K>, ...args: Parameters<Calls[K]>) => void =
        this.#handlers[request.call]
      handler(call, ...(request.args as Parameters<Calls[K]>))
    } catch (error) {
      this.#fail(call, error)
    }
  }

  readonly #fail = <K extends CallName>(call: Call<K>, error: unknown): void => {
    if (!(error instanceof SchedulerError))
      this.#log('error', `Unexpected in ${call.name}.`, {}, error)
    call.reject(SchedulerError.from(error))
  }

  /** Nothing may be said on this thread: its owner says it. */
  #log(
    level: LogLevel,
    message: string,
    details: Readonly<Record<string, unknown>>,
    error?: unknown,
  ): void {
    const wire = error === undefined ? null : encodeError(error)
    this.#owner?.send({ type: 'log', level, message, details, error: wire })
  }

  readonly #handlers: Handlers = {
    addQueue: (call, taskName, maxSize) =>
      call.resolve(this.#scheduler.addQueue(taskName, maxSize)),
    removeQueue: (call, taskName) => call.resolve(this.#scheduler.removeQueue(taskName)),
    queueExists: (call, taskName) => call.resolve(this.#scheduler.queueExists(taskName)),
    isEmptyQueue: (call, taskName) => call.resolve(this.#scheduler.isEmptyQueue(taskName)),
    addTasks: (call, tasks, deadline) => this.#adding.addTasks(call, tasks, deadline),
    addEach: (call, tasks) => this.#adding.addEach(call, tasks),
    cancelTask: (call, id, queued) => call.resolve(this.#scheduler.cancelTask(id, queued)),
    cancelEach: (call, ids) => cancelEach(this.#scheduler, call, ids, this.#fail),
    cancelBySubject: (call, keys, queued, abort) => {
      let count = 0
      for (const key of keys) {
        this.#jobs.subjectCancelled(key)
        count += this.#scheduler.cancelBySubject(key, queued)
        if (abort) this.#abort(this.#scheduler.takenOfSubject(key))
      }
      call.resolve(count)
    },
    getTask: (call, taskName, deadline) => {
      if (call.connection.takesNothing) throw stopped()
      const wait = this.#scheduler.getTask(taskName, call.connection, deadline, {
        resolve: (delivery) => call.resolve(this.#wireDelivery(delivery)),
        reject: (error) => call.reject(error),
      })
      call.waits(wait)
    },
    finish: (call, delivery, failure) => {
      this.#jobs.finishing(failure, () => this.#scheduler.finish(delivery, call.connection))
      call.resolve()
    },
    finishOldest: (call, taskName) =>
      call.resolve(this.#scheduler.finishOldest(taskName, call.connection)),
    giveBack: (call, delivery) => call.resolve(this.#scheduler.giveBack(delivery, call.connection)),
    join: (call, taskName, deadline) => call.waits(this.#scheduler.join(taskName, deadline, call)),
    withdraw: (call, id) => call.connection.withdraw(id),
    stopTaking: (call) => {
      call.connection.stopTaking(stopped)
      this.#scheduler.trays.takeBackAll(call.connection)
      this.#draining.add(call)
    },
    runAll: (call) => call.resolve(this.#scheduler.runAll()),
    getScheduled: (call, taskName, keys) => {
      const offsetMs = this.#clock.offset
      const scheduled = this.#scheduler.scheduled(taskName, keys)
      call.resolve(
        scheduled.map(({ record, due, epochMs, parked }) => ({
          record: withoutBaggage(record),
          dueMs: epochMs ?? due + offsetMs,
          parked,
        })),
      )
    },
    getQueued: (call, taskName) =>
      call.resolve(this.#scheduler.queued(taskName).map(({ record }) => withoutBaggage(record))),
    stats: (call) => call.resolve(this.#scheduler.stats()),
    configure: (call, queues, defaults) => {
      if (this.#started) throw new SchedulerRunningError('The scheduler was started already.')
      const known = Object.keys(queues).find((taskName) => this.#scheduler.queueExists(taskName))
      // Refuses it, before any is added.
      if (known !== undefined) this.#scheduler.addQueue(known)
      for (const [taskName, maxSize] of Object.entries(queues))
        this.#scheduler.addQueue(taskName, maxSize)
      call.resolve(this.#jobs.setDefaults(defaults))
    },
    start: (call) => {
      this.#started = true
      this.#log('debug', 'The scheduler started.', {})
      this.#scheduler.start()
      this.#jobs.start()
      call.resolve()
    },
    stop: (call, deadline) => this.#stop(call, deadline),
    tick: (call) => {
      this.#ticking.push(call)
      this.#releaseDue()
      this.#settleTicks()
    },
    job: (call, request) => this.#jobs.handle(call, request),
    listen: (call, event, on) => call.resolve(this.#listen(call.connection, event, on)),
    log: (_call, level, message, details, error) =>
      this.#owner?.send({ type: 'log', level, message, details, error }),
  }

  /** Releases come first: what is late of jobs is late of them only. */
  #releaseDue(): void {
    this.#scheduler.tick()
    if (!this.#ended) this.#jobs.process()
  }

  #settleTicks(): void {
    if (this.#questions.count > 0) return
    for (const call of this.#ticking) call.resolve()
    this.#ticking = []
  }

  /**
   * Hands nothing out any more and waits for what is taken; a second call may wait for a shorter time. The end itself
   * comes after the call that brought it about is answered: see `#settleEnds`.
   */
  #stop(call: Call<'stop'>, deadline: number): void {
    this.#stopping.push(call)
    this.#scheduler.stopHandingOut()
    const finish = (): void => {
      this.#finished = true
    }
    this.#scheduler.whenNothingTaken(deadline, { resolve: finish, reject: finish })
  }

  /** Ends what only waited for the last thing to happen: a connection that takes nothing more, or the scheduler. */
  #settleEnds(): void {
    for (const call of this.#draining) {
      if (!call.connection.isEmpty) continue
      this.#draining.delete(call)
      call.resolve()
    }
    if (!this.#finished || this.#ended) return
    const report = this.#report()
    for (const call of this.#stopping) call.resolve(report)
    this.end(stopped())
  }

  #report(): StopReport {
    const report = { scheduled: 0, parked: 0, queued: 0, taken: this.#scheduler.takenIds() }
    for (const { scheduled, parked, queued } of Object.values(this.#scheduler.stats().queues)) {
      report.scheduled += scheduled
      report.parked += parked
      report.queued += queued
    }
    return report
  }

  #abort(deliveries: readonly Delivery[]): void {
    for (const { number, holder } of deliveries) {
      if (holder instanceof Connection) holder.send({ type: 'abort', deliveries: [number] })
    }
  }

  #listen(connection: Connection, name: EventName, on: boolean): void {
    const listeners = this.#listeners.get(name) ?? new Set<Connection>()
    if (on) this.#listeners.set(name, listeners.add(connection))
    else if (listeners.delete(connection) && listeners.size === 0) this.#listeners.delete(name)
  }

  #wireDelivery(delivery: Delivery): WireDelivery {
    const { number, attempt, due, dueEpochMs, queuedAt, takenAt } = delivery
    const { id, taskName, subjectKey, cargo } = delivery.record
    const offsetMs = this.#clock.offset
    return {
      number,
      // As an object of its own, for it may be a view of a text with others in it.
      record: { id, taskName, subjectKey, cargo },
      attempt,
      dueMs: dueEpochMs ?? due + offsetMs,
      queuedMs: queuedAt + offsetMs,
      takenMs: takenAt + offsetMs,
      lateness: Math.max(0, takenAt - due) / 1000,
    }
  }
}

function stopped(): SchedulerError {
  return new SchedulerStoppedError('The scheduler was stopped.')
}
