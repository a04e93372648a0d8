/** The task that costs nothing, for every pool that takes a file with a function. */
export const noop = (): void => undefined
