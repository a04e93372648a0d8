import assert from 'node:assert/strict'
import type { Clock } from '../../src/core/clock.ts'
import {
  ScheduledTaskContext,
  stateOf,
  type AddResult,
  type ContextScheduler,
} from '../../src/core/context.ts'
import { Holder } from '../../src/core/delivery.ts'
import { SchedulerError } from '../../src/core/errors.ts'
import type { EventSink } from '../../src/core/events.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import { subjectKeyOf } from '../../src/core/subject.ts'
import type { AnyContext } from '../../src/core/task-scheduler.ts'
import { packContext } from '../../src/thread/cargo.ts'
import type { VectorCase } from './vector-files.ts'

/** One operation with what is expected of it. */
interface Operation {
  readonly op: string
  readonly queue?: string
  readonly max?: number
  readonly ctx?: string
  readonly at?: number
  readonly in?: number
  readonly subject?: string | number
  readonly ms?: number
  readonly result?: unknown
  readonly error?: string
  readonly moved?: readonly string[]
  readonly expect?: TraceState
}

interface TraceState {
  readonly now: number
  readonly queues: Readonly<Record<string, readonly string[]>>
  readonly unfinished: Readonly<Record<string, number>>
  readonly scheduled: readonly (readonly [string, number])[]
  readonly subjects: readonly (readonly [string | number, number])[]
}

interface Trace extends VectorCase {
  readonly start: number
  readonly contexts: Readonly<
    Record<string, { readonly queue: string; readonly subject: string | number }>
  >
  readonly ops: readonly Operation[]
}

/** The traces' names for errors. */
const errorNames: Readonly<Record<string, string>> = {
  QueueError: 'QueueError',
  Full: 'QueueFullError',
  Empty: 'QueueEmptyError',
  ValueError: 'TaskDoneError',
  NeverAdded: 'NeverAddedError',
}

const never = -Infinity
const verbsWithResult = new Set([
  'queueExists',
  'isEmptyQueue',
  'cancelTask',
  'cancelBySubject',
  'getTask',
  'join',
])

/** Runs a trace through the core. @throws an assertion error at the first operation that differs. */
export async function runTrace(vector: VectorCase): Promise<void> {
  const trace = vector as Trace
  const run = new TraceRun(trace)
  for (const [index, operation] of trace.ops.entries()) {
    await run.step(operation, `operation ${index}, ${JSON.stringify(operation).slice(0, 200)}`)
  }
}

class TraceRun implements ContextScheduler {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #holder = new Holder()
  readonly #contexts: ReadonlyMap<string, AnyContext>
  #now: number
  #moved: string[] = []

