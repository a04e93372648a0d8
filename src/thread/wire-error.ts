import { errorClassName, setErrorClassName } from '../core/context.ts'
import { errorOfCode, SchedulerError } from '../core/errors.ts'

/** An error on its way to another thread. */
export interface WireError {
  readonly className: string
  readonly name: string
  readonly message: string
  readonly code: string | number | null
  readonly stack: string | null
  readonly details: Readonly<Record<string, unknown>> | null
  readonly cause: WireError | null
}

/** Causes beyond this depth are left behind: an error may be its own cause. */
const deepestCause = 8

export function encodeError(thrown: unknown, depth = 0): WireError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const code: unknown = 'code' in error ? error.code : null
  return {
    className: errorClassName(error),
    name: error.name,
    message: error.message,
    code: typeof code === 'string' || typeof code === 'number' ? code : null,
    stack: error.stack ?? null,
    details: error instanceof SchedulerError ? error.details : null,
    cause:
      error.cause === undefined || depth === deepestCause
        ? null
        : encodeError(error.cause, depth + 1),
  }
}

/** The same error in this thread: of its own class if it is one of ours, else an `Error` with its name and code. */
export function decodeError(wire: WireError): Error {
  const cause = wire.cause === null ? undefined : decodeError(wire.cause)
  let error: Error
  if (wire.details !== null && typeof wire.code === 'string') {
    error = errorOfCode(wire.code, wire.message, { details: wire.details, cause })
  } else {
    error = new Error(wire.message, cause === undefined ? undefined : { cause })
    error.name = wire.name
    if (wire.code !== null) Object.assign(error, { code: wire.code })
    setErrorClassName(error, wire.className)
  }
  if (wire.stack !== null) error.stack = wire.stack
  return error
}
