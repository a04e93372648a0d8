import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { OpensslAuthority, verdictOf } from '../support/openssl-authority.ts'
import {
  down,
  gives,
  makes,
  refuses,
  Responder,
  triesLater,
  type Answer,
} from '../support/responder.ts'
import { saidOf, StaplingDaemon } from '../support/stapling-daemon.ts'
import { SwiftAuthority } from '../support/swift-authority.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const timeout = 300_000
/** Each thread takes a moment to load what it needs. */
const alone = ['--renewal-threads', '1']
const quickly = [...alone, '--one-off', '--retries', '3', '--retry-scale', '0.001']
const hour = 3_600_000
const earlier = Buffer.from('an earlier staple')

describe('A responder that fails', { timeout, concurrency: true }, () => {
  test('If it is down for two tries the third brings the staple, and if there is another address that is next.', async (context) => {
    const home = temporaryDirectory(context)
    const certs = join(home, 'certs')
    await using responder = await Responder.start()
    await using closed = await Responder.start()
    const authority = await OpensslAuthority.make(join(home, 'authority'), 'Authority')
    const good = makes((request) => authority.answer(request))
    const nowhere = closed.url('/')
    await closed[Symbol.asyncDispose]()
    const addresses: Readonly<Record<string, string[]>> = {
      'down-twice.crt': [responder.on('/down-twice', down, down, good)],
      'refusing-twice.crt': [responder.on('/refusing', refuses(503), refuses(500), good)],
      'late.crt': [responder.on('/late', triesLater, triesLater, good)],
      'two.crt': [responder.on('/first', down), responder.on('/second', good)],
      'closed.crt': [nowhere, responder.on('/open', good)],
    }
    await mkdir(certs)
    await copyFile(authority.certificate, join(certs, 'authority.crt'))
    for (const [name, ocsp] of Object.entries(addresses))
      await authority.issue(join(certs, name), { ocsp })
    const revoked = join(certs, 'revoked.crt')
    await authority.issue(revoked, { ocsp: [responder.on('/revoked', good)], revoked: true })
    await writeFile(`${revoked}.ocsp`, earlier)

    const { code, said, summary } = await StaplingDaemon.run([...quickly, '--certs', certs])
    assert.equal(code, 0, said.join('\n'))
    for (const name of Object.keys(addresses)) {
      const certificate = join(certs, name)
      const verdict = await verdictOf(`${certificate}.ocsp`, certificate, authority.certificate)
      assert.equal(verdict, 'good', name)
    }
    assert.deepEqual(Object.fromEntries(responder.counts), {
      '/down-twice': 3,
      '/refusing': 3,
      '/late': 3,
      '/first': 1,
      '/second': 1,
      '/open': 1,
      '/revoked': 1,
    })
    // The ladder of a responder that is down has ten seconds first, that of a bad answer 60 and 120.
    assert.deepEqual(nextTries(said, join(certs, 'down-twice.crt')), ['0.01 s', '0.01 s'])
    assert.deepEqual(nextTries(said, join(certs, 'late.crt')), ['0.06 s', '0.12 s'])
    assert.match(saidOf(said, join(certs, 'closed.crt')).join(), /ECONNREFUSED.*; next try in/)
    assert.match(saidOf(said, revoked).join(), /^warning: revoked at .*: it gets no staple$/)
    assert.equal(existsSync(`${revoked}.ocsp`), false)
    assert.match(summary, /^revoked: 1 \(revoked\.crt\)\n.*\n.*\n9 warnings, 0 errors$/m)
  })

  test('Whatever it answers in place of a good response, the certificate is named after three tries and an earlier staple is left.', async (context) => {
    const home = temporaryDirectory(context)
    const certs = join(home, 'certs')
    await using responder = await Responder.start()
    const authority = await OpensslAuthority.make(join(home, 'authority'), 'Authority')
    const stranger = await OpensslAuthority.make(join(home, 'stranger'), 'Stranger')
    const namesake = await OpensslAuthority.make(join(home, 'namesake'), 'Authority')
    const neighbour = await authority.issue(join(home, 'neighbour.crt'))
    const swift = new SwiftAuthority()
    const signedBy = (signer: typeof neighbour): Answer =>
      makes((request) => authority.answer(request, signer))
    const [past, future] = [new Date(Date.now() - hour), new Date(Date.now() + hour)]
    const notSigned = /not a good OCSP response: .*(signature|OCSP responder|responderID)/
    /** What is answered, what is said about it, and who issued the certificate. */
    const failures: Readonly<Record<string, readonly [Answer, RegExp, 'openssl' | 'swift']>> = {
      down: [down, /other side closed|ECONNRESET/, 'swift'],
      missing: [refuses(404), /HTTP status 404/, 'swift'],
      broken: [refuses(500), /HTTP status 500/, 'swift'],
      garbage: [gives('<html>Welcome!</html>'), /21 bytes of something else/, 'swift'],
      empty: [gives(''), /0 bytes of something else/, 'swift'],
      endless: [gives(Buffer.alloc(200_000)), /more than 131072 bytes/, 'swift'],
      later: [triesLater, /the responder says tryLater/, 'swift'],
      hollow: [gives(Uint8Array.of(0x30, 3, 0x0a, 1, 0)), /it says nothing/, 'swift'],
      half: [gives(swift.respond(1).subarray(0, 100)), /bytes of something else/, 'swift'],
      other: [gives(swift.respond(99)), /it is about another certificate/, 'swift'],
      ended: [
        gives(swift.respond(1, { from: new Date(Date.now() - 2 * hour), to: past })),
        /it ended at/,
        'swift',
      ],
      'to-come': [gives(swift.respond(1, { from: future, to: null })), /which is to come/, 'swift'],
      unknown: [
        gives(swift.respond(1, { status: 'unknown' })),
        /the responder does not know the certificate/,
        'swift',
      ],
      'unknown-too': [
        makes((request) => authority.answer(request)),
        /the responder does not know the certificate/,
        'openssl',
      ],
      stranger: [signedBy(stranger), notSigned, 'openssl'],
      namesake: [signedBy(namesake), notSigned, 'openssl'],
      neighbour: [signedBy(neighbour), notSigned, 'openssl'],
      spoiled: [
        makes((request) => authority.answer(request, null, ['-badsig'])),
        notSigned,
        'openssl',
      ],
    }
    await mkdir(certs)
    await writeFile(join(certs, 'swift.crt'), swift.certificate)
    await copyFile(authority.certificate, join(certs, 'openssl.crt'))
    for (const [name, [answer, , issuer]] of Object.entries(failures)) {
      for (const state of ['new', 'stapled']) {
        const path = `/${name}-${state}`
        const certificate = join(certs, `${path}.crt`)
        const url = responder.on(path, answer)
        if (issuer === 'swift')
          await writeFile(certificate, swift.issue({ serial: 1, responder: url }))
        else await authority.issue(certificate, { ocsp: [url], listed: name !== 'unknown-too' })
        if (state === 'stapled') await writeFile(`${certificate}.ocsp`, earlier)
      }
    }
    // What is wrong beside the certificate, rather than at the responder.
    const good = responder.on('/good', gives(swift.respond(1)))
    const noPlace = join(certs, 'no-place.crt')
    await writeFile(noPlace, swift.issue({ serial: 1, responder: good }))
    await mkdir(`${noPlace}.ocsp`)
    const orphan = join(certs, 'orphan.crt')
    await writeFile(orphan, new SwiftAuthority('Lost').issue({ serial: 1, responder: good }))
    const misled = join(certs, 'misled.crt')
    const caIssuers = responder.on('/wrong-issuer', gives(await readFile(stranger.certificate)))
    await namesake.issue(misled, { ocsp: [good], caIssuers })

    const { code, said, summary } = await StaplingDaemon.run([...quickly, '--certs', certs])
    assert.equal(code, 1)
    for (const [name, [, reason]] of Object.entries(failures)) {
      for (const state of ['new', 'stapled']) {
        const messages = saidOf(said, join(certs, `${name}-${state}.crt`))
        assert.deepEqual(
          messages.map((message) => message.replace(/: .*(; .*)/, '$1').replace(/[\d.]+ s/, '')),
          ['warning; next try in ', 'warning; next try in ', 'error; given up after 3 tries'],
        )
        for (const message of messages) assert.match(message, reason)
        assert.equal(responder.count(`/${name}-${state}`), 3, name)
      }
      const before = await readFile(join(certs, `${name}-stapled.crt.ocsp`))
      assert.deepEqual(before, earlier, name)
      assert.equal(existsSync(join(certs, `${name}-new.crt.ocsp`)), false, name)
    }
    const last = (path: string): string => saidOf(said, path)[2] ?? ''
    assert.match(last(noPlace), /^error: its staple cannot be written: .*given up after 3 tries$/)
    assert.match(last(orphan), /^error: its issuer 'CN=Lost' is nowhere; given up after 3 tries$/)
    assert.match(
      last(misled),
      /^error: .*wrong-issuer: not the certificate of its issuer; given up/,
    )
    assert.equal(responder.count('/good'), 3)
    assert.equal(responder.count('/wrong-issuer'), 3)
    const files = await readdir(certs)
    assert.deepEqual(
      files.filter((name) => name.endsWith('.tmp')),
      [],
    )
    const givenUp = Object.keys(failures).length * 2 + 3
    assert.match(summary, /^0 certificates of /)
    assert.match(summary, new RegExp(`^given up: ${givenUp} \\(`, 'm'))
    assert.match(summary, new RegExp(`^${givenUp * 2} warnings, ${givenUp} errors$`, 'm'))
  })
})

/** After how long each next try was announced. */
function nextTries(said: readonly string[], path: string): string[] {
  return saidOf(said, path).flatMap((message) => /next try in (.*)/.exec(message)?.[1] ?? [])
}
