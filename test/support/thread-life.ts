import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { getEnvironmentData, setEnvironmentData, Worker } from 'node:worker_threads'
import { Ledger } from './ledger.ts'
import { fixture } from './own-thread.ts'

const environmentKey = 'close watch'

/** A ledger, and a thread that writes into it when threads with a `ThreadLife`, started from now on, have ended. */
export class CloseWatch implements AsyncDisposable {
  readonly ledger: Ledger
  readonly #worker: Worker

  private constructor(ledger: Ledger, worker: Worker) {
    this.ledger = ledger
    this.#worker = worker
  }

  static async start(capacity: number): Promise<CloseWatch> {
    const ledger = Ledger.bequeath(capacity)
    const worker = new Worker(fixture('close-watch'))
    const [port]: number[] = await once(worker, 'message')
    setEnvironmentData(environmentKey, port)
    return new CloseWatch(ledger, worker)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}

/** A thread that is written down from its birth to its end, however it ends. */
export class ThreadLife {
  readonly ledger: Ledger
  /** Its number. */
  readonly life: number
  /** Closes with the thread, as the scheduler's ports do; the close-watch has the other end. */
  readonly #socket: Socket

  private constructor(ledger: Ledger, life: number, socket: Socket) {
    this.ledger = ledger
    this.life = life
    this.#socket = socket
  }

  /** To be called once in a thread; `value` is written down with its birth. */
  static async begin(value = 0): Promise<ThreadLife> {
    const ledger = Ledger.inherited()
    const life = ledger.next(0)
    const socket = connect(Number(getEnvironmentData(environmentKey)), '127.0.0.1')
    const greeting = new Uint8Array(Uint32Array.of(life).buffer)
    await new Promise<void>((resolve) => socket.write(greeting, () => resolve()))
    socket.unref()
    ledger.write('born', life, 0, value)
    return new ThreadLife(ledger, life, socket)
  }

  /** Keeps the thread from ending because it has nothing to do. */
  keepAlive(): void {
    this.#socket.ref()
  }
}
