import {
  ScheduledTaskContext,
  stateOf,
  type ContextScheduler,
  type TakenDelivery,
} from '../core/context.ts'
import { ContextTypeError, DurationError, shown } from '../core/errors.ts'
import type { Clock } from '../core/clock.ts'
import { lastEpochMs, releaseTime, type Time } from '../core/duration.ts'
import { bindSubject, subjectKeyOf } from '../core/subject.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import type { NewTask, TaskRecord } from '../core/timetable.ts'
import { decodePayload, decodeText, encodePayload, encodeText, type Payload } from './payload.ts'
import type { LooseTexts } from './loose-texts.ts'
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

/** An id and a subject of more characters together are very long ones, and so is what else there is. */
const longNames = 1 << 16

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

/** The delivery of a context that this thread has taken, and when it was due, in milliseconds since the epoch. */
export interface UnpackedDelivery extends TakenDelivery {
  readonly dueMs: number
}

/** A context on its way, and when it will be due, in milliseconds since the epoch. */
export interface PackedContext extends NewTask {
  readonly dueMs: number
}

/**
 * Makes of a context what travels, as it is at this moment. The texts that are `loose` in its cargo are still to be
 * looked at; of one with a time there is none.
 *
 * @throws {DurationError | PayloadError | ContextTypeError}
 */
