import { basename } from 'node:path'
import type { WriteStream } from 'node:tty'
import { frame } from './frame.ts'
import type { Level } from './queues.ts'
import type { Snapshot } from './snapshot.ts'
import { milliseconds, printable } from './text.ts'

/** Where the daemon shows how it goes. */
export interface Display {
  /** How long to wait between two snapshots, in milliseconds. */
  readonly periodMs: number
  show(snapshot: Snapshot): void
  /** Something that happened; `path` is the file it is about, if any. */
  say(level: Level, message: string, path?: string): void
  close(): void
}

/** A live screen on a terminal, lines elsewhere. */
export function openDisplay(): Display {
  return process.stdout.isTTY ? new LiveScreen(process.stdout) : new StatusLines()
}

const enterScreen = '\u001B[?1049h\u001B[?25l\u001B[2J'
const leaveScreen = '\u001B[?25h\u001B[?1049l'
const home = '\u001B[H'
const clearToLineEnd = '\u001B[K'
const clearToScreenEnd = '\u001B[J'
/** No screen is higher. */
const keptMessages = 200

/**
 * The terminal's second screen, redrawn in place: what was on the first one comes back when it closes, however the
 * process ends. A frame is one write, over the last one, so that no half of it is ever seen.
 */
class LiveScreen implements Display {
  readonly periodMs = 250
  readonly #stream: WriteStream
  readonly #messages: string[] = []
  readonly #serious: string[] = []
  readonly #restore = (): void => void this.#stream.write(leaveScreen)
  readonly #redraw = (): void => this.#draw(clearToScreenEnd)
  #last: Snapshot | null = null

  constructor(stream: WriteStream) {
    this.#stream = stream
    stream.write(enterScreen)
    stream.on('resize', this.#redraw)
    process.once('exit', this.#restore)
  }

  show(snapshot: Snapshot): void {
    this.#last = snapshot
    this.#draw()
  }

  say(level: Level, message: string, path?: string): void {
    keep(this.#messages, screenLine(level, message, path))
    if (level === 'warning' || level === 'error')
      keep(this.#serious, `${level}: ${about(message, path)}`)
  }

  /** What is serious is told once more, on the first screen. */
  close(): void {
    process.off('exit', this.#restore)
    this.#stream.off('resize', this.#redraw)
    this.#restore()
    for (const message of this.#serious) console.error(printable(message))
  }

  #draw(before = ''): void {
    if (!this.#last) return
    const { columns, rows } = this.#stream
    const size = { columns, rows, colors: this.#stream.hasColors() }
    const text = frame(this.#last, this.#messages, size).join(`${clearToLineEnd}\r\n`)
    this.#stream.write(home + before + text + clearToLineEnd + clearToScreenEnd)
  }
}

/** A screen is narrow: a name says which; the path is told on the first screen if it matters. */
export function screenLine(level: Level, message: string, path?: string): string {
  const time = new Date().toISOString().slice(11, 19)
  return `${time} ${level}: ${about(message, path && basename(path))}`
}

function about(message: string, path?: string): string {
  return path ? `${path}: ${message}` : message
}

function keep(messages: string[], message: string): void {
  messages.push(message)
  if (messages.length > keptMessages) messages.shift()
}

/** A line every second, for logs and for grep. */
class StatusLines implements Display {
  readonly periodMs = 1000

  show({ at, stats, renewals, files }: Snapshot): void {
    const figures: Record<string, number | string> = { files }
    for (const [name, queue] of Object.entries(stats.queues)) {
      for (const state of ['scheduled', 'queued', 'taken', 'done'] as const)
        figures[`${name}.${state}`] = queue[state]
      figures[`${name}.p50`] = milliseconds(queue.lateness.p50).replace(' ', '')
      figures[`${name}.p99`] = milliseconds(queue.lateness.p99).replace(' ', '')
    }
    if (renewals[0]) figures['next'] = renewals[0].dueAt.toISOString()
    const words = Object.entries(figures).map(([name, value]) => `${name}=${value}`)
    console.log(at.toISOString(), ...words)
  }

  say(level: Level, message: string, path?: string): void {
    console.error(printable(`${new Date().toISOString()} ${level}: ${about(message, path)}`))
  }

  close(): void {
    // Nothing is open.
  }
}
