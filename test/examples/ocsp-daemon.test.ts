import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { gives, Responder } from '../support/responder.ts'
import { saidOf, StaplingDaemon } from '../support/stapling-daemon.ts'
import { SwiftAuthority } from '../support/swift-authority.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const timeout = 300_000
/** They mostly wait for renewals. */
const concurrency = true
/** Each thread takes a moment to load what it needs. */
const alone = ['--renewal-threads', '1']
/** Staples valid for ten minutes, renewed after half of it times the scale: a second or two. */
const often = [...alone, '--retry-scale', '0.005', '--refresh-interval', '0.1', '--verbose']

/** A directory of certificates, and a responder that knows each by the serial number in its path. */
interface Site extends AsyncDisposable {
  readonly directory: string
  readonly authority: SwiftAuthority
  readonly responder: Responder
  /** Puts a certificate in place, whole. */
  put(name: string, serial: number): Promise<string>
}

async function openSite(context: TestContext): Promise<Site> {
  const directory = join(temporaryDirectory(context), 'certs')
  const authority = new SwiftAuthority()
  const responder = await Responder.start((_, response, path) => {
    response.end(authority.respond(Number(path.slice(1))))
  })
  await mkdir(directory)
  await writeFile(join(directory, 'authority.crt'), authority.certificate)
  return {
    directory,
    authority,
    responder,
    async put(name, serial) {
      const path = join(directory, name)
      const temporary = join(directory, `.${name}.part`)
      await writeFile(
        temporary,
        authority.issue({ serial, responder: responder.url(`/${serial}`) }),
      )
      await rename(temporary, path)
      return path
    },
    [Symbol.asyncDispose]: () => responder[Symbol.asyncDispose](),
  }
}

