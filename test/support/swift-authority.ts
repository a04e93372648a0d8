import {
  createHash,
  generateKeyPairSync,
  sign,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto'
import * as asn1 from './der.ts'

const commonName = '2.5.4.3'
const ecdsaWithSha256 = asn1.sequence(asn1.objectId('1.2.840.10045.4.3.2'))
const sha1 = asn1.sequence(asn1.objectId('1.3.14.3.2.26'), asn1.der(0x05))
const basicResponse = asn1.objectId('1.3.6.1.5.5.7.48.1.1')
const infoAccess = '1.3.6.1.5.5.7.1.1'
const ocspMethod = '1.3.6.1.5.5.7.48.1'
const caIssuersMethod = '1.3.6.1.5.5.7.48.2'
const minute = 60_000
const day = 24 * 60 * minute

export interface SwiftCertificate {
  readonly serial: number
  readonly name?: string
  readonly responder?: string
  /** Where the authority's certificate is. */
  readonly caIssuers?: string
  readonly from?: Date
  readonly to?: Date
}

export interface SwiftResponse {
  readonly status?: 'good' | 'revoked' | 'unknown'
  readonly from?: Date
  /** Null for a response that does not say until when it is valid; in ten minutes unless told. */
  readonly to?: Date | null
}

/**
 * A certificate authority that makes thousands of certificates, and answers for them, in a moment: all of them have
 * the same key, and what it signs is put together byte by byte. It can also make what `openssl` refuses to.
 */
export class SwiftAuthority {
  readonly #name: Buffer
  readonly #key: KeyObject
  readonly #leafKey: KeyPairKeyObjectResult = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #publicKey: Buffer
  readonly #nameHash: Buffer
  readonly #keyHash: Buffer
  /** In PEM. */
  readonly certificate: string

  constructor(name = 'Swift authority') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#key = privateKey
    this.#name = nameOf(name)
    this.#publicKey = publicKey.export({ type: 'spki', format: 'der' })
    this.#nameHash = hashOf(this.#name)
    // An uncompressed point of this curve, which is what is hashed, is the end of its key.
    this.#keyHash = hashOf(this.#publicKey.subarray(-65))
    const isAuthority = extension('2.5.29.19', asn1.sequence(asn1.der(0x01, Uint8Array.of(0xff))))
    const from = new Date(Date.now() - day)
    const to = new Date(Date.now() + 10 * day)
    this.certificate = pem(this.#sign(1, from, to, this.#name, this.#publicKey, isAuthority))
  }

  /** A certificate in PEM. */
  issue({ serial, name, responder, caIssuers, from, to }: SwiftCertificate): string {
    const access = [
      ...(responder === undefined ? [] : [accessTo(ocspMethod, responder)]),
      ...(caIssuers === undefined ? [] : [accessTo(caIssuersMethod, caIssuers)]),
    ]
    const extensions = access.length === 0 ? [] : [extension(infoAccess, asn1.sequence(...access))]
    return pem(
      this.#sign(
        serial,
        from ?? new Date(Date.now() - day),
        to ?? new Date(Date.now() + 9 * day),
        nameOf(name ?? `site ${serial}`),
        this.#leafKey.publicKey.export({ type: 'spki', format: 'der' }),
        ...extensions,
      ),
    )
  }

  /** What a request about a certificate must contain, and the response too. */
  idOf(serial: number): Buffer {
    return asn1.sequence(
      sha1,
      asn1.octets(this.#nameHash),
      asn1.octets(this.#keyHash),
      asn1.integer(serial),
    )
  }

  /** A response about a certificate, signed by the authority itself. */
  respond(serial: number, { status = 'good', from, to }: SwiftResponse = {}): Buffer {
    const thisUpdate = from ?? new Date(Date.now() - minute)
    const nextUpdate = to === undefined ? new Date(Date.now() + 10 * minute) : to
    const single = asn1.sequence(
      this.idOf(serial),
      statusOf(status, thisUpdate),
      asn1.generalizedTime(thisUpdate),
      ...(nextUpdate ? [asn1.tagged(0, asn1.generalizedTime(nextUpdate))] : []),
    )
    const data = asn1.sequence(
      asn1.tagged(1, this.#name),
      asn1.generalizedTime(thisUpdate),
      asn1.sequence(single),
    )
    const basic = asn1.sequence(data, ecdsaWithSha256, asn1.bits(sign('sha256', data, this.#key)))
    const successful = asn1.der(0x0a, Uint8Array.of(0))
    return asn1.sequence(
      successful,
      asn1.tagged(0, asn1.sequence(basicResponse, asn1.octets(basic))),
    )
  }

  #sign(
    serial: number,
    from: Date,
    to: Date,
    subject: Buffer,
    publicKey: Buffer,
    ...extensions: readonly Buffer[]
  ): Buffer {
    const data = asn1.sequence(
      asn1.tagged(0, asn1.integer(2)),
      asn1.integer(serial),
      ecdsaWithSha256,
      this.#name,
      asn1.sequence(asn1.generalizedTime(from), asn1.generalizedTime(to)),
      subject,
      publicKey,
      ...(extensions.length > 0 ? [asn1.tagged(3, asn1.sequence(...extensions))] : []),
    )
    return asn1.sequence(data, ecdsaWithSha256, asn1.bits(sign('sha256', data, this.#key)))
  }
}

function nameOf(name: string): Buffer {
  const attribute = asn1.sequence(asn1.objectId(commonName), asn1.text(name))
  return asn1.sequence(asn1.der(0x31, attribute))
}

function accessTo(method: string, url: string): Buffer {
  return asn1.sequence(asn1.objectId(method), asn1.der(0x86, Buffer.from(url)))
}

function extension(id: string, content: Buffer): Buffer {
  return asn1.sequence(asn1.objectId(id), asn1.octets(content))
}

function statusOf(status: 'good' | 'revoked' | 'unknown', at: Date): Buffer {
  if (status === 'revoked') return asn1.tagged(1, asn1.generalizedTime(at))
  return asn1.der(status === 'good' ? 0x80 : 0x82)
}

function hashOf(content: Uint8Array): Buffer {
  return createHash('sha1').update(content).digest()
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
