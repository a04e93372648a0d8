/** Marks an id that is kept as text. */
export const textOrigin = 127
/** A generated id is `xxxxxxxx-xxxx-count`: a prefix that its thread drew once, and a count in base 36. */
export const prefixLength = 13
export const dash = 45
export const mostDigits = 7
