import { errorClassName, errorCodeOf, setErrorClassName } from '../core/context.ts'
import { asError, errorOfCode, SchedulerError, textOf } from '../core/errors.ts'
import { decodePayload, encodePayload, type Payload } from './payload.ts'

/** An error on its way to another thread. */
export interface WireError {
  readonly className: string
  readonly name: string
  readonly message: string
  readonly code: string | number | null
  readonly stack: string | null
  /** What one of ours carries. */
  readonly details: Payload | null
  readonly cause: WireError | null
}

/** Causes beyond this depth are left behind: an error may be its own cause. */
const deepestCause = 8

/** Makes of anything that was thrown what every port carries: libraries put all kinds of values into their errors. */
export function encodeError(thrown: unknown, depth = 0): WireError {
  const error = asError(thrown)
  return {
    className: errorClassName(error),
    name: textOf(error.name),
    message: textOf(error.message),
    code: errorCodeOf(error),
    stack: stackOf(error),
    details: error instanceof SchedulerError ? encodeDetails(error.details) : null,
    cause:
      error.cause === undefined || depth === deepestCause
        ? null
        : encodeError(error.cause, depth + 1),
  }
}

/** Reading the stack may be what formats it, which some names and messages do not survive. */
function stackOf(error: Error): string | null {
  try {
    return typeof error.stack === 'string' ? error.stack : null
  } catch {
    return null
  }
}

/** The same error in this thread: of its own class if it is one of ours, else an `Error` with its name and code. */
export function decodeError(wire: WireError): Error {
  const cause = wire.cause === null ? undefined : decodeError(wire.cause)
  let error: Error
  if (wire.details !== null && typeof wire.code === 'string') {
    const details = decodePayload(wire.details) as Readonly<Record<string, unknown>>
    error = errorOfCode(wire.code, wire.message, { details, cause })
  } else {
    error = new Error(wire.message, cause === undefined ? undefined : { cause })
    error.name = wire.name
    if (wire.code !== null) Object.assign(error, { code: wire.code })
  }
  setErrorClassName(error, wire.className)
  if (wire.stack !== null) error.stack = wire.stack
  return error
}

/** What cannot travel is left behind: the error matters more. */
function encodeDetails(details: object): Payload {
  try {
    return encodePayload(details, 'details')
  } catch {
    return '{}'
  }
}
