import { ScheduledTaskContext, stateOf, type ContextScheduler } from '../core/context.ts'
import { ContextTypeError, DurationError, shown } from '../core/errors.ts'
import type { Clock } from '../core/clock.ts'
import { lastEpochMs, releaseTime, type Time } from '../core/duration.ts'
import { bindSubject, subjectKeyOf } from '../core/subject.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import type { NewTask, TaskRecord } from '../core/timetable.ts'
import { decodePayload, decodeText, encodePayload, encodeText, type Payload } from './payload.ts'
import type { WireDelivery } from './protocol.ts'
import { decodeError, encodeError, type WireError } from './wire-error.ts'

/**
 * What a context carries that only the threads at both ends look into, as one text.
 *
 *     {"url":...}                    the attributes, when there is nothing else to say: the subject is in its key
 *     @60;{"url":...}                a schedTime in seconds before them; @; for null
 *     #1800000000000;{"url":...}     one that is a Date
 *     +123;<123 characters>{"url"... whatever else there is, then the attributes
 *
 * One text is what costs least on its way: two threads and a queue hand it on and never look inside.
 */
type Cargo = string

export const numberMark = '@'
const dateMark = '#'
const extrasMark = '+'
const headEnd = ';'
/** What is behind a number. */
export const numberEnd: string = headEnd
/** The head of a null. */
const nullHead = numberMark + headEnd
// One character is looked at more quickly by its code.
const numberCode = numberMark.charCodeAt(0)
const dateCode = dateMark.charCodeAt(0)
const extrasCode = extrasMark.charCodeAt(0)
const headEndCode = headEnd.charCodeAt(0)

/** What few contexts have. */
interface Extras {
  /** A primitive that its key does not show. */
  subject?: unknown
  /** An object, encoded. */
  subjectPayload?: Payload
  subjectKey?: string
  schedTime?: number | string | Date | Readonly<Record<string, number>> | null
  lastError?: WireError
  errorCount?: number
  jobId?: string
}

/** A context on its way, and when it will be due, in milliseconds since the epoch. */
export interface PackedContext extends NewTask {
  readonly dueMs: number
}

/**
 * Makes of a context what travels, as it is at this moment.
 *
 * @throws {DurationError | PayloadError | ContextTypeError}
 */
export function packContext(context: AnyContext, clock: Clock): PackedContext {
  const time = releaseTime(context.schedTime)
  const record = packRecord(context)
  if (!time) return { record, due: null, epochMs: null, dueMs: clock.wall() }
  if ('epochMs' in time) {
    return { record, due: null, epochMs: time.epochMs, dueMs: time.epochMs }
  }
  const dueMs = clock.wall() + time.inMs
  if (dueMs > lastEpochMs) {
    throw new DurationError(
      `Expected schedTime to be within what a Date can hold, got ${time.inMs} ms from now.`,
    )
  }
  return { record, due: clock.now() + time.inMs, epochMs: null, dueMs }
}

/** The same without its time. @throws {PayloadError | ContextTypeError} */
export function packRecord(context: AnyContext): TaskRecord {
  const { id, taskName, subject, subjectKey } = context
  // They were checked when it was made, and may have been changed since.
  if (typeof id !== 'string' || typeof taskName !== 'string') {
    throw new ContextTypeError("Expected a context's id and taskName to be strings.")
  }
  const key = subjectKeyOf(subject, subjectKey)
  return { id, taskName, subjectKey: key, cargo: packCargo(context) }
}

/** The attributes in a record, as objects of this thread. */
export function unpackAttributes(record: TaskRecord): object {
  const cargo = cargoOf(record)
  const start = attributesStart(cargo)
  // It was an object when it was packed.
  return decodeText(start === 0 ? cargo : cargo.slice(start)) as object
}

/** The attributes of one cargo, and all else of the other. */
export function joinCargo(head: unknown, attributes: unknown): Cargo {
  const first = head as Cargo
  const second = attributes as Cargo
  return first.slice(0, attributesStart(first)) + second.slice(attributesStart(second))
}

/** A record for those who only want to know what it is about: its attributes stay where they are. */
export function withoutBaggage(record: TaskRecord): TaskRecord {
  const { id, taskName, subjectKey } = record
  const cargo = cargoOf(record)
  return { id, taskName, subjectKey, cargo: `${cargo.slice(0, attributesStart(cargo))}{}` }
}

/** The context that a delivery stands for, as an object of this thread. */
export function unpackDelivery(
  { record, number, attempt, dueMs, queuedMs, takenMs, lateness }: WireDelivery,
  scheduler: ContextScheduler,
  ticket: number | null = null,
): AnyContext {
  const { id, taskName, subjectKey } = record
  const cargo = cargoOf(record)
  const start = attributesStart(cargo)
  const extras = extrasOf(cargo, start)
  const context = new ScheduledTaskContext<string, object>(
    taskName,
    subjectOf(extras, subjectKey),
    extras ? extras.schedTime : timeBefore(cargo, start),
    // They were an object when they were packed.
    decodeText(start === 0 ? cargo : cargo.slice(start)) as object,
    extras?.subjectKey === undefined ? { id } : { id, subjectKey: extras.subjectKey },
  )
  const state = stateOf(context)
  state.scheduler = state.takenBy = scheduler
  state.delivery = { number, from: scheduler, ticket, attempt, queuedMs, takenMs, lateness }
  state.dueMs = dueMs
  if (!extras) return context
  const { lastError, errorCount, jobId } = extras
  if (lastError !== undefined) state.lastError = decodeError(lastError)
  if (errorCount !== undefined) state.errorCount = errorCount
  if (jobId !== undefined) state.jobId = jobId
  return context
}

