import { shown, TriggerError } from '../core/errors.ts'
import type { TriggerJson } from '../triggers/trigger.ts'

/**
 * A trigger of the application's own, by the name under which its module was given to the scheduler. It is computed
 * elsewhere, one time ahead; here is only what it is asked with.
 */
export class CustomTrigger {
  readonly name: string
  /** Whatever its module needs; plain data. */
  readonly options: Readonly<Record<string, unknown>>

  constructor(name: string, options: Readonly<Record<string, unknown>> = {}) {
    if (typeof name !== 'string' || name === '') {
      throw new TriggerError(
        `Expected custom to be the name of a trigger that the scheduler was given, got ${shown(name)}.`,
        { details: { field: 'custom' } },
      )
    }
    this.name = name
    this.options = options
  }

  /** The opposite of `toJSON`. @throws {TriggerError} */
  static fromJSON(json: TriggerJson): CustomTrigger {
    const { name, options } = json
    return new CustomTrigger(name as string, (options ?? {}) as Record<string, unknown>)
  }

  toJSON(): TriggerJson {
    return { type: 'custom', version: 1, name: this.name, options: this.options }
  }

  toString(): string {
    return `custom[${this.name}]`
  }
}
