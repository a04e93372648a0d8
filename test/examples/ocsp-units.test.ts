import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { sweepLeftovers, writeAtomically } from '../../examples/ocsp/atomic-file.ts'
import {
  addressesOf,
  isIssuedBy,
  readCertificates,
  versionOf,
} from '../../examples/ocsp/certificate.ts'
import { delayAfter, reasonOf, StapleFailure, type Ladder } from '../../examples/ocsp/failures.ts'
import { Finder, isCandidate } from '../../examples/ocsp/finder.ts'
import { readStaple, requestFor } from '../../examples/ocsp/ocsp.ts'
import { readOptions, UsageError } from '../../examples/ocsp/options.ts'
import { SwiftAuthority } from '../support/swift-authority.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

describe('The retry ladders', () => {
  const climb = (ladder: Ladder, responders: number, count: number): (number | null)[] =>
    Array.from({ length: count }, (_, n) => delayAfter(ladder, n + 1, responders))

  test('After a failure of a file it waits 60, 120 and 180 s, an hour three times, and then no more.', () => {
    assert.deepEqual(climb('file', 3, 8), [60, 120, 180, 3600, 3600, 3600, null, null])
  })

  test('After a bad response it waits the same, and then half a day for ever.', () => {
    const ladder = [60, 120, 180, 3600, 3600, 3600, 43_200, 43_200]
    assert.deepEqual(climb('response', 3, 8), ladder)
    assert.equal(delayAfter('response', 1000, 1), 43_200)
  })

  test('After no response it waits 10 s and an hour, three times for each responder, and then half a day shared by all.', () => {
    assert.deepEqual(climb('responder', 1, 8), [10, 10, 10, 3600, 3600, 3600, 43_200, 43_200])
    const ofTwo = [...Array(6).fill(10), ...Array(6).fill(3600), 21_600, 21_600]
    assert.deepEqual(climb('responder', 2, 14), ofTwo)
  })

  test('The reason of a failed fetch is that of its cause, and of several errors all of theirs.', () => {
    const several = new AggregateError(
      [new Error('::1 refused'), new Error('127.0.0.1 refused')],
      '',
    )
    const failed = new TypeError('fetch failed', { cause: several })
    assert.equal(reasonOf(failed), '::1 refused, 127.0.0.1 refused')
    assert.equal(reasonOf(new StapleFailure('file', 'no such file', failed)), 'no such file')
    assert.equal(reasonOf('thrown'), 'thrown')
  })
})

describe('The finder', () => {
  test('It tells what appeared, changed and went since the last look, and never tells it twice.', async (context) => {
    const home = temporaryDirectory(context)
    const path = (name: string): string => join(home, name)
    mkdirSync(path('below'))
    for (const name of ['a.crt', 'b.crt', 'below/c.pem']) writeFileSync(path(name), name)
    const finder = new Finder([home], null)
    const first = await finder.look()
    assert.deepEqual(
      first.appeared.map((file) => [file.path, file.staple]),
      ['a.crt', 'b.crt', 'below/c.pem'].map((name) => [path(name), path(`${name}.ocsp`)]),
    )
    assert.deepEqual([first.changed, first.disappeared], [[], []])
    writeFileSync(path('a.crt'), 'of another size')
    rmSync(path('b.crt'))
    writeFileSync(path('d.crt'), '')
    const second = await finder.look()
    assert.deepEqual(paths(second.appeared), [path('d.crt')])
    assert.deepEqual(paths(second.changed), [path('a.crt')])
    assert.deepEqual(second.disappeared, [path('b.crt')])
    const third = await finder.look()
    assert.deepEqual([third.appeared, third.changed, third.disappeared], [[], [], []])
    assert.equal(finder.size, 3)
  })

  test('Keys, staples, requests and hidden files are none of its business, and a directory that leads back is entered once.', async (context) => {
    const home = temporaryDirectory(context)
    const others = [
      'a.key',
      'a.crt.ocsp',
      'a.CSR',
      '.a.crt',
      'a.issuer',
      'a.sctl',
      'a.srl',
      'a.cnf',
    ]
    for (const name of [...others, 'a.crt']) writeFileSync(join(home, name), name)
    symlinkSync(home, join(home, 'back'))
    symlinkSync(join(home, 'nowhere'), join(home, 'dangling.crt'))
    assert.deepEqual(others.filter(isCandidate), [])
    const { appeared, problems } = await new Finder([home], null).look()
    assert.deepEqual(paths(appeared), [join(home, 'a.crt')])
    assert.deepEqual(problems, [])
  })

  test('Below --out a staple has the same relative path, and of two with the same place the first is found.', async (context) => {
    const home = temporaryDirectory(context)
    const directories = ['x', 'y'].map((name) => join(home, name))
    for (const directory of directories) {
      mkdirSync(join(directory, 'deep'), { recursive: true })
      writeFileSync(join(directory, 'deep', 'same.crt'), '')
    }
    writeFileSync(join(home, 'y', 'other.crt'), '')
    const finder = new Finder(directories, join(home, 'out'))
    const { appeared, problems } = await finder.look()
    assert.deepEqual(
      appeared.map(({ staple }) => staple),
      ['deep/same.crt.ocsp', 'other.crt.ocsp'].map((name) => join(home, 'out', name)),
    )
    const [x = '', y = ''] = directories.map((directory) => join(directory, 'deep', 'same.crt'))
    assert.deepEqual(problems, [
      { path: y, reason: `passed over, its staple would be that of ${x}` },
    ])
  })
})

