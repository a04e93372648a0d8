/** Tells a running HAProxy about a staple. */
import { readFile } from 'node:fs/promises'
import type { HandlerOf } from 'scheduler-thread'
import { reasonOf, StapleFailure } from './failures.ts'
import { guarded } from './guarded.ts'
import { askHaproxy } from './haproxy.ts'
import type { StapleQueues } from './queues.ts'

const updated = 'OCSP Response updated!'
const unknown = /does not match any certificate|Certificate ID/i
/** HAProxy wants to know how long a staple holds. */
const useless = /nextupdate/i

const proxyAdd: HandlerOf<StapleQueues, 'proxy-add'> = guarded<'proxy-add'>(
  async ({ attributes }, desk) => {
    const { file, settings } = attributes
    if (settings.haproxySocket === null) return
    const staple = await contentOf(file.staple)
    const command = `set ssl ocsp-response ${staple.toString('base64')}`
    const answer = await askHaproxy(settings.haproxySocket, command, desk.signal)
    if (answer.includes(updated)) {
      await desk.log('info', 'HAProxy has its staple')
    } else if (unknown.test(answer)) {
      const hint =
        'it serves it only if a .ocsp file and the issuer were beside it when HAProxy started'
      await desk.log('warning', `HAProxy does not serve it: ${answer}; ${hint}`)
    } else if (useless.test(answer)) {
      await desk.log('warning', `HAProxy cannot use its staple: ${answer}`)
    } else {
      throw new StapleFailure('file', `HAProxy refused its staple: ${answer}`)
    }
  },
)

export { proxyAdd as 'proxy-add' }

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new StapleFailure('file', `its staple cannot be read: ${reasonOf(error)}`, error)
  }
}
