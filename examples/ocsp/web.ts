import { StapleFailure, reasonOf } from './failures.ts'

/** How long a server may take for all of its answer. */
const longestMs = 10_000
/** More is no OCSP response and no certificate. */
const largestAnswer = 128 * 1024

/** Sends a request and reads its answer, in bounded time and memory. @throws {StapleFailure} of the ladder 'responder' */
export async function exchange(
  url: string,
  signal: AbortSignal,
  /** Sent by POST; without one it is a GET. */
  body: Blob | null = null,
): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(longestMs)
  const request: RequestInit = { signal: AbortSignal.any([signal, timeout]) }
  if (body) {
    request.method = 'POST'
    // A blob can be sent again, as a redirect may ask for; `fetch` takes its type for the content's.
    request.body = body
  }
  try {
    const response = await fetch(url, request)
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`HTTP status ${response.status}`)
    }
    return await read(response)
  } catch (error) {
    signal.throwIfAborted()
    const reason = timeout.aborted ? `no answer within ${longestMs / 1000} s` : reasonOf(error)
    throw new StapleFailure('responder', `${url}: ${reason}`, error)
  }
}

async function read(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    // Leaving the loop ends the transfer.
    if (size > largestAnswer) throw new Error(`an answer of more than ${largestAnswer} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