describe('A response', () => {
  const authority = new SwiftAuthority()
  const now = new Date()
  const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)
  const der = (pem: string): Uint8Array => new X509Certificate(pem).raw
  const read = (response: Uint8Array, at = now, serial = 5): ReturnType<typeof readStaple> =>
    readStaple(response, der(authority.issue({ serial })), der(authority.certificate), at)
  const refused = (message: RegExp) => (error: unknown) =>
    error instanceof StapleFailure && error.ladder === 'response' && message.test(error.message)

  test('A good one says so, and since and until when.', async () => {
    const response = authority.respond(5, { from: later(-60), to: later(600) })
    const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1000) * 1000)
    assert.deepEqual(await read(response), {
      status: 'good',
      thisUpdate: wholeSeconds(later(-60)),
      nextUpdate: wholeSeconds(later(600)),
      revokedAt: null,
    })
    const open = await read(authority.respond(5, { to: null }))
    assert.deepEqual([open.status, open.nextUpdate], ['good', null])
  })

  test('One of a revoked certificate says since when it is.', async () => {
    const revoked = await read(authority.respond(5, { status: 'revoked', from: later(-60) }))
    assert.equal(revoked.status, 'revoked')
    assert.equal(Math.floor(later(-60).getTime() / 1000), Number(revoked.revokedAt) / 1000)
  })

  test('It is taken until its end and from five minutes before its beginning, clocks being what they are.', async () => {
    const response = authority.respond(5, { from: later(0), to: later(600) })
    assert.equal((await read(response, later(598))).status, 'good')
    await assert.rejects(read(response, later(600)), refused(/it ended at/))
    assert.equal((await read(response, later(-298))).status, 'good')
    await assert.rejects(read(response, later(-302)), refused(/which is to come/))
  })

  test('One about another certificate, unknown, changed, cut off or of a namesake is refused.', async () => {
    const response = authority.respond(5)
    await assert.rejects(read(authority.respond(6)), refused(/about another certificate/))
    const unknown = authority.respond(5, { status: 'unknown' })
    await assert.rejects(read(unknown), refused(/does not know the certificate/))
    await assert.rejects(read(new SwiftAuthority().respond(5)), refused(/signature|certificate/))
    for (const at of [0, 30, 60, 100, response.length - 1]) {
      const changed = Buffer.from(response)
      changed[at] = (changed[at] ?? 0) ^ 1
      await assert.rejects(read(changed), StapleFailure)
      await assert.rejects(read(response.subarray(0, at)), StapleFailure)
    }
  })

  test('A request contains the number of its certificate as every responder knows it, and nothing else.', async () => {
    const certificate = der(authority.issue({ serial: 77 }))
    const request = Buffer.from(await requestFor(certificate, der(authority.certificate)))
    assert.ok(request.includes(authority.idOf(77)))
    assert.ok(request.length < authority.idOf(77).length + 10)
  })
})

