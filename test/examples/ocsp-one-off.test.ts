import assert from 'node:assert/strict'
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import {
  openssl,
  OpensslAuthority,
  verdictOf,
  type CertificateOptions,
  type KeyKind,
} from '../support/openssl-authority.ts'
import { gives, makes, Responder } from '../support/responder.ts'
import { saidOf, StaplingDaemon } from '../support/stapling-daemon.ts'
import { SwiftAuthority } from '../support/swift-authority.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const timeout = 300_000

/** A certificate whose staple is to be good, and who must have signed it. */
interface Expected {
  readonly certificate: string
  readonly issuer: string
  /** The authorities that openssl trusts. */
  readonly root: string
}

describe('A one-off run on its own certificates', { timeout, concurrency: true }, () => {
  test('It staples the eleven that openssl finds good, and names the revoked one, which gets none.', async (context) => {
    const home = temporaryDirectory(context)
    const { code, said, summary } = await StaplingDaemon.run(['--one-off'], { TMPDIR: home })
    assert.equal(code, 0, said.join('\n'))
    const [made = ''] = await readdir(home)
    const directory = join(home, made, 'certificates')
    const sites = Array.from({ length: 12 }, (_, n) => {
      return join(directory, `site-${String(n + 1).padStart(2, '0')}.example.crt`)
    })
    const [revoked = ''] = sites.splice(6, 1)
    const ca = join(directory, 'ca.crt')
    const verdicts = await Promise.all(sites.map((site) => verdictOf(`${site}.ocsp`, site, ca)))
    assert.deepEqual(verdicts, Array(11).fill('good'))
    const staples = (await readdir(directory)).filter((name) => name.endsWith('.ocsp'))
    assert.deepEqual(
      staples.toSorted(),
      sites.map((site) => `${basename(site)}.ocsp`),
    )
    const [line = '', ...others] = said
    assert.deepEqual(others, [])
    assert.match(line, / warning: .*site-07\.example\.crt: revoked at .*: it gets no staple$/)
    assert.deepEqual(saidOf(said, revoked).length, 1)
    assert.match(summary, /^11 certificates of .* stapled in/)
    assert.match(summary, /^revoked: 1 \(site-07\.example\.crt\)$/m)
    assert.match(summary, /^1 warning, 0 errors$/m)
  })
})

