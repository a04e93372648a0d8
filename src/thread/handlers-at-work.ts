import type { HandlerTools } from './consumer.ts'

/** What one handler is given. Most look at no signal, and an AbortController costs more than all else: it is made when asked for. */
class Tools<Scheduler> implements HandlerTools<Scheduler> {
  readonly scheduler: Scheduler
  readonly #delivery: number
  #controller: AbortController | null = null

  constructor(delivery: number, scheduler: Scheduler) {
    this.#delivery = delivery
    this.scheduler = scheduler
  }

  get delivery(): number {
    return this.#delivery
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  abort(reason?: unknown): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}

/** The handlers at work: few, often one, so a list is quicker than a map. */
export class HandlersAtWork<Scheduler> {
  readonly #tools: Tools<Scheduler>[] = []

  /** A handler begins with a delivery: gives what it is given. */
  begin(delivery: number, scheduler: Scheduler): HandlerTools<Scheduler> {
    const tools = new Tools(delivery, scheduler)
    this.#tools.push(tools)
    return tools
  }

  /** The handler that was given these has ended: mostly the one that began last. */
  end(tools: HandlerTools<Scheduler>): void {
    if (this.#tools.at(-1) === tools) {
      this.#tools.pop()
      return
    }
    const index = this.#tools.findIndex((one) => one === tools)
    if (index >= 0) this.#tools.splice(index, 1)
  }

  abort(delivery: number): void {
    this.#tools.find((tools) => tools.delivery === delivery)?.abort()
  }

  abortAll(reason: unknown): void {
    for (const tools of this.#tools) tools.abort(reason)
  }
}