describe('A certificate', () => {
  test('It is read in PEM and DER, beside keys and after text, and nothing else is taken for one.', async (context) => {
    const home = temporaryDirectory(context)
    const authority = new SwiftAuthority()
    const pem = authority.issue({ serial: 8, name: 'eight' })
    const key = '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'
    const files = {
      'plain.crt': [pem, ['CN=eight'], false],
      'chain.pem': [
        `${key}text\n${pem}${authority.certificate}`,
        ['CN=eight', 'CN=Swift authority'],
        true,
      ],
      'windows.crt': [pem.replaceAll('\n', '\r\n'), ['CN=eight'], false],
      'der.cer': [new X509Certificate(pem).raw, ['CN=eight'], false],
      'key.pem': [key, [], true],
      'broken.crt': [pem.replace(/\n.{30}/, '\n'), [], false],
      'cut.der': [new X509Certificate(pem).raw.subarray(0, 100), [], false],
      'empty.crt': ['', [], false],
      'film.mp4': [`${pem}${' '.repeat(1024 * 1024)}`, [], false],
    } as const
    for (const [name, [content, subjects, hasOther]] of Object.entries(files)) {
      writeFileSync(join(home, name), content)
      const read = await readCertificates(join(home, name))
      assert.deepEqual(
        [read.certificates.map(({ subject }) => subject), read.hasOther],
        [subjects, hasOther],
        name,
      )
    }
    await assert.rejects(
      readCertificates(join(home, 'missing.crt')),
      (error) => error instanceof StapleFailure && error.ladder === 'file',
    )
  })

  test('Its issuer is who signed it, not who bears the same name.', () => {
    const [authority, namesake] = [new SwiftAuthority(), new SwiftAuthority()]
    const [issuer, other] = [authority, namesake].map(
      (each) => new X509Certificate(each.certificate),
    )
    const certificate = new X509Certificate(authority.issue({ serial: 9 }))
    assert.ok(issuer && other)
    assert.equal(isIssuedBy(certificate, issuer), true)
    assert.equal(isIssuedBy(certificate, other), false)
    assert.equal(isIssuedBy(certificate, certificate), false)
  })

  test('Of its addresses those are given that HTTP can reach, also those that need quotes.', () => {
    const authority = new SwiftAuthority()
    const of = (responder: string): readonly string[] =>
      addressesOf(new X509Certificate(authority.issue({ serial: 10, responder })), 'OCSP')
    for (const url of ['http://ocsp.example/', 'https://ocsp.example/a,b', 'http://[::1]:80/"a"'])
      assert.deepEqual(of(url), [url])
    for (const url of ['ldap://ocsp.example/', 'file:///etc/passwd', 'nonsense', ''])
      assert.deepEqual(of(url), [])
    const plain = new X509Certificate(authority.issue({ serial: 10 }))
    assert.deepEqual(addressesOf(plain, 'OCSP'), [])
    assert.deepEqual(addressesOf(plain, 'CA Issuers'), [])
  })

  test('Its version changes with each write, also of the same content, and there is none of what is not a file.', async (context) => {
    const home = temporaryDirectory(context)
    const path = join(home, 'a.crt')
    assert.equal(await versionOf(path), null)
    assert.equal(await versionOf(home), null)
    await writeAtomically(path, Buffer.from('same'))
    const first = await versionOf(path)
    await writeAtomically(path, Buffer.from('same'))
    assert.notEqual(await versionOf(path), first)
  })
})

