import type { Delivery } from '../core/delivery.ts'
import type { RecordRun } from '../core/record-run.ts'
import type { WireOffers } from './protocol.ts'
import { cutTexts, lengthOf, TextRecord, TextRecords, TextsBuilder, type Texts } from './texts.ts'

/** So many that came together are not put together with others: copying what they are made of costs more than a part. */
const many = 32
/** What is put together is no longer than this: a string holds so much, and a message is to be small. */
const mostJoined = 1 << 20
/** Memory of its own costs more than so few numbers. */
const fewNumbers = 24

/** What is offered to a client, of one queue and in one part of a message. */
export class OfferedBatch {
  readonly #taskName: string
  readonly #tickets: number[] = []
  readonly #figures: number[] = []
  /** Contexts that came together and leave together: a piece of what they came in. */
  #piece: Texts | null = null
  #from = 0
  #to = 0
  /** What was put together of several pieces. */
  #joined: TextsBuilder | null = null

  constructor(taskName: string) {
    this.#taskName = taskName
  }

  /** Whether it costs least to have a single one go with it. */
  takes({ record }: Delivery): boolean {
    return record instanceof TextRecord
      ? this.#goesWith(record.texts, record.index, 1)
      : this.#goesWith(null, 0, 1, (record.cargo as string).length)
  }

  push(delivery: Delivery, ticket: number): void {
    const { number, record, due, dueEpochMs, queuedAt, attempt } = delivery
    this.#tickets.push(ticket)
    this.#figures.push(1, number, attempt, due, dueEpochMs ?? Number.NaN, queuedAt)
    if (record instanceof TextRecord) this.#pushPiece(record.texts, record.index, 1)
    // A cargo is a text: see cargo.ts.
    else this.#join().push(record.id, record.subjectKey, record.cargo as string)
  }

  /** Whether it costs least to have the first of a run go with it. */
  takesRun({ records, start }: RecordRun, count: number): boolean {
    return this.#goesWith(records instanceof TextRecords ? records.texts : null, start, count)
  }

  /** The first of a run, as many as there are tickets. */
  pushRun({ records, start, number, queuedAt }: RecordRun, tickets: readonly number[]): void {
    const { length } = tickets
    for (const ticket of tickets) this.#tickets.push(ticket)
    this.#figures.push(length, number, 1, queuedAt, Number.NaN, queuedAt)
    if (records instanceof TextRecords) return this.#pushPiece(records.texts, start, length)
    const joined = this.#join()
    for (let index = start; index < start + length; index++) {
      const { id, subjectKey, cargo } = records.at(index)
      joined.push(id, subjectKey, cargo as string)
    }
  }

  wire(offsetMs: number): WireOffers {
    const piece = this.#joined ? null : this.#piece
    return {
      type: 'offers',
      taskName: this.#taskName,
      texts: piece ? cutTexts(piece, this.#from, this.#to) : this.#join().build(),
      tickets: packed(this.#tickets, Int32Array),
      figures: packed(this.#figures, Float64Array),
      offsetMs,
    }
  }

  #goesWith(texts: Texts | null, from: number, count: number, cargoLength = 0): boolean {
    if (this.#tickets.length === 0 || this.#follows(texts, from)) return true
    const piece = this.#piece ? lengthOf(this.#piece, this.#from, this.#to) : 0
    const length = texts ? lengthOf(texts, from, from + count) : cargoLength
    if ((this.#joined?.length ?? piece) + length > mostJoined) return false
    const isManyTogether = !this.#joined && this.#to - this.#from >= many
    return count < many && !isManyTogether
  }

  /** Whether it came right behind the piece. */
  #follows(texts: Texts | null, from: number): boolean {
    return texts !== null && texts === this.#piece && from === this.#to && !this.#joined
  }

  #pushPiece(texts: Texts, from: number, count: number): void {
    if (this.#follows(texts, from)) {
      this.#to += count
    } else if (this.#piece || this.#joined) {
      this.#join().pushRun(texts, from, from + count)
    } else {
      this.#piece = texts
      this.#from = from
      this.#to = from + count
    }
  }

  #join(): TextsBuilder {
    if (this.#joined) return this.#joined
    this.#joined = new TextsBuilder()
    if (this.#piece) this.#joined.pushRun(this.#piece, this.#from, this.#to)
    return this.#joined
  }
}

function packed(
  numbers: number[],
  Packed: new (numbers: number[]) => ArrayLike<number>,
): ArrayLike<number> {
  return numbers.length > fewNumbers ? new Packed(numbers) : numbers
}
