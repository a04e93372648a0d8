import Denque from 'denque'
import { Worker } from 'node:worker_threads'
import type { OccurrenceAnswer, OccurrenceQuestion } from '../jobs/job-host.ts'
import type { UserLoader } from './loader-flags.ts'
import { systemClock } from './system-clock.ts'
import type { FromTriggerThread, TriggerQuestion } from './trigger-runner.ts'

/** How long a trigger may take for one answer. */
const answerMs = 1000
/** How long its module may take to load: that happens once. */
const loadMs = 10_000

interface Asked {
  readonly question: TriggerQuestion
  readonly settle: (answer: OccurrenceAnswer) => void
  /** Whether the thread ended while it was asked this. */
  outlived: boolean
}

/**
 * The module of one custom trigger, in a thread of its own that is started when it is first asked.
 *
 *     asked ─▶ thread loads ─▶ question ─▶ answer ─▶ next question
 *                  │               │
 *                  └── too late, or dead ──▶ that question has failed; the next has a new thread
 *
 * An endless loop can only be ended with its thread, so a thread is needed; that it is one for each module, and not one
 * for all, has no trigger wait for another's second. Its questions are asked one after the other: so each has its own.
 */
export class TriggerThread {
  readonly #file: string
  readonly #loader: UserLoader
  readonly #waiting = new Denque<Asked>()
  #asked: Asked | null = null
  #worker: Worker | null = null
  #loaded = false
  #timer: NodeJS.Timeout | null = null

  constructor(file: string, loader: UserLoader) {
    this.#file = file
    this.#loader = loader
  }

  ask(question: OccurrenceQuestion, settle: (answer: OccurrenceAnswer) => void): void {
    const { number, options, previousMs, nowMs } = question
    this.#waiting.push({
      question: { number, options, previousMs, nowMs },
      settle,
      outlived: false,
    })
    this.#next()
  }

  /** Ends the thread; nothing that was asked is answered any more. */
  close(): void {
    this.#waiting.clear()
    this.#asked = null
    this.#drop()
  }

  #next(): void {
    if (this.#asked) return
    this.#asked = this.#waiting.shift() ?? null
    if (this.#asked) this.#begin(this.#asked)
    // Nobody waits for it: it keeps no process alive.
    else this.#worker?.unref()
  }

  #begin({ question }: Asked): void {
    this.#worker ??= this.#start()
    this.#worker.ref()
    if (this.#loaded) this.#put(question)
    else this.#allow(loadMs, `Its module did not load within ${loadMs / 1000} seconds.`)
  }

  #put(question: TriggerQuestion): void {
    this.#worker?.postMessage(question)
    this.#allow(answerMs, `It did not answer within ${answerMs / 1000} second.`)
  }

  #start(): Worker {
    const { execArgv, nodeOptions } = this.#loader
    const url = new URL(`./trigger-entry${import.meta.url.slice(-3)}`, import.meta.url)
    const worker = new Worker(url, {
      name: 'custom trigger',
      workerData: { file: this.#file },
      execArgv: [...execArgv],
      env: { ...process.env, NODE_OPTIONS: nodeOptions },
    })
    let cause = ''
    worker.on('message', (message: FromTriggerThread) => {
      if (worker === this.#worker) this.#receive(message)
    })
    worker.on('error', (error: unknown) => (cause = `: ${String(error)}`))
    worker.on('exit', () => {
      if (worker === this.#worker) this.#died(`Its thread ended${cause}.`)
    })
    return worker
  }

  #receive(message: FromTriggerThread): void {
    switch (message.type) {
      case 'loaded':
        this.#loaded = true
        if (this.#asked) this.#put(this.#asked.question)
        break
      case 'failed':
        this.#fail(`Its module does not load: ${message.message}`)
        break
      case 'answer':
        if (message.number === this.#asked?.question.number) this.#settle(message.answer)
    }
  }

  /** Gives the present question so long. A timer that is late itself says nothing of the module, which was late with it. */
  #allow(ms: number, tooLate: string): void {
    if (this.#timer) clearTimeout(this.#timer)
    const since = systemClock.now()
    this.#timer = setTimeout(() => {
      if (systemClock.now() - since > 1.5 * ms) this.#allow(ms, tooLate)
      else this.#fail(tooLate)
    }, ms)
  }

  /** It may have died of what it was asked before: what it is being asked, it is asked once more. */
  #died(error: string): void {
    const asked = this.#asked
    if (!asked || asked.outlived) return this.#fail(error)
    asked.outlived = true
    this.#drop()
    this.#begin(asked)
  }

  /** This thread answers nothing any more. */
  #fail(error: string): void {
    this.#drop()
    this.#settle({ error })
  }

  #settle(answer: OccurrenceAnswer): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const asked = this.#asked
    this.#asked = null
    asked?.settle(answer)
    this.#next()
  }

  #drop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const worker = this.#worker
    this.#worker = null
    this.#loaded = false
    void worker?.terminate()
  }
}