  constructor({ start, contexts }: Trace) {
    this.#now = start
    this.#clock = { now: () => this.#now, wall: () => this.#now }
    const events: EventSink = {
      wants: (name) => name === 'taskQueued',
      emit: (name, payload) => {
        if (name === 'taskQueued' && 'id' in payload) this.#moved.push(payload.id)
      },
    }
    this.#scheduler = new Scheduler(this.#clock, events)
    this.#scheduler.start()
    this.#contexts = new Map(
      Object.entries(contexts).map(([id, { queue, subject }]) => [
        id,
        new ScheduledTaskContext(queue, subject, null, {}, { id }),
      ]),
    )
  }

  async step(operation: Operation, what: string): Promise<void> {
    this.#moved = []
    let result: unknown
    let error: string | undefined
    try {
      result = await this.#perform(operation, what)
    } catch (thrown) {
      if (!(thrown instanceof SchedulerError)) throw thrown
      error = thrown.name
    }
    const expected = operation.error === undefined ? undefined : errorNames[operation.error]
    assert.equal(
      error,
      operation.error === undefined ? undefined : (expected ?? operation.error),
      what,
    )
    if (error === undefined && ('result' in operation || verbsWithResult.has(operation.op))) {
      assert.deepEqual(result, operation.result, what)
    }
    if (operation.op === 'advance' || operation.op === 'runAll' || operation.moved) {
      assert.deepEqual(this.#moved, operation.moved ?? [], what)
    }
  }

  /** What a context's `reschedule` calls. */
  async addTask(context: AnyContext): Promise<AddResult> {
    const [result] = this.#scheduler.addTasks([packContext(context, this.#clock)])
    stateOf(context).scheduler = this
    return result ?? 'added'
  }

  async cancelTask(context: AnyContext | string): Promise<boolean> {
    return this.#scheduler.cancelTask(typeof context === 'string' ? context : context.id)
  }

  async cancelBySubject(subject: unknown): Promise<number> {
    return this.#scheduler.cancelBySubject(subjectKeyOf(subject, undefined) ?? '')
  }

  async #perform(operation: Operation, what: string): Promise<unknown> {
    const { op, queue = '', ms = Number.NaN } = operation
    const scheduler = this.#scheduler
    switch (op) {
      case 'addQueue':
        return scheduler.addQueue(queue, operation.max)
      case 'removeQueue':
        return scheduler.removeQueue(queue)
      case 'queueExists':
        return scheduler.queueExists(queue)
      case 'isEmptyQueue':
        return scheduler.isEmptyQueue(queue)
      case 'addTask': {
        const context = this.#context(operation)
        context.schedTime = timeOf(operation)
        return void (await this.addTask(context))
      }
      case 'reschedule':
        return void (await this.#context(operation).reschedule(timeOf(operation)))
      case 'cancelTask':
        return this.cancelTask(this.#context(operation))
      case 'cancelBySubject':
        return this.cancelBySubject(operation.subject)
      case 'advance':
        this.#now += ms
        return scheduler.tick()
      case 'runAll':
        return void scheduler.runAll()
      case 'getTask':
        return this.#getTask(queue)
      case 'taskDone':
        return scheduler.finishOldest(queue, this.#holder)
      case 'join':
        return this.#wouldJoin(queue)
      case 'state':
        return assert.deepEqual(this.#state(), sorted(operation.expect), what)
      default:
        throw new TypeError(`Expected an operation of the format, got ${what}.`)
    }
  }

  #context({ ctx = '' }: Operation): AnyContext {
    const context = this.#contexts.get(ctx)
    if (!context) throw new TypeError(`Expected a context of the trace, got '${ctx}'.`)
    return context
  }

  #getTask(queue: string): string | undefined {
    let id: string | undefined
    let failed: SchedulerError | undefined
    this.#scheduler.getTask(queue, this.#holder, never, {
      resolve: ({ record }) => (id = record.id),
      reject: (error) => (failed = error),
    })
    if (failed) throw failed
    return id
  }

  #wouldJoin(queue: string): boolean {
    let joined = false
    const settle = { resolve: () => void (joined = true), reject: () => undefined }
    this.#scheduler.join(queue, Infinity, settle)?.withdraw()
    return joined
  }

  #state(): TraceState | undefined {
    const { queues } = this.#scheduler.stats()
    const names = Object.keys(queues)
    const scheduled = this.#scheduler.scheduled()
    const subjects = new Map<string | number, number>()
    for (const { record } of scheduled) {
      const { subject } = this.#context({ op: '', ctx: record.id })
      if (typeof subject === 'string' || typeof subject === 'number') {
        subjects.set(subject, (subjects.get(subject) ?? 0) + 1)
      }
    }
    return sorted({
      now: this.#now,
      queues: Object.fromEntries(
        names.map((name) => [name, this.#scheduler.queued(name).map(({ record }) => record.id)]),
      ),
      unfinished: Object.fromEntries(
        Object.entries(queues).map(([name, { queued, taken }]) => [name, queued + taken]),
      ),
      scheduled: scheduled.map(({ record, due }) => [record.id, due]),
      subjects: [...subjects],
    })
  }
}

/** `at` is a time of the calendar, `in` seconds from now. */
function timeOf({ at, in: seconds }: Operation): Date | number | undefined {
  return at === undefined ? seconds : new Date(at)
}

/** The order of subjects has no meaning. */
function sorted(state: TraceState | undefined): TraceState | undefined {
  if (!state) return state
  const key = ([subject]: readonly [string | number, number]): string => JSON.stringify(subject)
  return { ...state, subjects: state.subjects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) }
}
