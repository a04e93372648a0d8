import { ScheduledTaskContext } from '../core/context.ts'
import { timeoutMs } from '../core/duration.ts'
import { ContextTypeError, OptionsError, QueueError, shown } from '../core/errors.ts'
import type { AnyContext } from '../core/task-scheduler.ts'

/** What an option of a verb may be. */
type OptionKind = 'boolean' | 'number' | 'duration' | 'signal' | 'subject' | 'string' | 'list'

/** A misspelt option that is ignored is a fault found late. @throws {OptionsError | DurationError} */
export function checkVerbOptions(
  verb: string,
  options: unknown,
  known: Readonly<Record<string, OptionKind>>,
): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionsError(
      `Expected the options of ${verb} to be an object, got ${shown(options)}.`,
    )
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined
    if (kind === undefined) {
      const names = Object.keys(known).join(', ')
      throw new OptionsError(
        `Expected the options of ${verb} to be among ${names}, got ${shown(name)}.`,
      )
    }
    if (value !== undefined) checkKind(`${name} of ${verb}`, value, kind)
  }
}

/** @throws {QueueError} for what is no name of a queue. */
export function queueName(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name
  throw new QueueError(`Expected the name of a queue, got ${shown(name)}.`, {
    code: 'QUEUE_NAME_INVALID',
  })
}

/** The bound of a queue; 0 stands for none. @throws {OptionsError} */
export function maxSizeOf(options: unknown, name: string): number {
  checkVerbOptions(`queue '${name}'`, options, { maxSize: 'number' })
  const maxSize: unknown = options === undefined ? 0 : Reflect.get(Object(options), 'maxSize')
  if (maxSize === undefined || maxSize === Infinity) return 0
  if (typeof maxSize === 'number' && Number.isInteger(maxSize)) return Math.max(0, maxSize)
  throw new OptionsError(
    `Expected maxSize of queue '${name}' to be a whole number, got ${shown(maxSize)}.`,
  )
}

/** @throws {ContextTypeError} for what is no context. */
export function contextOf(value: unknown): AnyContext {
  if (ScheduledTaskContext.isContext(value)) return value
  throw new ContextTypeError(`Expected a ScheduledTaskContext, got ${shown(value)}.`)
}

/** A list of contexts that stays as it is, whatever becomes of the one that it was made of. @throws {ContextTypeError} */
export function contextsOf(value: unknown): AnyContext[] {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    throw new ContextTypeError(`Expected a list of contexts, got ${shown(value)}.`)
  }
  // It says of itself that it can be iterated; if that is not so, this throws.
  return [...(value as Iterable<unknown>)].map(contextOf)
}

function checkKind(what: string, value: unknown, kind: OptionKind): void {
  switch (kind) {
    case 'duration':
      timeoutMs(value, what)
      break
    case 'signal':
      if (!(value instanceof AbortSignal)) throw wrong(what, 'an AbortSignal', value)
      break
    case 'subject':
      break
    case 'list':
      if (!Array.isArray(value)) throw wrong(what, 'a list', value)
      break
    default:
      if (typeof value !== kind) throw wrong(what, `a ${kind}`, value)
  }
}

function wrong(what: string, expected: string, got: unknown): OptionsError {
  return new OptionsError(`Expected ${what} to be ${expected}, got ${shown(got)}.`)
}
