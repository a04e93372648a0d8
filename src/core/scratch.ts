/** Room to put bytes together in, seen as bytes and as words. What is in it lasts until its owner's next use. */
export class Scratch {
  #bytes = new Uint8Array(1024)
  #words = new Uint32Array(this.#bytes.buffer)

  get bytes(): Uint8Array {
    return this.#bytes
  }

  get words(): Uint32Array {
    return this.#words
  }

  /** Makes sure that there is room for so many bytes, keeping what is there; gives the bytes. */
  reserve(size: number): Uint8Array {
    if (size > this.#bytes.length) {
      const bytes = new Uint8Array(2 ** Math.ceil(Math.log2(size)))
      bytes.set(this.#bytes)
      this.#bytes = bytes
      this.#words = new Uint32Array(bytes.buffer)
    }
    return this.#bytes
  }

  /** Gives a large room back. */
  trim(): void {
    if (this.#bytes.length <= 65_536) return
    this.#bytes = new Uint8Array(1024)
    this.#words = new Uint32Array(this.#bytes.buffer)
  }
}
