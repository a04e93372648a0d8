/**
 * The words of a scheduled context's block. Links are numbers of blocks; 0 is none.
 *
 *      0  1   due             a float
 *      2  3   time            previous and next of its slot of time; or its place in a heap, and `inHeap`
 *      4  5   subject         previous and next of its subject
 *      6      subject         the subject's own block
 *      7      id              a count, or a hash of the text
 *      8  9   sequence        its lower 32 bits; and with its higher ones, what else there is to know:
 *     10 ...                  a link of the index of ids, if that is a text; epochMs, if absolute; then cargo, and the id
 *                             if that is a text
 *
 *     word 9:   live 1 | parked 1 | absolute 1 | outside 1 | slack 2 | origin 7 | sequence 19
 */
export const dueWord = 0
export const previousInTimeWord = 2
export const nextInTimeWord = 3
export const previousOfSubjectWord = 4
export const nextOfSubjectWord = 5
export const subjectWord = 6
export const idWord = 7
export const sequenceWord = 8
export const flagsWord = 9
/** Only where the id is a text. */
export const idLinkWord = 10
export const fixedWords = 10

/** Instead of a link: the other word is a place in a heap. */
export const inHeap = 0xffffffff
