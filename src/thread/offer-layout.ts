/**
 * What is told of contexts that are handed ahead, six numbers for as many of them as are alike: how many these are, the
 * number of the first, which those of the others follow, and for all of them the attempt, the due time, the calendar time
 * (or NaN), and when they were queued.
 */
export const figuresPerRun = 6
export const countFigure = 0
export const numberFigure = 1
export const attemptFigure = 2
export const dueFigure = 3
export const epochFigure = 4
export const queuedFigure = 5
