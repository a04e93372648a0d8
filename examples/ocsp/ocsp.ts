import { BaseBlock, Constructed, fromBER, GeneralizedTime } from 'asn1js'
import {
  BasicOCSPResponse,
  Certificate,
  OCSPRequest,
  OCSPResponse,
  type SingleResponse,
} from 'pkijs'
import { StapleFailure, reasonOf } from './failures.ts'

/** What a verified response says about one certificate. */
export interface Staple {
  readonly status: 'good' | 'revoked'
  readonly thisUpdate: Date
  /** Null when the responder does not say: it may have something newer at any time. */
  readonly nextUpdate: Date | null
  readonly revokedAt: Date | null
}

/** RFC 6960, 4.2.1: what a responder answers instead of a response, by its number. */
const refusals: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
}
/** id-pkix-ocsp-basic, the only type there is. */
const basicType = '1.3.6.1.5.5.7.48.1.1'
/** Clocks of responders run ahead. */
const longestAheadMs = 5 * 60_000
/** How old an answer may be that does not say how long it holds: nobody shall send one of better times for ever. */
const longestUnsaidMs = 7 * 86_400_000

/** A request for the status of one certificate, in DER. Many connections share a staple: it has no nonce. */
export async function requestFor(
  certificate: Uint8Array,
  issuer: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const request = new OCSPRequest()
  // SHA-1 names the issuer here, it protects nothing. Responders know it, and HAProxy finds the certificate by it.
  await request.createForCertificate(decoded(certificate), {
    hashAlgorithm: 'SHA-1',
    issuerCertificate: decoded(issuer),
  })
  return new Uint8Array(request.toSchema(true).toBER())
}

/**
 * What a response says about a certificate at a time.
 *
 * @throws {StapleFailure} of the ladder 'response' when it is no response, not signed by the issuer or by whom it
 *   entrusted with it, about another certificate, or not of this time
 */
export async function readStaple(
  response: Uint8Array,
  certificate: Uint8Array,
  issuer: Uint8Array,
  now: Date,
): Promise<Staple> {
  try {
    const basic = basicResponse(response)
    const authority = decoded(issuer)
    await verifySignature(basic, authority)
    return statusAt(await singleResponse(basic, decoded(certificate), authority), now)
  } catch (error) {
    if (error instanceof StapleFailure) throw error
    throw new StapleFailure('response', `not a good OCSP response: ${reasonOf(error)}`, error)
  }
}

function basicResponse(response: Uint8Array): BasicOCSPResponse {
  let outer: OCSPResponse
  try {
    outer = OCSPResponse.fromBER(wellFormed(response))
  } catch (error) {
    throw new Error(`${response.length} bytes of something else`, { cause: error })
  }
  const status = outer.responseStatus.valueBlock.valueDec
  if (status !== 0) throw new Error(`the responder says ${refusals[status] ?? status}`)
  if (!outer.responseBytes) throw new Error('it says nothing')
  const { responseType, response: basic } = outer.responseBytes
  if (responseType !== basicType) throw new Error(`a response of the type ${responseType}`)
  return BasicOCSPResponse.fromBER(wellFormed(basic.valueBlock.valueHexView))
}

/** The library reads over lengths that are wrong; servers and browsers do not. */
function wellFormed(encoded: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(encoded)
  const { offset, result } = fromBER(bytes)
  if (offset !== bytes.length || Buffer.compare(new Uint8Array(result.toBER()), bytes) !== 0)
    throw new Error('badly encoded')
  return bytes
}

/** By the issuer itself, or by a certificate that the issuer made for signing OCSP (RFC 6960, 4.2.2.2). */
async function verifySignature(basic: BasicOCSPResponse, issuer: Certificate): Promise<void> {
  const attached = basic.certs ?? []
  // The issuer's own certificate need not be attached.
  basic.certs = [...attached, issuer]
  try {
    // What the issuer itself signed needs no chain: the library would look for one up to a root.
    const trusted = { trustedResponders: [issuer], trustedCerts: [issuer], issuerCerts: [issuer] }
    if (await basic.verify(trusted)) return
  } finally {
    basic.certs = attached
  }
  throw new Error('its signature is wrong')
}

async function singleResponse(
  { tbsResponseData }: BasicOCSPResponse,
  certificate: Certificate,
  issuer: Certificate,
): Promise<SingleResponse> {
  for (const single of tbsResponseData.responses) {
    const only = new BasicOCSPResponse()
    only.tbsResponseData.responses = [single]
    const { isForCertificate } = await only.getCertificateStatus(certificate, issuer)
    if (isForCertificate) return single
  }
  throw new Error('it is about another certificate')
}

function statusAt({ certStatus, thisUpdate, nextUpdate }: SingleResponse, now: Date): Staple {
  if (thisUpdate.getTime() > now.getTime() + longestAheadMs)
    throw new Error(`it begins at ${thisUpdate.toISOString()}, which is to come`)
  if (nextUpdate && nextUpdate <= now) throw new Error(`it ended at ${nextUpdate.toISOString()}`)
  if (!nextUpdate && now.getTime() - thisUpdate.getTime() > longestUnsaidMs)
    throw new Error(`it is of ${thisUpdate.toISOString()}, and does not say how long it holds`)
  const revokedAt = revocationTime(certStatus)
  return {
    status: revokedAt ? 'revoked' : 'good',
    thisUpdate,
    nextUpdate: nextUpdate ?? null,
    revokedAt,
  }
}

/**
 * RFC 6960, 4.2.1: `CertStatus ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL }`. The library
 * leaves the choice as it came.
 */
function revocationTime(certStatus: unknown): Date | null {
  const tag = certStatus instanceof BaseBlock ? certStatus.idBlock.tagNumber : null
  if (tag === 0) return null
  if (tag !== 1) throw new Error('the responder does not know the certificate')
  const [time] = certStatus instanceof Constructed ? certStatus.valueBlock.value : []
  if (!(time instanceof GeneralizedTime)) throw new Error('revoked at no time')
  return time.toDate()
}

function decoded(der: Uint8Array): Certificate {
  return Certificate.fromBER(new Uint8Array(der))
}
