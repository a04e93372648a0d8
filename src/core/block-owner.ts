import { kindCount } from './block-sizes.ts'

/** Whose blocks they are: pages are not shared, so an owner's blocks are found page by page. */
export class BlockOwner {
  readonly name: string
  readonly number: number
  /** How many blocks it has. */
  blocks = 0
  firstPage = 0
  /** The first page with room, by kind of size; 0: none. */
  readonly partial: Uint32Array = new Uint32Array(kindCount)

  constructor(name: string, number: number) {
    this.name = name
    this.number = number
  }
}
