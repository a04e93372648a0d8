import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { rootCertificates } from 'node:tls'

/** A certificate that nobody has parsed yet. */
export interface RawCertificate {
  /** SHA-256 of its bytes, as `openssl x509 -fingerprint -sha256` shows it. */
  readonly fingerprint: string
  readonly der: Uint8Array
  readonly source: string
}

export interface LoadedCertificates {
  /** Each once, however often it was found. */
  readonly certificates: readonly RawCertificate[]
  readonly duplicates: number
  /** Files that hold no certificate, or could not be read. */
  readonly warnings: readonly string[]
}

const extensions = new Set(['.pem', '.crt', '.cer'])
const pemBlock = /-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END (?:X509 )?CERTIFICATE-----/g
/** What every certificate in DER begins with: a sequence. */
const derSequence = 0x30

/** The root certificates that Node.js trusts, or those in and below some directories. @throws when one is none. */
export async function loadCertificates(
  directories: readonly string[],
): Promise<LoadedCertificates> {
  const found: RawCertificate[] = []
  const warnings: string[] = []
  if (directories.length === 0) found.push(...rootCertificates.flatMap(fromRoot))
  for (const directory of directories) {
    const paths = await readdir(directory, { recursive: true })
    for (const path of paths.filter((each) => extensions.has(extname(each).toLowerCase())).sort()) {
      try {
        found.push(...fromFile(path, await readFile(join(directory, path))))
      } catch (error) {
        warnings.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  const distinct = new Map<string, RawCertificate>()
  for (const each of found)
    if (!distinct.has(each.fingerprint)) distinct.set(each.fingerprint, each)
  const certificates = [...distinct.values()]
  return { certificates, duplicates: found.length - certificates.length, warnings }
}

function fromRoot(pem: string, index: number): RawCertificate[] {
  return fromPem(pem, `root ${index + 1}`)
}

function fromFile(path: string, content: Buffer): RawCertificate[] {
  const blocks = fromPem(content.toString('latin1'), path)
  if (blocks.length > 0) return blocks
  if (content[0] === derSequence) return [raw(content, path)]
  throw new Error('no certificate in it')
}

function fromPem(text: string, source: string): RawCertificate[] {
  const blocks = [...text.matchAll(pemBlock)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64'),
  )
  return blocks.map((der, index) => raw(der, blocks.length > 1 ? `${source}#${index + 1}` : source))
}

function raw(der: Uint8Array, source: string): RawCertificate {
  const hex = createHash('sha256').update(der).digest('hex').toUpperCase()
  return { fingerprint: hex.replaceAll(/..(?=.)/g, '$&:'), der, source }
}
