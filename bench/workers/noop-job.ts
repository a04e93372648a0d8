/** The job that costs nothing. */
export const jobs = (): void => undefined
