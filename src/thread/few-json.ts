import { isEscaped, type LooseTexts } from './loose-texts.ts'

/** Texts of this length and more are left to JSON, and so are objects of more properties. */
const longText = 64
/** A text that JSON is not given at all: it looks at every character. */
export const veryLongText = 8192
const fewProperties = 8

/** A property up to its value, and the value it had last: what changes seldom is written once. */
interface Opening {
  readonly text: string
  /** The same before a text. */
  readonly quoted: string
  /** No text: those are long to compare. */
  last: unknown
  /** With that value; empty before it came again. */
  written: string
  readonly joint: Joint
}

/**
 * Two pieces of which one follows the other mostly, and both as one: what a text is put together of costs its sender more
 * for each piece than for each character.
 */
interface Joint {
  before: string
  behind: string
  /** Empty before the two came again. */
  both: string
}

/** A name as JSON writes it: as the first, behind a value, and behind a text, whose end it writes. */
interface Name {
  readonly key: string
  readonly first: Opening
  readonly next: Opening
  readonly afterText: Opening
}

/** What no property is: undefined can be one. */
const noValue = Symbol('no value')

/** So many names are remembered, for most objects are alike. */
const names = new Map<string, Name>()
const mostNames = 1000
/** Those of the last object, in order. */
const lastNames: Name[] = []
/** What is before the end of an object. */
const lastJoint = newJoint()

/**
 * What JSON makes of an object of a few texts, numbers and the like, whose own properties are all there is to it; null
 * decides nothing. A call of JSON costs more than so few. Its texts are still to be looked at, where that can be later.
 * `head` is what is to be before it, and mostly the same.
 */
export function jsonOfFew(value: object, loose: LooseTexts | null, head = ''): string | null {
  let text = ''
  /** What comes next, without a text of the object's own, in one piece if it came before. */
  let pending = head
  let count = 0
  let afterText = false
  for (const key in value) {
    if (!Object.prototype.hasOwnProperty.call(value, key)) continue
    if (count === fewProperties) return null
    let name = lastNames[count]
    if (name?.key !== key) {
      const known = names.get(key) ?? newName(key)
      if (!known) return null
      name = lastNames[count] = known
    }
    const opening = afterText ? name.afterText : count === 0 ? name.first : name.next
    count++
    // It is read once: a getter may give something else the next time.
    const part = (value as Record<string, unknown>)[key]
    afterText = typeof part === 'string'
    if (typeof part !== 'string') {
      // Not `===`, which takes -0 for 0.
      if (Object.is(part, opening.last)) {
        const word = opening.written || writeAgain(opening)
        const both = together(opening.joint, pending, word)
        if (both === null) text += pending + word
        // What is pending is always one of the same few pieces: those are quick to compare.
        pending = both ?? ''
      } else {
        if (!isJsonWord(part)) return null
        text += pending + opening.text + String(part)
        pending = ''
        opening.last = part
        opening.written = ''
      }
    } else if (part.length < longText && (loose || !isEscaped(part))) {
      text += together(opening.joint, pending, opening.quoted) ?? pending + opening.quoted
      pending = ''
      loose?.add(part, text.length)
      text += part
    } else {
      if (part.length >= veryLongText) return null
      // Its last quote is written by what comes next.
      text += pending + opening.text + JSON.stringify(part).slice(0, -1)
      pending = ''
    }
  }
  const end = count === 0 ? '{}' : afterText ? '"}' : '}'
  text += together(lastJoint, pending, end) ?? pending + end
  if (loose) loose.length = text.length
  return text
}

/** Whether JSON writes it as `String` does. */
export function isJsonWord(part: unknown): boolean {
  if (typeof part === 'number') return Number.isFinite(part) && !Object.is(part, -0)
  return typeof part === 'boolean' || part === null
}

function writeAgain(opening: Opening): string {
  opening.written = joined(opening.text, String(opening.last))
  return opening.written
}

function newName(key: string): Name | null {
  if (names.size === mostNames || key.length >= longText) return null
  const name = `${JSON.stringify(key)}:`
  const known = {
    key,
    first: newOpening('{', name),
    next: newOpening(',', name),
    afterText: newOpening('",', name),
  }
  names.set(key, known)
  return known
}

function newOpening(before: string, name: string): Opening {
  const text = joined(before, name)
  return { text, quoted: joined(text, '"'), last: noValue, written: '', joint: newJoint() }
}

function newJoint(): Joint {
  return { before: '', behind: '', both: '' }
}

/** One piece and another behind it, if that has come before; null if not. */
function together(joint: Joint, before: string, behind: string): string | null {
  if (before === '') return behind
  if (joint.before !== before || joint.behind !== behind) {
    joint.before = before
    joint.behind = behind
    joint.both = ''
    return null
  }
  joint.both ||= joined(before, behind)
  return joint.both
}

/** In one piece, unlike what `+` makes, which is put together anew whenever it is copied. */
function joined(first: string, second: string): string {
  return [first, second].join('')
}