/** What a record is about. A copy of an object is known by the same key as the original. */
export function unpackSubject(record: TaskRecord): unknown {
  const cargo = cargoOf(record)
  return subjectOf(extrasOf(cargo, attributesStart(cargo)), record.subjectKey)
}

function subjectOf(extras: Extras | null, key: string | null): unknown {
  if (!extras) return subjectOfKey(key)
  if ('subject' in extras) return extras.subject
  if (extras.subjectPayload === undefined) return subjectOfKey(key)
  const copy = decodePayload(extras.subjectPayload)
  if (typeof copy === 'object' && copy !== null && key !== null) bindSubject(copy, key)
  return copy
}

function packCargo(context: AnyContext): Cargo {
  const { id, subject, subjectKey, schedTime, attributes } = context
  if (typeof attributes !== 'object' || attributes === null) {
    throw new ContextTypeError(
      `Expected the attributes of context ${id} to be an object, got ${shown(attributes)}.`,
    )
  }
  const { lastError, errorCount, jobId } = stateOf(context)
  const isInKey = subjectKey === undefined && isShownByKey(subject)
  if (isInKey && lastError === null && jobId === null) {
    if (schedTime === undefined) return encodeText(attributes, 'attributes')
    if (schedTime === null) return nullHead + encodeText(attributes, 'attributes')
    if (typeof schedTime === 'number' && !Object.is(schedTime, -0)) {
      return numberMark + String(schedTime) + headEnd + encodeText(attributes, 'attributes')
    }
    if (schedTime instanceof Date) {
      return dateMark + String(schedTime.getTime()) + headEnd + encodeText(attributes, 'attributes')
    }
  }
  const extras: Extras = {}
  if (typeof subject === 'object' && subject !== null) {
    extras.subjectPayload = encodePayload(subject, 'subject')
  } else if (!isInKey) {
    extras.subject = subject
  }
  if (subjectKey !== undefined) extras.subjectKey = subjectKey
  if (schedTime !== undefined) extras.schedTime = plainTime(schedTime)
  if (lastError !== null) {
    extras.lastError = encodeError(lastError)
    extras.errorCount = errorCount
  }
  if (jobId !== null) extras.jobId = jobId
  const text = encodeText(extras, 'context')
  return extrasMark + String(text.length) + headEnd + text + encodeText(attributes, 'attributes')
}

/** Whatever else there is before the attributes; null when that is a time at most. */
function extrasOf(cargo: Cargo, start: number): Extras | null {
  if (cargo.charCodeAt(0) !== extrasCode) return null
  return decodeText(cargo.slice(cargo.indexOf(headEnd) + 1, start)) as Extras
}

/** The schedTime of a cargo that has nothing else before its attributes. */
function timeBefore(cargo: Cargo, start: number): number | Date | null | undefined {
  if (start === 0) return undefined
  if (start === nullHead.length) return null
  const time = Number(cargo.slice(1, start - 1))
  return cargo.charCodeAt(0) === dateCode ? new Date(time) : time
}

/** Where the attributes begin. */
function attributesStart(cargo: Cargo): number {
  const mark = cargo.charCodeAt(0)
  if (mark === numberCode) {
    return cargo.charCodeAt(1) === headEndCode ? nullHead.length : cargo.indexOf(headEnd) + 1
  }
  if (mark === dateCode) return cargo.indexOf(headEnd) + 1
  if (mark !== extrasCode) return 0
  const headLength = cargo.indexOf(headEnd)
  return headLength + 1 + Number(cargo.slice(1, headLength))
}

/** Whether the subject can be read off its key: -0 and null have the same as others. */
function isShownByKey(subject: unknown): boolean {
  return typeof subject === 'object' ? false : !Object.is(subject, -0)
}

function subjectOfKey(key: string | null): unknown {
  if (key === null) return undefined
  switch (key.charCodeAt(1)) {
    case textCode:
      return key.slice('string:'.length)
    case numericCode:
      return Number(key.slice('number:'.length))
    case truthCode:
      return key === 'boolean:true'
    default:
      return BigInt(key.slice('bigint:'.length))
  }
}

/** The second letters of the types of keys, which tell them apart. */
const textCode = 'string'.charCodeAt(1)
const numericCode = 'number'.charCodeAt(1)
const truthCode = 'boolean'.charCodeAt(1)

/** The core does not look into what it carries; here it is known again. */
export function cargoOf(record: TaskRecord): Cargo {
  return record.cargo as Cargo
}

/** A `schedTime` without methods: anything with `epochMilliseconds` becomes a Date. */
function plainTime(time: Time | null): Exclude<Extras['schedTime'], undefined> {
  if (typeof time !== 'object' || time === null || time instanceof Date) return time
  return 'epochMilliseconds' in time ? new Date(time.epochMilliseconds) : { ...time }
}
