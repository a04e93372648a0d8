import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** What is answered to one request; `path` is that of its URL. */
export type Answer = (
  request: Buffer,
  response: ServerResponse,
  path: string,
) => void | Promise<void>

/** Ends the connection, as a server that is down does. */
export const down: Answer = (_, response) => void response.destroy()
/** Never answers. */
export const hangs: Answer = () => undefined
/** Answers with a status other than 200. */
export function refuses(status: number): Answer {
  return (_, response) => void response.writeHead(status).end('no')
}
/** Answers with these bytes. */
export function gives(content: Uint8Array | string): Answer {
  return (_, response) => void response.end(content)
}
/** Answers with what is made of the request. */
export function makes(
  content: (request: Buffer, path: string) => Promise<Uint8Array> | Uint8Array,
): Answer {
  return async (request, response, path) => void response.end(await content(request, path))
}
/** OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED { tryLater (3) } } */
export const triesLater: Answer = gives(Uint8Array.of(0x30, 3, 0x0a, 1, 3))

/** An HTTP server on the loopback interface that counts, and answers each path as told. */
export class Responder implements AsyncDisposable {
  readonly #server: Server
  readonly #answers = new Map<string, Answer[]>()
  readonly #counts = new Map<string, number>()
  readonly #pathsWith: number[] = []
  readonly #waiting = new Set<() => void>()
  readonly #fallback: Answer

  private constructor(fallback: Answer) {
    this.#fallback = fallback
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        console.error('The responder of the test failed:', error)
        response.destroy()
      })
    })
  }

  /** `fallback` is for the paths about which nothing was said. */
  static async start(fallback: Answer = refuses(404)): Promise<Responder> {
    const responder = new Responder(fallback)
    responder.#server.listen(0, '127.0.0.1')
    await once(responder.#server, 'listening')
    return responder
  }

  /** The URL of a path, which begins with a slash. */
  url(path: string): string {
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('The responder is closed.')
    return `http://127.0.0.1:${address.port}${path}`
  }

  /** Says how a path is answered: one answer for each request in turn, the last one for all that follow. */
  on(path: string, ...answers: Answer[]): string {
    this.#answers.set(path, answers)
    return this.url(path)
  }

  /** How many requests a path has had. */
  count(path: string): number {
    return this.#counts.get(path) ?? 0
  }

  /** How many paths have had so many requests, or more. */
  pathsWith(requests: number): number {
    return this.#pathsWith[requests] ?? 0
  }

  /** How many requests each path has had. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** Resolves when a path has had so many requests. */
  requests(path: string, count: number): Promise<void> {
    return this.until(() => this.count(path) >= count)
  }

  /** Resolves when something is so after a request. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await Promise.resolve()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const path = request.url ?? ''
    const count = this.count(path)
    this.#counts.set(path, count + 1)
    this.#pathsWith[count + 1] = this.pathsWith(count + 1) + 1
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
    const answers = this.#answers.get(path) ?? [this.#fallback]
    const answer = answers[Math.min(count, answers.length - 1)] ?? this.#fallback
    await answer(Buffer.concat(chunks), response, path)
  }
}
