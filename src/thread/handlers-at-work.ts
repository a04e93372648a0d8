import type { HandlerTools } from './consumer.ts'

/** What one handler is given. Most look at no signal, and an AbortController costs more than all else: it is made when asked for. */
class Tools<Scheduler> implements HandlerTools<Scheduler> {
  readonly scheduler: Scheduler
  #controller: AbortController | null = null

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  abort(reason?: unknown): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}

/** The handlers at work, by the delivery that each works on. */
export class HandlersAtWork<Scheduler> {
  readonly #tools = new Map<number, Tools<Scheduler>>()

  /** A handler begins: gives what it is given. */
  begin(delivery: number, scheduler: Scheduler): HandlerTools<Scheduler> {
    const tools = new Tools(scheduler)
    this.#tools.set(delivery, tools)
    return tools
  }

  end(delivery: number): void {
    this.#tools.delete(delivery)
  }

  abort(delivery: number): void {
    this.#tools.get(delivery)?.abort()
  }

  abortAll(reason: unknown): void {
    for (const tools of this.#tools.values()) tools.abort(reason)
  }
}
