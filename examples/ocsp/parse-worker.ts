/** Reads a certificate and finds out what its renewals need, once for each state of its file. */
import { ScheduledTaskContext, type HandlerOf } from 'scheduler-thread'
import type { X509Certificate } from 'node:crypto'
import { addressesOf, readCertificates, serverCertificate } from './certificate.ts'
import { guarded } from './guarded.ts'
import { Issuers } from './issuers.ts'
import { noFailures, type StapleQueues } from './queues.ts'

const issuers = new Issuers()

export const parse: HandlerOf<StapleQueues, 'parse'> = guarded<'parse'>(async (context, desk) => {
  const { file, settings } = context.attributes
  const { certificates, hasOther } = await readCertificates(file.path)
  const certificate = serverCertificate(certificates)
  if (!certificate) {
    if (certificates.length > 0) await desk.log('debug', 'certificate authorities only')
    else if (hasOther) await desk.log('debug', 'a key or a request, and no certificate')
    else await desk.log('warning', 'not a certificate', 'passed over')
    return
  }
  const responders = addressesOf(certificate, 'OCSP')
  const obstacle = obstacleOf(certificate, responders)
  if (obstacle !== null) {
    await desk.log('warning', obstacle, 'passed over')
    return
  }
  const validFrom = new Date(certificate.validFrom)
  if (validFrom.getTime() > Date.now()) {
    await desk.log('warning', `not valid before ${validFrom.toISOString()}`, 'passed over')
    if (!settings.oneOff) await context.reschedule(validFrom)
    return
  }
  const issuer = await issuers.find(
    certificate,
    file.path,
    certificates,
    settings.retryScale,
    desk.signal,
  )
  const renewal = {
    file,
    settings,
    certificate: certificate.raw,
    issuer: issuer.raw,
    responders,
    mayKeep: !settings.oneOff,
    failures: noFailures,
  }
  desk.signal.throwIfAborted()
  await desk.scheduler.addTask(
    new ScheduledTaskContext('renew', file.path, null, renewal, { id: `renew ${file.path}` }),
  )
})

/** Why there is nothing to staple; null when there is. */
function obstacleOf({ validTo }: X509Certificate, responders: readonly string[]): string | null {
  if (responders.length === 0) return 'gives no OCSP address'
  if (Date.parse(validTo) <= Date.now()) return `expired on ${validTo}`
  return null
}
