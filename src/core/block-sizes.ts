/** A page is 8 KiB: fifty contexts of the usual size, and little for a queue that has few. */
export const pageBits = 11
export const pageWords: number = 2 ** pageBits
/** The largest block, in words. */
export const mostBlockWords = 512
/** So many blocks a page has at most: there is a bit for each where it is known what is free. */
export const mostPlaces = 256
const leastBlockWords = pageWords / mostPlaces
/** Sizes are a word apart up to the first, four up to the second, then sixteen: a sixteenth is lost at most. */
const [fine, medium] = [64, 128] as const
const kindsToMedium = fine + (medium - fine) / 4
export const kindCount: number = kindsToMedium + (mostBlockWords - medium) / 16 + 1
/** Enough for a distance within a page. */
export const dividerBits = 20

/** Which kind of size is enough for so many words. */
export function kindOf(words: number): number {
  if (words <= fine) return Math.max(words, leastBlockWords)
  if (words <= medium) return fine + Math.ceil((words - fine) / 4)
  return kindsToMedium + Math.ceil((words - medium) / 16)
}

/** Of each kind the size, how many a page has room for, and what a distance is multiplied by to be divided by the size. */
export const sizes: Uint32Array = Uint32Array.from({ length: kindCount }, (_, kind) =>
  sizeOfKind(kind),
)
export const rooms: Uint32Array = sizes.map((size) => Math.floor(pageWords / size))
export const dividers: Uint32Array = sizes.map((size) => Math.ceil(2 ** dividerBits / size))

function sizeOfKind(kind: number): number {
  if (kind <= fine) return Math.max(kind, 1)
  if (kind <= kindsToMedium) return fine + (kind - fine) * 4
  return medium + (kind - kindsToMedium) * 16
}
