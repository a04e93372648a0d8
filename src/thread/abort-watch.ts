/** What is to be done when a signal is aborted. */
const watchers = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when a signal is aborted; what it gives ends that. However many wait on one signal, it gets one listener:
 * a program's one shutdown signal for all its loops is no leak that Node should warn of.
 */
export function watchAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = watchers.get(signal)
  if (!callbacks) {
    const created = new Set<() => void>()
    callbacks = created
    watchers.set(signal, created)
    const callAll = (): void => {
      for (const call of created) call()
    }
    signal.addEventListener('abort', callAll, { once: true })
  }
  callbacks.add(callback)
  return () => callbacks.delete(callback)
}
