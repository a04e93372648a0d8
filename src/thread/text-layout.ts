/** How many ends there are of each. */
export const numbersPerContext = 3
/** Memory of its own costs more than so few numbers. */
export const fewNumbers = 12