export function packContext(
  context: AnyContext,
  clock: Clock,
  loose: LooseTexts | null = null,
): PackedContext {
  const time = releaseTime(context.schedTime)
  loose?.clear()
  const record = packRecord(context, time ? null : loose)
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
export function packRecord(context: AnyContext, loose: LooseTexts | null = null): TaskRecord {
  const { id, taskName, subject, subjectKey } = context
  // They were checked when it was made, and may have been changed since.
  if (typeof id !== 'string' || typeof taskName !== 'string' || id === '' || taskName === '') {
    throw new ContextTypeError(
      "Expected a context's id and taskName to be strings that are not empty.",
    )
  }
  const key = subjectKeyOf(subject, subjectKey)
  // What is loose may become six times as long: that must fit, or be refused at once.
  const isLong = id.length + (key?.length ?? 0) > longNames
  return { id, taskName, subjectKey: key, cargo: packCargo(context, isLong ? null : loose) }
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

/** The context that a delivery stands for, as an object of this thread. @throws {UnpackError} */
export function unpackDelivery(
  { record, number, attempt, dueMs, queuedMs, takenMs, lateness }: WireDelivery,
  scheduler: ContextScheduler,
): AnyContext {
  const { id, taskName, subjectKey } = record
  const cargo = cargoOf(record)
  const start = attributesStart(cargo)
  const from = scheduler
  const delivery = { number, from, ticket: null, attempt, queuedMs, takenMs, lateness, dueMs }
  const head = headOf(cargo, 0, start)
  try {
    return unpackContext(id, taskName, subjectKey, head, unpackAttributes(record), delivery)
  } catch (error) {
    throw new UnpackError(contextWithout(id, taskName, subjectKey, head, delivery), error)
  }
}

/** A context was taken that cannot be unpacked here, for example because it is nested deeper than this thread's stack. */
export class UnpackError extends Error {
  /** The context, as far as it could be. */
  readonly context: AnyContext

  constructor(context: AnyContext, cause: unknown) {
    super(`Context ${context.id} could not be unpacked.`, { cause })
    this.context = context
  }
}

/** A taken context without its attributes, and without all else that its cargo has if that cannot be had either. */
export function contextWithout(
  id: string,
  taskName: string,
  subjectKey: string | null,
  head: string,
  delivery: UnpackedDelivery,
): AnyContext {
  try {
    return unpackContext(id, taskName, subjectKey, head, {}, delivery)
  } catch {
    const context = unpackContext(id, taskName, null, '', {}, delivery)
    stateOf(context).jobId = jobIdOf(head)
    return context
  }
}

function jobIdOf(head: string): string | null {
  try {
    return extrasOf(head)?.jobId ?? null
  } catch {
    return null
  }
}

/** A taken context. `head` is what its cargo has before the attributes. */
export function unpackContext(
  id: string,
  taskName: string,
  subjectKey: string | null,
  head: string,
  attributes: object,
  delivery: UnpackedDelivery,
): AnyContext {
  const extras = extrasOf(head)
  const context = new ScheduledTaskContext<string, object>(
    taskName,
    subjectOf(extras, subjectKey),
    extras ? extras.schedTime : timeOf(head),
    attributes,
    extras?.subjectKey === undefined ? { id } : { id, subjectKey: extras.subjectKey },
  )
  const state = stateOf(context)
  state.scheduler = state.takenBy = delivery.from
  state.delivery = delivery
  state.dueMs = delivery.dueMs
  if (!extras) return context
  const { lastError, errorCount, jobId } = extras
  if (lastError !== undefined) state.lastError = decodeError(lastError)
  if (errorCount !== undefined) state.errorCount = errorCount
  if (jobId !== undefined) state.jobId = jobId
  return context
}

/** What a context's cargo has before its attributes, which begin at `start`. */
export function headOf(text: string, from: number, start: number): string {
  if (start === from) return ''
  // Most have this one, if any.
  if (start === from + nullHead.length) return nullHead
  return text.slice(from, start)
}

/** What a record is about. A copy of an object is known by the same key as the original. */
export function unpackSubject(record: TaskRecord): unknown {
  const cargo = cargoOf(record)
  return subjectOf(extrasOf(cargo.slice(0, attributesStart(cargo))), record.subjectKey)
}

function subjectOf(extras: Extras | null, key: string | null): unknown {
  if (!extras) return subjectOfKey(key)
  if ('subject' in extras) return extras.subject
  if (extras.subjectPayload === undefined) return subjectOfKey(key)
  const copy = decodePayload(extras.subjectPayload)
  if (typeof copy === 'object' && copy !== null && key !== null) bindSubject(copy, key)
  return copy
}

function packCargo(context: AnyContext, loose: LooseTexts | null): Cargo {
  const { id, subject, subjectKey, schedTime, attributes } = context
  if (typeof attributes !== 'object' || attributes === null) {
    throw new ContextTypeError(
      `Expected the attributes of context ${id} to be an object, got ${shown(attributes)}.`,
    )
  }
  const { lastError, errorCount, jobId } = stateOf(context)
  const isInKey = subjectKey === undefined && isShownByKey(subject)
  if (isInKey && lastError === null && jobId === null) {
    if (schedTime === undefined) return encodeText(attributes, 'attributes', loose)
    if (schedTime === null) return encodeText(attributes, 'attributes', loose, nullHead)
    if (typeof schedTime === 'number' && !Object.is(schedTime, -0)) {
      return numberMark + String(schedTime) + headEnd + encodeText(attributes, 'attributes', loose)
    }
    if (schedTime instanceof Date) {
      return (
        dateMark +
        String(schedTime.getTime()) +
        headEnd +
        encodeText(attributes, 'attributes', loose)
      )
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
  const looseBehind = text.length > longNames ? null : loose
  return (
    extrasMark +
    String(text.length) +
    headEnd +
    text +
    encodeText(attributes, 'attributes', looseBehind)
  )
}

/** Whatever else there is before the attributes; null when that is a time at most. */
function extrasOf(head: string): Extras | null {
  if (head.charCodeAt(0) !== extrasCode) return null
  return decodeText(head.slice(head.indexOf(headEnd) + 1)) as Extras
}

/** The schedTime of a head that says nothing else. */
function timeOf(head: string): number | Date | null | undefined {
  if (head === '') return undefined
  if (head === nullHead) return null
  const time = Number(head.slice(1, -1))
  return head.charCodeAt(0) === dateCode ? new Date(time) : time
}

/** Where the attributes begin of a cargo that begins there in a text. */
export function attributesStart(text: string, from = 0): number {
  const mark = text.charCodeAt(from)
  if (mark === numberCode) {
    return text.charCodeAt(from + 1) === headEndCode
      ? from + nullHead.length
      : text.indexOf(headEnd, from) + 1
  }
  if (mark === dateCode) return text.indexOf(headEnd, from) + 1
  if (mark !== extrasCode) return from
  const headLength = text.indexOf(headEnd, from)
  return headLength + 1 + Number(text.slice(from + 1, headLength))
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
