/** Asks a responder for a staple, writes it, and schedules the next renewal. */
import { X509Certificate } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { ScheduledTaskContext, type HandlerOf } from 'scheduler-thread'
import { writeAtomically } from './atomic-file.ts'
import { versionOf } from './certificate.ts'
import { reasonOf, StapleFailure } from './failures.ts'
import { guarded, type Desk } from './guarded.ts'
import { readStaple, requestFor, type Staple } from './ocsp.ts'
import { noFailures, triesOf, type StapleQueues, type RenewWork } from './queues.ts'
import { span } from './text.ts'
import { exchange } from './web.ts'

/** How long a staple is kept whose responder does not say when it has a newer one. */
const validityUnsaid = 3600
/** A responder that gives out the same staple until its end is not asked more often. */
const shortestWait = 5

export const renew: HandlerOf<StapleQueues, 'renew'> = guarded<'renew'>(async (context, desk) => {
  const work = context.attributes
  const { file, settings } = work
  // What a look of the finder has not seen yet is seen here: no request about a certificate that is gone.
  if ((await versionOf(file.path)) !== file.version) {
    if (settings.oneOff) throw new StapleFailure('file', 'changed or gone since it was found')
    // If it is, the next look cancels this. If it was away for a while only, nothing else would come back to it.
    await context.reschedule(settings.refreshInterval)
    await desk.log('info', 'changed or gone since it was found')
    return
  }
  const { validTo } = new X509Certificate(work.certificate)
  if (Date.parse(validTo) <= Date.now()) {
    await desk.log('warning', `expired on ${validTo}`, 'passed over')
    return
  }
  const kept = work.mayKeep ? await stapleInPlace(work) : null
  const staple = kept ?? (await renewed(work, desk))
  if (staple.status === 'revoked') {
    await withdraw(file.staple)
    const at = staple.revokedAt?.toISOString() ?? 'an unknown time'
    const until =
      settings.haproxySocket === null ? '' : '; HAProxy keeps the one it has until that ends'
    await desk.log('warning', `revoked at ${at}: it gets no staple${until}`, 'revoked')
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
    await desk.scheduler.addTask(new ScheduledTaskContext('renew', file.path, wait, next, { id }))
  }
  if (settings.haproxySocket !== null) {
    const proxy = { file, settings, failures: noFailures }
    const id = `proxy-add ${file.path}`
    await desk.scheduler.addTask(
      new ScheduledTaskContext('proxy-add', file.path, null, proxy, { id }),
    )
  }
  const next = settings.oneOff ? '' : `, next renewal in ${span(wait)}`
  await desk.log('info', `${what}, valid until ${until}${next}`, 'stapled')
})

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
  const request = new Blob([await requestFor(certificate, issuer)], { type })
  // After a failure the next responder is asked.
  const responder = responders[triesOf(failures) % responders.length] ?? ''
  const response = await exchange(responder, signal, request)
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
