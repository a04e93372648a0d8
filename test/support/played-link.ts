import type { ContextScheduler } from '../../src/core/context.ts'
import type { ClientLink } from '../../src/thread/calls.ts'
import type { ClaimWords } from '../../src/thread/claim-words.ts'
import type { FromServer, Request } from '../../src/thread/protocol.ts'

/** A link whose other end is played by the test: it looks at what was posted, and answers. */
export class PlayedLink implements ClientLink {
  /** What was posted, message by message; one that `onPost` throws for is not. */
  readonly messages: (readonly Request[])[] = []
  /** What the thread was told about being kept alive, in order. */
  readonly alive: boolean[] = []
  readonly words: ClaimWords | null
  readonly #onPost: (requests: readonly Request[]) => void
  #listener: (messages: readonly FromServer[]) => void = () => undefined

  constructor(
    onPost: (requests: readonly Request[]) => void = () => undefined,
    words: ClaimWords | null = null,
  ) {
    this.#onPost = onPost
    this.words = words
  }

  get posted(): number {
    return this.messages.length
  }

  /** All that was posted. */
  get requests(): Request[] {
    return this.messages.flat()
  }

  post(requests: readonly Request[]): void {
    this.#onPost(requests)
    this.messages.push(requests)
  }

  receive(listener: (messages: readonly FromServer[]) => void): void {
    this.#listener = listener
  }

  /** The other end says something. */
  answer(...messages: FromServer[]): void {
    this.#listener(messages)
  }

  keepAlive(on: boolean): void {
    this.alive.push(on)
  }

  close(): void {}

  ring(): void {}
}

/** Whose the contexts are that go over a played link. */
export const playedScheduler: ContextScheduler = {
  addTask: () => Promise.resolve('added'),
  cancelTask: () => Promise.resolve(true),
  cancelBySubject: () => Promise.resolve(0),
}