describe('The stapling daemon', { timeout, concurrency }, () => {
  test('A certificate that is removed is cancelled by its subject, and no request is made about it any more.', async (context) => {
    await using site = await openSite(context)
    const { responder, directory } = site
    const removed = await site.put('removed.crt', 11)
    await site.put('stays.crt', 12)
    await using daemon = new StaplingDaemon(['--certs', directory, ...often])
    await daemon.line(/removed\.crt: stapled/)
    await responder.requests('/12', 2)
    // Its next renewal is more than a second away.
    await daemon.next(/removed\.crt: stapled/)
    const cancelled = daemon.next(/removed\.crt: changed or gone; /)
    await rm(removed)
    assert.match(await cancelled, / info: .*; cancelled by subject: 1$/)
    const count = responder.count('/11')
    await responder.requests('/12', responder.count('/12') + 2)
    assert.equal(responder.count('/11'), count)
    const { code, summary } = await daemon.end()
    assert.equal(code, 0)
    assert.match(summary, /^1 certificate of /)
    assert.match(summary, / \+ 1 cancelled/)
  })

  test('A certificate that is changed is parsed anew and its staple is that of the new serial number; a new one is found.', async (context) => {
    await using site = await openSite(context)
    const { authority, responder, directory } = site
    const path = await site.put('changed.crt', 21)
    const staple = (): Promise<Buffer> => readFile(`${path}.ocsp`)
    await using daemon = new StaplingDaemon(['--certs', directory, ...often])
    await daemon.line(/changed\.crt: stapled/)
    assert.ok((await staple()).includes(authority.idOf(21)))
    await daemon.next(/changed\.crt: stapled/)
    const cancelled = daemon.next(/changed\.crt: changed or gone; /)
    await site.put('changed.crt', 22)
    assert.match(await cancelled, /cancelled by subject: 1$/)
    const count = responder.count('/21')
    await responder.requests('/22', 1)
    await daemon.next(/changed\.crt: stapled/)
    assert.ok((await staple()).includes(authority.idOf(22)))
    const found = daemon.next(/new\.crt: stapled/)
    await site.put('new.crt', 23)
    await found
    assert.ok((await readFile(join(directory, 'new.crt.ocsp'))).includes(authority.idOf(23)))
    await responder.requests('/22', 3)
    assert.equal(responder.count('/21'), count)
    const { code, summary } = await daemon.end()
    assert.equal(code, 0)
    assert.match(summary, /^2 certificates of /)
  })

  test('One that turns out to be revoked loses its staple.', async (context) => {
    await using site = await openSite(context)
    const { authority, responder, directory } = site
    const path = await site.put('site.crt', 31)
    responder.on(
      '/31',
      gives(authority.respond(31)),
      gives(authority.respond(31, { status: 'revoked' })),
    )
    await using daemon = new StaplingDaemon(['--certs', directory, ...often])
    await daemon.line(/site\.crt: stapled/)
    await daemon.line(/site\.crt: revoked at .*: it gets no staple/)
    assert.deepEqual(await staplesIn(directory), [])
    const { code, summary } = await daemon.end('SIGTERM')
    assert.equal(code, 0)
    assert.match(summary, /^0 certificates of .*\nrevoked: 1 \(site\.crt\)$/m)
    assert.equal(saidOf(daemon.said, path).at(-1)?.slice(0, 19), 'warning: revoked at')
  })

  test('One that is given up for now is tried again as its ladder says, and stapled in the end.', async (context) => {
    await using site = await openSite(context)
    const { authority, responder, directory } = site
    const path = await site.put('site.crt', 41)
    const bad = gives('nonsense')
    const good = gives(authority.respond(41))
    responder.on('/41', bad, bad, bad, bad, bad, bad, bad, good)
    const scale = [...alone, '--retry-scale', '0.00001', '--verbose']
    await using daemon = new StaplingDaemon(['--certs', directory, ...scale])
    await daemon.line(/site\.crt: stapled/)
    const tries = saidOf(daemon.said, path).flatMap((line) => {
      return /next try in (.*)/.exec(line)?.[1] ?? []
    })
    // 60, 120 and 180 s, an hour three times, then half a day; times the scale.
    assert.deepEqual(tries.slice(3), ['0.04 s', '0.04 s', '0.04 s', '0.43 s'])
    assert.equal(tries.length, 7)
    assert.equal((await daemon.end()).code, 0)
  })

  test('After a restart a staple that is valid for long enough is kept without a request, and another is renewed.', async (context) => {
    await using site = await openSite(context)
    const { authority, responder, directory } = site
    const long = { to: new Date(Date.now() + 24 * 3_600_000) }
    for (const [index, name] of ['kept', 'short', 'alien', 'cut'].entries())
      await site.put(`${name}.crt`, 51 + index)
    responder.on('/51', gives(authority.respond(51, long)))
    const args = [...alone, '--certs', directory, '--verbose']
    await using first = new StaplingDaemon(args)
    const named = ['kept', 'short', 'alien', 'cut']
    await Promise.all(named.map((name) => first.line(new RegExp(`${name}\\.crt: stapled`))))
    assert.equal((await first.end()).code, 0)
    const staple = join(directory, 'kept.crt.ocsp')
    const before = await readFile(staple)
    await writeFile(join(directory, 'alien.crt.ocsp'), authority.respond(99, long))
    const whole = authority.respond(54, long)
    await writeFile(join(directory, 'cut.crt.ocsp'), whole.subarray(0, whole.length - 1))

    await using second = new StaplingDaemon(args)
    const renewed = ['short', 'alien', 'cut'].map((name) => {
      return second.line(new RegExp(`${name}\\.crt: stapled, .*next renewal in`))
    })
    await second.line(/kept\.crt: kept its staple, valid until .*, next renewal in 2\d(\.\d)? h$/)
    await Promise.all(renewed)
    assert.deepEqual(Object.fromEntries(responder.counts), {
      '/51': 1,
      '/52': 2,
      '/53': 2,
      '/54': 2,
    })
    assert.deepEqual(await readFile(staple), before)
    const { code, summary } = await second.end()
    assert.equal(code, 0)
    assert.match(summary, /^4 certificates of /)

    await using third = new StaplingDaemon([...args, '--minimum-validity', String(25 * 3600)])
    await third.line(/kept\.crt: stapled/)
    assert.equal(responder.count('/51'), 2)
  })

  test('When a directory cannot be read for a while, its certificates are not given up.', async (context) => {
    await using site = await openSite(context)
    const { responder, directory } = site
    await site.put('site.crt', 61)
    const away = `${directory}-away`
    await using daemon = new StaplingDaemon(['--certs', directory, ...often])
    await daemon.line(/site\.crt: stapled/)
    const missed = daemon.next(/ error: .*certs: ENOENT/)
    await rename(directory, away)
    await missed
    await rename(away, directory)
    const count = responder.count('/61')
    await daemon.next(/site\.crt: stapled/)
    assert.ok(responder.count('/61') > count)
    assert.ok(!daemon.output.includes('cancelled by subject'))
    assert.equal((await daemon.end()).code, 1)
  })
})

