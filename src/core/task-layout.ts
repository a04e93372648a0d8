/**
 * What is kept of a scheduled context, in two blocks. What adding and cancelling others touches, and all that is needed
 * to cancel it, is small and stands close together; the details are looked at when it is due or asked for.
 *
 *     the context's own words             its number is that of this block; links are numbers of blocks; 0 is none
 *      0      time         where it stands in its slot of time; or its place in a heap, if `inHeap` is set
 *      1  2   subject      previous and next of its subject
 *      3      subject      the subject's own block
 *      4      id           a count, or a hash of the text
 *      5      id           a link of the index of ids, if that is a text; else the lower 32 bits of the sequence
 *      6      details      where they are
 *      7      what else there is to know, and the higher bits of its sequence:
 *             parked 1 | absolute 1 | outside 1 | inHeap 1 | slack 2 | origin 7 | sequence 19
 *
 *     its details                         in the pages of its queue
 *      0  1   due          a float
 *      2      context      its number
 *      3 ...               those bits of the sequence, if the id is a text; epochMs, if absolute; then cargo, and the id
 *                          if that is a text
 */
export const timeWord = 0
export const previousOfSubjectWord = 1
export const nextOfSubjectWord = 2
export const subjectWord = 3
export const idWord = 4
export const idLinkWord = 5
export const sequenceWord = 5
export const detailsWord = 6
export const flagsWord = 7
export const fixedWords = 8

/** Bits of the last word; `outside`: the payload is not in the block. */
export const parked: number = 2 ** 31
export const absolute: number = 2 ** 30
export const outside: number = 2 ** 29
export const inHeap: number = 2 ** 28

export const dueWord = 0
export const taskWord = 2
export const fixedDetails = 3
