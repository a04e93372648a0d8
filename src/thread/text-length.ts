import { constants } from 'node:buffer'
import { PayloadError } from '../core/errors.ts'

/** @throws {PayloadError} when a text would be longer than a string can be. */
export function checkTextLength(length: number): void {
  if (length <= constants.MAX_STRING_LENGTH) return
  throw new PayloadError(
    `Expected contexts that are added together to be no more than a string can hold, ${constants.MAX_STRING_LENGTH} ` +
      `characters, got ${length}: add fewer of them at once.`,
  )
}