describe('Its output', { timeout, concurrency }, () => {
  test('Piped, it is one line a look with the state of every queue and the next renewal.', async (context) => {
    await using site = await openSite(context)
    const { directory } = site
    await site.put('site.crt', 71)
    await using daemon = new StaplingDaemon([...alone, '--certs', directory])
    await daemon.line(/ renew\.scheduled=1 .* next=/)
    await daemon.next(/ files=/)
    const { code } = await daemon.end()
    assert.equal(code, 0)
    const lines = daemon.printed.filter((line) => / files=/.test(line))
    const queue = (name: string): string =>
      ['scheduled', 'queued', 'taken', 'done']
        .map((state) => `${name}\\.${state}=\\d+`)
        .concat(['p50', 'p99'].map((part) => `${name}\\.${part}=\\d+\\.\\d\\dms`))
        .join(' ')
    const instant = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'
    const queues = ['find', 'parse', 'renew', 'proxy-add', 'log'].map(queue).join(' ')
    const line = new RegExp(`^${instant} files=\\d+ ${queues}( next=${instant})?$`)
    for (const each of lines) assert.match(each, line)
    assert.match(lines.at(-1) ?? '', / files=2 find\.scheduled=1 .* renew\.done=1 .* next=/)
    const seconds = lines.map((each) => Date.parse(each.split(' ')[0] ?? '') / 1000)
    const gaps = seconds.slice(1, -1).map((at, index) => at - (seconds[index] ?? 0))
    context.diagnostic(`lines after ${gaps.map((gap) => gap.toFixed(3)).join(', ')} s`)
    // What was said of certificates is elsewhere, and the end is told after the last line.
    assert.deepEqual(daemon.said, [])
    const end = daemon.printed.slice(daemon.printed.lastIndexOf(lines.at(-1) ?? '') + 1)
    assert.match(end.join('\n'), /^1 certificate of .*\ncontexts added: (\d+) = .*\n.*\n0 warnings/)
  })

  test('A wrong option ends it with 2 and says what was expected, and help with 0.', async (context) => {
    const missing = join(temporaryDirectory(context), 'missing')
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [['--certs', missing], /^Expected --certs to be a directory, got '.*missing'\.$/],
      [['--renewal-threads', '0'], /^Expected --renewal-threads to be a whole .* 64, got '0'\.$/],
      [['--staple'], /Unknown option '--staple'/],
    ]
    for (const [args, message] of wrong) {
      const { code, said, printed } = await StaplingDaemon.run(args)
      assert.equal(code, 2, args.join(' '))
      assert.match(said[0] ?? '', message)
      assert.match(said.at(-1) ?? '', /--help$/)
      assert.deepEqual(printed, [])
    }
    const { code, said, printed } = await StaplingDaemon.run(['--help'])
    assert.deepEqual([code, said], [0, []])
    for (const option of ['certs', 'out', 'one-off', 'retries', 'retry-scale', 'haproxy-socket'])
      assert.ok(printed.join('\n').includes(`--${option}`))
  })
})

async function staplesIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.ocsp'))
}