describe('A one-off run on certificates of others', { timeout, concurrency: true }, () => {
  test('Each kind of key, of file, of issuer and of signer is stapled below --out, and what cannot be is a warning.', async (context) => {
    const home = temporaryDirectory(context)
    const [certs, out] = [join(home, 'certs'), join(home, 'out')]
    await using responder = await Responder.start()
    const expected: Expected[] = []

    /** Answers for an authority: signed by itself at /NAME/self, by whom it entrusts with it at /NAME/delegate. */
    async function answering(
      name: string,
      options: Parameters<typeof OpensslAuthority.make>[2] = {},
    ): Promise<OpensslAuthority> {
      const authority = await OpensslAuthority.make(join(home, name), name, options)
      const delegate = await authority.issue(join(home, name, 'delegate.crt'), {
        key: options.key ?? 'P-256',
        name: 'Responder',
        extensions: ['extendedKeyUsage = OCSPSigning'],
      })
      responder.on(
        `/${name}/self`,
        makes((request) => authority.answer(request)),
      )
      responder.on(
        `/${name}/delegate`,
        makes((request) => authority.answer(request, delegate)),
      )
      return authority
    }

    /** Issues one below the directory of certificates, that must be stapled. */
    async function add(
      authority: OpensslAuthority,
      path: string,
      url: string,
      options: CertificateOptions = {},
      root = authority.certificate,
    ): Promise<string> {
      const certificate = join(certs, path)
      await mkdir(join(certificate, '..'), { recursive: true })
      await authority.issue(certificate, { ocsp: [responder.url(url)], ...options })
      expected.push({ certificate, issuer: authority.certificate, root })
      return certificate
    }

    const kinds: readonly KeyKind[] = ['P-256', 'P-384', 'P-521', 'RSA']
    for (const [index, key] of kinds.entries()) {
      const authority = await answering(key, { key })
      const other = kinds[(index + 1) % kinds.length] ?? key
      await add(authority, `kinds/${key}/by-itself.crt`, `/${key}/self`, { key })
      await add(authority, `kinds/${key}/by-delegate.crt`, `/${key}/delegate`, { key: other })
      await copyFile(authority.certificate, join(certs, 'kinds', key, 'authority.crt'))
    }

    const pss = await answering('PSS', { key: 'RSA', pss: true })
    await add(pss, 'pss/by-itself.crt', '/PSS/self')
    await add(pss, 'pss/by-delegate.crt', '/PSS/delegate')
    await copyFile(pss.certificate, join(certs, 'pss', 'authority.pem'))

    const root = await OpensslAuthority.make(join(home, 'root'), 'Root')
    const intermediate = await answering('Intermediate', { issuer: root })
    const both = join(home, 'both.pem')
    const chainOf = async (...files: readonly string[]): Promise<string> =>
      (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('')
    await writeFile(both, await chainOf(intermediate.certificate, root.certificate))

    const inOne = await add(intermediate, 'chain/site.pem', '/Intermediate/self', {}, both)
    const alone = join(home, 'alone.pem')
    await copyFile(inOne, alone)
    await writeFile(inOne, await chainOf(`${inOne}.key`, alone, intermediate.certificate))
    const chain = expected.pop()
    if (chain) expected.push({ ...chain, certificate: alone })

    await add(intermediate, 'beside/site.crt', '/Intermediate/delegate', {}, both)
    await copyFile(intermediate.certificate, join(certs, 'beside', 'site.crt.issuer'))

    const inDer = join(home, 'intermediate.der')
    await openssl(['x509', '-in', intermediate.certificate, '-outform', 'DER', '-out', inDer])
    const caIssuers = responder.on('/authority.der', gives(await readFile(inDer)))
    await add(intermediate, 'fetched/site.crt', '/Intermediate/self', { caIssuers }, both)

    const der = await add(intermediate, 'der/deep/er/site.der', '/Intermediate/self', {}, both)
    await openssl(['x509', '-in', der, '-outform', 'DER', '-out', der])
    await copyFile(inDer, join(certs, 'der/deep/er/authority.der'))

    const swift = new SwiftAuthority()
    const odd = {
      'no certificate.txt': 'Whatever this is.',
      'expired.crt': swift.issue({
        serial: 2,
        responder: responder.url('/never'),
        to: new Date(Date.now() - 1000),
      }),
      'to-come.crt': swift.issue({
        serial: 3,
        responder: responder.url('/never'),
        from: new Date(Date.now() + 3_600_000),
      }),
      'without-address.crt': swift.issue({ serial: 4 }),
      'empty.pem': '',
    }
    await mkdir(join(certs, 'odd'))
    for (const [name, content] of Object.entries(odd))
      await writeFile(join(certs, 'odd', name), content)

    const args = ['--one-off', '--retry-scale', '0.001', '--certs', certs, '--out', out]
    const { code, said, summary } = await StaplingDaemon.run(args)
    assert.equal(code, 0, said.join('\n'))
    const staples = expected.map(({ certificate }) => {
      const original = certificate === alone ? inOne : certificate
      return `${original.replace(certs, out)}.ocsp`
    })
    const verdicts = await Promise.all(
      expected.map(async ({ certificate, issuer, root: trusted }, index) => {
        return [staples[index], await verdictOf(staples[index] ?? '', certificate, issuer, trusted)]
      }),
    )
    assert.deepEqual(
      verdicts,
      staples.map((staple) => [staple, 'good']),
    )
    assert.deepEqual((await filesBelow(out)).toSorted(), staples.toSorted())
    assert.equal((await filesBelow(certs)).filter((path) => path.endsWith('.ocsp')).length, 0)
    const warnings = (name: string): string[] => saidOf(said, join(certs, 'odd', name))
    assert.deepEqual(warnings('no certificate.txt'), ['warning: not a certificate'])
    assert.deepEqual(warnings('empty.pem'), ['warning: not a certificate'])
    assert.deepEqual(warnings('without-address.crt'), ['warning: gives no OCSP address'])
    assert.match(warnings('expired.crt').join(), /^warning: expired on \w+ +\d+ /)
    assert.match(warnings('to-come.crt').join(), /^warning: not valid before \d{4}-/)
    assert.equal(said.length, 5, said.join('\n'))
    assert.match(summary, /^14 certificates of .* stapled in/)
    assert.match(summary, /^passed over: 5 /m)
    assert.equal(responder.count('/never'), 0)
    assert.equal(responder.count('/authority.der'), 1)
  })

  test('Of two certificates with the same place for their staples the first has it, and the other is an error.', async (context) => {
    const home = temporaryDirectory(context)
    const authority = new SwiftAuthority()
    await using responder = await Responder.start()
    const directories = ['a', 'b'].map((name) => join(home, name))
    const staples = [5, 6].map((serial) => authority.respond(serial))
    for (const [index, directory] of directories.entries()) {
      const url = responder.on(`/${index}`, gives(staples[index] ?? ''))
      await mkdir(directory)
      const certificate = authority.issue({ serial: index + 5, responder: url })
      await writeFile(join(directory, 'site.crt'), certificate + authority.certificate)
    }
    const [a = '', b = ''] = directories
    const out = join(home, 'out')
    const args = ['--one-off', '--certs', a, '--certs', b, '--out', out]
    const { code, said } = await StaplingDaemon.run(args)
    assert.equal(code, 1)
    assert.deepEqual(await readdir(out), ['site.crt.ocsp'])
    assert.deepEqual(await readFile(join(out, 'site.crt.ocsp')), staples[0])
    assert.deepEqual(saidOf(said, join(b, 'site.crt')), [
      `error: passed over, its staple would be that of ${join(a, 'site.crt')}`,
    ])
    assert.equal(responder.count('/1'), 0)
  })
})

async function filesBelow(directory: string): Promise<string[]> {
  const paths = (await readdir(directory, { recursive: true })).map((name) => join(directory, name))
  const kinds = await Promise.all(paths.map((path) => stat(path)))
  return paths.filter((_, index) => kinds[index]?.isFile())
}
