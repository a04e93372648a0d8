import { ScheduledTaskContext, stateOf, type ContextScheduler } from '../core/context.ts'
import { ContextTypeError, DurationError, shown } from '../core/errors.ts'
import type { Clock } from '../core/clock.ts'
import { lastEpochMs, releaseTime, type Time } from '../core/duration.ts'
import { bindSubject, subjectKeyOf } from '../core/subject.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import type { NewTask, TaskRecord } from '../core/timetable.ts'
import { decodePayload, encodePayload, type Payload } from './payload.ts'
import type { WireDelivery } from './protocol.ts'
import { decodeError, encodeError, type WireError } from './wire-error.ts'

/** What a context carries that only the threads at both ends look into. */
export interface Cargo {
  /** A primitive as it is. */
  readonly subject: unknown
  /** An object, encoded. */
  readonly subjectPayload: Payload | null
  readonly subjectKey: string | undefined
  readonly schedTime: number | string | Date | Readonly<Record<string, number>> | null | undefined
  readonly attributes: Payload
  readonly lastError: WireError | null
  readonly errorCount: number
}

/** A context on its way, and when it will be due, in milliseconds since the epoch. */
export interface PackedContext {
  readonly task: NewTask
  readonly dueMs: number
}

/**
 * Makes of a context what travels, as it is at this moment.
 *
 * @throws {DurationError | PayloadError | ContextTypeError}
 */
export function packContext(context: AnyContext, clock: Clock): PackedContext {
  const { id, taskName, subject, subjectKey, schedTime, attributes } = context
  // They were checked when it was made, and may have been changed since.
  if (typeof id !== 'string' || typeof taskName !== 'string') {
    throw new ContextTypeError("Expected a context's id and taskName to be strings.")
  }
  if (typeof attributes !== 'object' || attributes === null) {
    throw new ContextTypeError(
      `Expected the attributes of context ${id} to be an object, got ${shown(attributes)}.`,
    )
  }
  const state = stateOf(context)
  const time = releaseTime(schedTime)
  const isObject = typeof subject === 'object' && subject !== null
  const cargo: Cargo = {
    subjectPayload: isObject ? encodePayload(subject, 'subject') : null,
    attributes: encodePayload(attributes, 'attributes'),
    subject: isObject ? null : subject,
    subjectKey,
    schedTime: plainTime(schedTime),
    lastError: state.lastError === null ? null : encodeError(state.lastError),
    errorCount: state.errorCount,
  }
  const record: TaskRecord = { id, taskName, subjectKey: subjectKeyOf(subject, subjectKey), cargo }
  if (time && 'epochMs' in time) {
    return { task: { record, due: null, epochMs: time.epochMs }, dueMs: time.epochMs }
  }
  const dueMs = clock.wall() + (time?.inMs ?? 0)
  if (dueMs > lastEpochMs) {
    throw new DurationError(
      `Expected schedTime to be within what a Date can hold, got ${time?.inMs} ms from now.`,
    )
  }
  return { task: { record, due: time ? clock.now() + time.inMs : null, epochMs: null }, dueMs }
}

/** A record for those who only want to know what it is about: its attributes stay where they are. */
export function withoutBaggage(record: TaskRecord): TaskRecord {
  const cargo: Cargo = { ...cargoOf(record), attributes: '{}', lastError: null }
  return { ...record, cargo }
}

/** The context that a delivery stands for, as an object of this thread. */
export function unpackDelivery(delivery: WireDelivery, scheduler: ContextScheduler): AnyContext {
  const { record } = delivery
  const { schedTime, attributes, subjectKey, lastError, errorCount } = cargoOf(record)
  const options = subjectKey === undefined ? { id: record.id } : { id: record.id, subjectKey }
  const context = new ScheduledTaskContext<string, object>(
    record.taskName,
    unpackSubject(record),
    schedTime,
    // It was an object when it was packed.
    decodePayload(attributes) as object,
    options,
  )
  const state = stateOf(context)
  state.scheduler = scheduler
  state.delivery = delivery.number
  state.attempt = delivery.attempt
  state.dueMs = delivery.dueMs
  state.queuedMs = delivery.queuedMs
  state.takenMs = delivery.takenMs
  state.lateness = delivery.lateness
  state.lastError = lastError === null ? null : decodeError(lastError)
  state.errorCount = errorCount
  return context
}

/** What a record is about. A copy of an object is known by the same key as the original. */
export function unpackSubject(record: TaskRecord): unknown {
  const { subject, subjectPayload } = cargoOf(record)
  if (subjectPayload === null) return subject
  const copy = decodePayload(subjectPayload)
  if (typeof copy === 'object' && copy !== null && record.subjectKey !== null) {
    bindSubject(copy, record.subjectKey)
  }
  return copy
}

/** The core does not look into what it carries; here it is known again. */
export function cargoOf(record: TaskRecord): Cargo {
  return record.cargo as Cargo
}

/** A `schedTime` without methods: anything with `epochMilliseconds` becomes a Date. */
function plainTime(time: Time | null | undefined): Cargo['schedTime'] {
  if (typeof time !== 'object' || time === null || time instanceof Date) return time
  return 'epochMilliseconds' in time ? new Date(time.epochMilliseconds) : { ...time }
}
