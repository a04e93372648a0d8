/** Asks a responder for a staple, writes it, and schedules the next renewal. */
import { readFile, rm } from 'node:fs/promises'
import { ScheduledTaskContext, type HandlerOf } from 'scheduler-thread'
import { writeAtomically } from './atomic-file.ts'
import { versionOf } from './certificate.ts'
import { reasonOf, StapleFailure } from './failures.ts'
import { guarded, type Desk } from './guarded.ts'
import { readStaple, requestFor, type Staple } from './ocsp.ts'
import { noFailures, type StapleQueues, type RenewWork } from './queues.ts'
import { span } from './text.ts'
import { exchange } from './web.ts'

/** How long a staple is kept whose responder does not say when it has a newer one. */
const validityUnsaid = 3600
/** A responder that gives out the same staple until its end is not asked more often. */
const shortestWait = 5

export const renew: HandlerOf<StapleQueues, 'renew'> = guarded<'renew'>(
  async ({ subject, attributes: work }, desk) => {
    const { file, settings } = work
    // What a look of the finder has not seen yet is seen here: no request about a certificate that is gone.
    if ((await versionOf(file.path)) !== file.version) {
      await desk.log(settings.oneOff ? 'warning' : 'info', 'changed or gone since it was found')
      return
    }
    const kept = work.mayKeep ? await stapleInPlace(work) : null
    const staple = kept ?? (await renewed(work, desk))
    if (staple.status === 'revoked') {
      await withdraw(file.staple)
      const at = staple.revokedAt?.toISOString() ?? 'an unknown time'
      await desk.log('warning', `revoked at ${at}: it gets no staple`, 'revoked')
      return
    }
    desk.signal.throwIfAborted()
    const wait = secondsUntilRenewal(staple, work)
    const until = staple.nextUpdate?.toISOString() ?? 'an unknown time'
    const what = kept ? 'kept its staple' : 'stapled'
    if (!settings.oneOff) {
      // A fresh context: what failed on the way to this staple does not count against the next.
      const next: RenewWork = { ...work, mayKeep: false, failures: noFailures }
      const id = `renew ${file.path}`
      await desk.scheduler.addTask(new ScheduledTaskContext('renew', subject, wait, next, { id }))
    }
    if (settings.haproxySocket !== null) {
      const proxy = { file, settings, failures: noFailures }
      const id = `proxy-add ${file.path}`
      await desk.scheduler.addTask(
        new ScheduledTaskContext('proxy-add', subject, null, proxy, { id }),
      )
    }
    const next = settings.oneOff ? '' : `, next renewal in ${span(wait)}`
    await desk.log('info', `${what}, valid until ${until}${next}`, 'stapled')
  },
)

/** What was written before this process began, if it will do for long enough. */
async function stapleInPlace({
  file,
  settings,
  certificate,
  issuer,
}: RenewWork): Promise<Staple | null> {
  const now = new Date()
  try {
    const staple = await readStaple(await readFile(file.staple), certificate, issuer, now)
    const left = ((staple.nextUpdate?.getTime() ?? 0) - now.getTime()) / 1000
    return staple.status === 'good' && left > settings.minimumValidity ? staple : null
  } catch {
    // There is none, or it is empty, of another certificate, or out of date.
    return null
  }
}

async function renewed(work: RenewWork, { signal }: Desk): Promise<Staple> {
  const { file, certificate, issuer, responders, failures } = work
  const type = 'application/ocsp-request'
  const content = await requestFor(certificate, issuer)
  // After a failure the next responder is asked.
  const responder = responders[failures.tries % responders.length] ?? ''
  const response = await exchange(responder, signal, { type, content })
  const staple = await read(responder, response)
  signal.throwIfAborted()
  if (staple.status === 'good') await write(file.staple, response)
  return staple

  async function read(from: string, answer: Uint8Array): Promise<Staple> {
    try {
      return await readStaple(answer, certificate, issuer, new Date())
    } catch (error) {
      throw new StapleFailure('response', `${from}: ${reasonOf(error)}`, error)
    }
  }
}

async function write(path: string, staple: Uint8Array): Promise<void> {
  try {
    await writeAtomically(path, staple)
  } catch (error) {
    throw new StapleFailure('file', `its staple cannot be written: ${reasonOf(error)}`, error)
  }
}

/** A staple that says good about a revoked certificate is not left where a server may find it. */
async function withdraw(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (error) {
    throw new StapleFailure('file', `its staple cannot be removed: ${reasonOf(error)}`, error)
  }
}

/**
 * When the staple would be valid for less than the minimum; of a short-lived one, when half of what is left has
 * passed. A scale above 1 is for failures: it does not let a staple run out.
 */
function secondsUntilRenewal({ nextUpdate }: Staple, { settings }: RenewWork): number {
  const left = nextUpdate ? (nextUpdate.getTime() - Date.now()) / 1000 : validityUnsaid
  const wait = Math.max(left - settings.minimumValidity, left / 2, shortestWait)
  return wait * Math.min(1, settings.retryScale)
}
