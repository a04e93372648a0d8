import { loadPeer } from '../peers.ts'
import { noop } from './noop.ts'

const { worker } = await loadPeer<{ worker(functions: object): void }>('workerpool')
worker({ noop })