describe('An atomic file', () => {
  test('Whoever reads it while it is written again and again sees one content or the other, whole.', async (context) => {
    const path = join(temporaryDirectory(context), 'deep', 'a.ocsp')
    const contents = [Buffer.alloc(100_000, 'a'), Buffer.alloc(50_000, 'b')]
    await writeAtomically(path, contents[0] ?? Buffer.of())
    const over = new AbortController()
    const writes = (async () => {
      for (let n = 1; n <= 50; n++) await writeAtomically(path, contents[n % 2] ?? Buffer.of())
      over.abort()
    })()
    let seen = 0
    while (!over.signal.aborted) {
      const content = readFileSync(path)
      assert.ok(contents.some((each) => each.equals(content)))
      seen++
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writes
    assert.ok(seen > 0)
    assert.deepEqual(readdirSync(join(path, '..')), ['a.ocsp'])
  })

  test('When it cannot be written, nothing is left beside it.', async (context) => {
    const home = temporaryDirectory(context)
    mkdirSync(join(home, 'taken', 'by a directory'), { recursive: true })
    await assert.rejects(writeAtomically(join(home, 'taken'), Buffer.from('a')))
    assert.deepEqual(readdirSync(home), ['taken'])
  })

  test('What a process left that has ended is swept, and what a living one writes, or anybody else, is not.', async (context) => {
    const home = temporaryDirectory(context)
    const { pid: dead } = spawnSync(process.execPath, ['--version'])
    mkdirSync(join(home, 'below'))
    const leftovers = [`.a.ocsp.${dead}-1-7.tmp`, `below/.b.ocsp.${dead}-2-1.tmp`]
    const own = `.c.ocsp.${process.pid}-1-1.tmp`
    const others = [
      `.d.ocsp.${process.ppid}-0-1.tmp`,
      '.tmp',
      '.e.tmp',
      `f.${dead}-1-1.tmp`,
      'g.ocsp',
    ]
    for (const name of [...leftovers, own, ...others]) writeFileSync(join(home, name), '')
    await sweepLeftovers(home)
    assert.deepEqual(readdirSync(home).toSorted(), ['below', ...others].toSorted())
    assert.deepEqual(readdirSync(join(home, 'below')), [])
    await sweepLeftovers(join(home, 'missing'))
  })
})

describe('The options', () => {
  test('Each number outside of what it may be is refused, and says what was expected and what came.', () => {
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [['--renewal-threads', '65'], /^Expected --renewal-threads to be .* 1 to 64, got '65'\.$/],
      [['--retry-scale', 'fast'], /^Expected --retry-scale to be a number .*, got 'fast'\.$/],
      [['--retry-scale', '0'], /^Expected --retry-scale to be a number .*, got '0'\.$/],
      [['--minimum-validity='], /^Expected --minimum-validity to be a number .*, got ''\.$/],
      [['--refresh-interval', '0'], /^Expected --refresh-interval to be a number from 0\.1 /],
      [['--retries', '1.5'], /^Expected --retries to be a whole number .*, got '1\.5'\.$/],
      [['--out='], /^Expected --out to be a path, got nothing\.$/],
      [['--haproxy-socket='], /^Expected --haproxy-socket to be a path, got nothing\.$/],
      [
        ['--certs', 'no such place'],
        /^Expected --certs to be a directory, got 'no such place': ENOENT/,
      ],
      [
        ['--certs', process.execPath],
        /^Expected --certs to be a directory, got '.*': it is a file\.$/,
      ],
      [['--certs'], /'--certs <value>' argument missing/],
      [['file.crt'], /Unexpected argument 'file\.crt'/],
    ]
    for (const [args, message] of wrong) {
      assert.throws(
        () => readOptions(args),
        (error) => error instanceof UsageError && message.test(error.message),
        args.join(' '),
      )
    }
  })

  test('Without any, they are those that the help names; a one-off run has three tries.', () => {
    const options = readOptions([])
    assert.deepEqual(options, {
      directories: [],
      out: null,
      renewalThreads: 2,
      settings: {
        refreshInterval: 60,
        minimumValidity: 7200,
        retryScale: 1,
        maxTries: null,
        haproxySocket: null,
        oneOff: false,
      },
      verbose: false,
    })
    assert.equal(readOptions(['--one-off'])?.settings.maxTries, 3)
    assert.equal(readOptions(['--one-off', '--retries', '5'])?.settings.maxTries, 5)
    assert.equal(readOptions(['--help']), null)
    const directories = ['.', '..', process.cwd()]
    const several = readOptions(directories.flatMap((directory) => ['--certs', directory]))
    assert.deepEqual(several?.directories, ['.', '..'], 'each once, whatever it is called')
  })
})

function paths(files: readonly { readonly path: string }[]): string[] {
  return files.map(({ path }) => path)
}
