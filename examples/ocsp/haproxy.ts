import { createConnection } from 'node:net'
import { reasonOf, StapleFailure } from './failures.ts'

const longestMs = 10_000
const longestAnswer = 16_384

/** Sends one command to HAProxy's stats socket, and gives its answer. @throws {StapleFailure} of the ladder 'file' */
export async function askHaproxy(
  path: string,
  command: string,
  signal: AbortSignal,
): Promise<string> {
  const timeout = AbortSignal.timeout(longestMs)
  const socket = createConnection({ path, signal: AbortSignal.any([signal, timeout]) })
  try {
    socket.setEncoding('utf8')
    socket.write(`${command}\n`)
    let answer = ''
    // It answers, and closes the connection.
    for await (const text of socket) {
      answer += String(text)
      if (answer.length > longestAnswer) throw new Error('an endless answer')
    }
    return answer.trim().replaceAll(/\s*\n\s*/g, ' ')
  } catch (error) {
    signal.throwIfAborted()
    const reason = timeout.aborted ? `no answer within ${longestMs / 1000} s` : reasonOf(error)
    throw new StapleFailure('file', `HAProxy at ${path}: ${reason}`, error)
  } finally {
    socket.destroy()
  }
}
