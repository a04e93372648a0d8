import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { StapleFailure, reasonOf } from './failures.ts'

/** Headers of a block may hold hyphens, five in a row end it. */
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----(?:[^-]|-(?!----))*-----END \1-----/g
const pemCertificate = /^(?:X509 |TRUSTED )?CERTIFICATE$/
/** What every certificate in DER begins with: a sequence. */
const derSequence = 0x30
/** No chain is longer, and a stray film is not read into memory. */
const largestFile = 1024 * 1024

/** What a file that is about certificates holds. */
export interface CertificateFile {
  /** In the order of the file. */
  readonly certificates: readonly X509Certificate[]
  /** It holds something else that belongs to certificates: a key, a request. */
  readonly hasOther: boolean
}

/** Says which state of a file this is: any write to it gives another. Null when there is none. */
export async function versionOf(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(() => null)
  return found?.isFile() ? `${found.ino}-${found.size}-${found.mtimeNs}` : null
}

/** Reads PEM or DER. @throws {StapleFailure} when it cannot be read */
export async function readCertificates(path: string): Promise<CertificateFile> {
  let content: Buffer
  try {
    const { size } = await stat(path)
    if (size > largestFile) return { certificates: [], hasOther: false }
    content = await readFile(path)
  } catch (error) {
    throw new StapleFailure('file', `cannot be read: ${reasonOf(error)}`, error)
  }
  return parseCertificates(content)
}

function parseCertificates(content: Buffer): CertificateFile {
  const blocks = [...content.toString('latin1').matchAll(pemBlock)]
  if (blocks.length === 0 && content[0] === derSequence) {
    const certificate = parseCertificate(content)
    return { certificates: certificate ? [certificate] : [], hasOther: false }
  }
  const certificates = blocks.flatMap(([block, label = '']) => {
    return pemCertificate.test(label) ? (parseCertificate(block) ?? []) : []
  })
  return { certificates, hasOther: blocks.some(([, label = '']) => !pemCertificate.test(label)) }
}

/** A certificate in PEM or DER; null when it is none. */
export function parseCertificate(content: string | Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(content)
  } catch {
    return null
  }
}

/** Authorities of the first version of X.509 do not say that they are one, but they sign themselves. */
export function mayIssue(certificate: X509Certificate): boolean {
  return certificate.ca || certificate.subject === certificate.issuer
}

/** The certificate of the server; what stands around it is its chain. */
export function serverCertificate(
  certificates: readonly X509Certificate[],
): X509Certificate | undefined {
  return (
    certificates.find((certificate) => !mayIssue(certificate)) ?? certificates.find(({ ca }) => !ca)
  )
}

/** Whether one certificate was issued by another: by name, by what the issuer may do, and by signature. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    // A key of a kind that this Node.js does not know.
    return false
  }
}

/** The addresses that a certificate gives for its OCSP responders, or for its issuer's certificate. */
export function addressesOf(
  { infoAccess }: X509Certificate,
  kind: 'OCSP' | 'CA Issuers',
): readonly string[] {
  const prefix = `${kind} - URI:`
  const lines = (infoAccess ?? '').split('\n').filter((line) => line.startsWith(prefix))
  return lines.map((line) => unquoted(line.slice(prefix.length))).filter(isHttp)
}

/** Node.js quotes an address with unusual characters as JSON. */
function unquoted(address: string): string {
  if (!address.startsWith('"')) return address
  const text: unknown = JSON.parse(address)
  return String(text)
}

/** Whether `fetch` would ask it; it asks nobody with a password in the address. */
function isHttp(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, username, password } = new URL(address)
  return /^https?:$/.test(protocol) && username + password === ''
}
