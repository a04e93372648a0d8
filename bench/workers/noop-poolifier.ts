import { loadPeer } from '../peers.ts'
import { noop } from './noop.ts'

const { ThreadWorker } = await loadPeer<{
  readonly ThreadWorker: new (task: () => void) => object
}>('poolifier')
// Its constructor is what a worker of poolifier consists of.
void new ThreadWorker(noop)
