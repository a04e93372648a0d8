import { checkTextLength } from './text-length.ts'

/** All but what JSON writes as it is: quotes, control characters, and halves of characters, which may be alone. */
const escaped = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

/** Whether JSON writes a text otherwise than it is. */
export function isEscaped(text: string): boolean {
  return escaped.test(text)
}

/**
 * The texts of one object that were written as JSON between quotes without a look at them. All of a message are looked at
 * together: a text that was just put together is made one piece for each look at it.
 */
export class LooseTexts {
  readonly texts: string[] = []
  /** Where each begins in the object's text. */
  readonly starts: number[] = []
  count = 0
  /** How long the object's text is, with what is before it. */
  length = 0
  #inUse = false

  /** For the caller alone until it ends; null while another has it: a getter may add a context, too. */
  begin(): LooseTexts | null {
    if (this.#inUse) return null
    this.#inUse = true
    this.clear()
    return this
  }

  end(): void {
    this.#inUse = false
    this.clear()
    // A piece of a long text keeps the whole of it.
    for (let index = 0; index < this.texts.length; index++) this.texts[index] = ''
  }

  clear(): void {
    this.count = 0
  }

  add(text: string, start: number): void {
    this.texts[this.count] = text
    this.starts[this.count++] = start
  }
}

/** What is to be looked at in a text that is put together. */
export class UncheckedTexts {
  readonly #texts: string[] = []
  readonly #starts: number[] = []

  /** The loose texts of an object that ends there. */
  push({ texts, starts, count, length }: LooseTexts, end: number): void {
    const start = end - length
    for (let index = 0; index < count; index++) {
      this.#texts.push(texts[index] ?? '')
      this.#starts.push(start + (starts[index] ?? 0))
    }
  }

  /**
   * The text as JSON has it; the ends in it are moved to where they are then.
   *
   * @throws {PayloadError} when it would be more than a string can hold; nothing has moved then.
   */
  checked(text: string, ends: number[]): string {
    return isEscaped(this.#texts.join('')) ? this.#written(text, ends) : text
  }

  #written(text: string, ends: number[]): string {
    const written = this.#texts.map((loose) => JSON.stringify(loose).slice(1, -1))
    let shift = 0
    for (const [index, loose] of this.#texts.entries()) {
      shift += (written[index]?.length ?? 0) - loose.length
    }
    checkTextLength(text.length + shift)
    const pieces: string[] = []
    let done = 0
    let next = 0
    shift = 0
    // An end stands behind the texts of its context, and before those of the next.
    const moveUpTo = (start: number): void => {
      for (let end = ends[next]; end !== undefined; end = ends[++next]) {
        if ((end < 0 ? ~end : end) > start) return
        ends[next] = end < 0 ? end - shift : end + shift
      }
    }
    for (const [index, loose] of this.#texts.entries()) {
      const start = this.#starts[index] ?? 0
      moveUpTo(start)
      const json = written[index] ?? ''
      pieces.push(text.slice(done, start), json)
      done = start + loose.length
      shift += json.length - loose.length
    }
    moveUpTo(Infinity)
    pieces.push(text.slice(done))
    return pieces.join('')
  }
}
