import { loadPeer } from '../peers.ts'
import { noop } from './noop.ts'

const { worker } = await loadPeer<{ readonly worker: (functions: object) => void }>('workerpool')
worker({ noop })
