import { ExpectedEnds, TextEnds, type ByteText } from '../core/byte-text.ts'
import { owned } from './owned-text.ts'

/** Lengths are one byte each. */
const mostShared = 255
/** So many texts are known to compare with. */
const mostKnown = 4

/** The two ends of a text that was seen before. */
interface Known {
  readonly head: string
  readonly tail: string
  /** The same as bytes, as far as one does for each character; made when they are compared with bytes. */
  ends: TextEnds | null
}

/**
 * What the texts of one queue have in common: they mostly have the same keys in the same order, and often much of the
 * values, too. The first few unlike ones are known; of any other, what it begins and ends with as one of those does
 * need not be kept.
 *
 *     known     {"serial":"81f0","url":"http://ocsp.example.org/"}
 *     text      {"serial":"c37a","url":"http://ocsp.example.org/"}
 *               |— before —|    |—————————— after ——————————————|
 */
export class SharedText {
  readonly #known: Known[] = []
  /** What `find` found: which of the known, and how many characters of its ends. */
  which = 0
  before = 0
  after = 0
  /** What the last text that had enough in common with a known one had in common, and with which. */
  #beginning = ''
  #end = ''
  #lastWhich = 0
  /** The same as bytes; made when it is compared with bytes. */
  #expected: ExpectedEnds | null = null
  /** What `#compareBytes` found. */
  #foundBefore = 0
  #foundAfter = 0

  /** Finds what a text, from `start` on, has in common with a known one. */
  find(text: string, start: number): void {
    this.before = this.after = 0
    const length = text.length - start
    const enough = Math.min(length, 2 * mostShared) >> 1
    if (this.#isLikeLast(text, start, length, enough)) return
    for (let index = 0; index < this.#known.length; index++) {
      const known = this.#known[index]
      if (known) this.#compare(text, start, known, index)
      if (this.before + this.after >= enough) return this.#remember()
    }
    // Less than half in common with any: it is known from now on.
    if (this.#known.length === mostKnown) return
    this.#know(text, start)
  }

  /** The same of a text in bytes, one for each character. */
  findBytes(text: ByteText, from: number, to: number): void {
    const length = to - from
    const enough = Math.min(length, 2 * mostShared) >> 1
    this.before = this.after = 0
    if (enough === 0) return
    const expected = (this.#expected ??= expectedEnds(this.#beginning, this.#end))
    if (expected.size >= enough && expected.size <= length && expected.areOf(text.view, from, to)) {
      this.which = this.#lastWhich
      this.before = this.#beginning.length
      this.after = this.#end.length
      return
    }
    for (let index = 0; index < this.#known.length; index++) {
      const known = this.#known[index]
      if (known) this.#compareBytes(text.view, from, to, known, mostShared, mostShared)
      if (this.#foundBefore + this.#foundAfter > this.before + this.after) {
        this.which = index
        this.before = this.#foundBefore
        this.after = this.#foundAfter
      }
      if (this.before + this.after >= enough) return this.#remember()
    }
    if (this.#known.length < mostKnown) this.#know(textOf(text.bytes, from, to), 0)
  }

  /** What a text began with. */
  beginning(which: number, before: number): string {
    return this.#known[which]?.head.slice(0, before) ?? ''
  }

  /** What a text ended with. */
  end(which: number, after: number): string {
    const tail = this.#known[which]?.tail ?? ''
    return tail.slice(tail.length - after)
  }

  /** What one has in common with a known text the next mostly has, too: comparing that as a whole is quick. */
  #isLikeLast(text: string, start: number, length: number, enough: number): boolean {
    const before = this.#beginning.length
    const after = this.#end.length
    if (before + after < enough || before + after > length) return false
    if (!text.startsWith(this.#beginning, start) || !text.endsWith(this.#end)) return false
    this.which = this.#lastWhich
    this.before = before
    this.after = after
    return true
  }

  /** Keeps the ends of a text, which is all in common with them. */
  #know(text: string, start: number): void {
    const head = owned(text.slice(start, start + mostShared))
    const tail = owned(text.slice(Math.max(start, text.length - mostShared)))
    this.which = this.#known.push({ head, tail, ends: null }) - 1
    this.before = head.length
    this.after = Math.min(tail.length, text.length - start - head.length)
  }

  /** Finds how much bytes have in common with a known text, so much at most. */
  #compareBytes(
    view: DataView,
    from: number,
    to: number,
    known: Known,
    mostBefore: number,
    mostAfter: number,
  ): void {
    const ends = (known.ends ??= endsOf(known))
    const before = ends.headAlike(view, from, Math.min(to - from, ends.headSize, mostBefore))
    const left = Math.min(to - from - before, ends.tailSize, mostAfter)
    this.#foundBefore = before
    this.#foundAfter = ends.tailAlike(view, to, left)
  }

  #remember(): void {
    const isSame = this.which === this.#lastWhich && this.before === this.#beginning.length
    if (isSame && this.after === this.#end.length) return
    this.#beginning = this.beginning(this.which, this.before)
    this.#end = this.end(this.which, this.after)
    this.#lastWhich = this.which
    this.#expected = null
  }

  #compare(text: string, start: number, { head, tail }: Known, index: number): void {
    const length = text.length - start
    const most = Math.min(length, head.length)
    let before = 0
    while (before < most && text.charCodeAt(start + before) === head.charCodeAt(before)) before++
    const left = Math.min(length - before, tail.length)
    let after = 0
    const textEnd = text.length - 1
    const tailEnd = tail.length - 1
    while (after < left && text.charCodeAt(textEnd - after) === tail.charCodeAt(tailEnd - after)) {
      after++
    }
    if (before + after <= this.before + this.after) return
    this.which = index
    this.before = before
    this.after = after
  }
}

/** What no text has: eight bytes that are 0 are never found. */
const noneExpected = new ExpectedEnds(new Uint8Array(8), new Uint8Array(0))
/** What has one byte for each character, at the start and at the end of a text. */
const narrowStart = /^[\0-\xff]*/
const narrowEnd = /[\0-\xff]*$/

/** What has characters of two bytes no text in bytes has. */
function expectedEnds(beginning: string, end: string): ExpectedEnds {
  const head = bytesOf(narrowStart.exec(beginning))
  const tail = bytesOf(narrowEnd.exec(end))
  const isNarrow = head.length === beginning.length && tail.length === end.length
  return isNarrow ? new ExpectedEnds(head, tail) : noneExpected
}

function endsOf({ head, tail }: Known): TextEnds {
  return new TextEnds(bytesOf(narrowStart.exec(head)), bytesOf(narrowEnd.exec(tail)))
}

function bytesOf(found: RegExpExecArray | null): Uint8Array {
  return Buffer.from(found?.[0] ?? '', 'latin1')
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
}
