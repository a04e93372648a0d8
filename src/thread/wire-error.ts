import { errorClassName, setErrorClassName } from '../core/context.ts'
import { asError, errorOfCode, SchedulerError } from '../core/errors.ts'
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

/** Never fails: whatever was thrown, something of it arrives. */
export function encodeError(thrown: unknown, depth = 0): WireError {
  const error = asError(thrown)
  const code: unknown = 'code' in error ? error.code : null
  const { cause } = error
  return {
    className: errorClassName(error),
    name: text(error.name) ?? 'Error',
    message: text(error.message) ?? '',
    code: typeof code === 'string' || typeof code === 'number' ? code : null,
    stack: text(error.stack),
    details: error instanceof SchedulerError ? encodeDetails(error.details) : null,
    cause: cause === undefined || depth === deepestCause ? null : encodeError(cause, depth + 1),
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

/** An error's properties may have been set to anything. */
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** What cannot travel is left behind: the error matters more. */
function encodeDetails(details: object): Payload {
  try {
    return encodePayload(details, 'details')
  } catch {
    return '{}'
  }
}
