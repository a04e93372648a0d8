import assert from 'node:assert/strict'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { Finder } from '../../examples/ocsp/finder.ts'
import { gives, refuses, Responder } from '../support/responder.ts'
import { saidOf, StaplingDaemon } from '../support/stapling-daemon.ts'
import { SwiftAuthority } from '../support/swift-authority.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const timeout = 300_000
const concurrency = true
const quickly = ['--retry-scale', '0.001', '--refresh-interval', '0.3', '--verbose']

async function oneCertificate(context: TestContext): Promise<{
  readonly directory: string
  readonly path: string
  readonly authority: SwiftAuthority
  readonly responder: Responder
}> {
  const directory = join(temporaryDirectory(context), 'certs')
  await mkdir(directory)
  const authority = new SwiftAuthority()
  const responder = await Responder.start(gives(authority.respond(1)))
  context.after(() => responder[Symbol.asyncDispose]())
  const path = join(directory, 'site.crt')
  await writeFile(path, authority.issue({ serial: 1, responder: responder.url('/1') }))
  return { directory, path, authority, responder }
}

describe('What comes late, or comes back', { timeout, concurrency }, () => {
  test('A directory that is away while a renewal is due is told of, and its certificates are renewed when it is back.', async (context) => {
    const { directory, authority, responder } = await oneCertificate(context)
    await writeFile(join(directory, 'ca.crt'), authority.certificate)
    await using daemon = new StaplingDaemon(['--certs', directory, ...quickly])
    await daemon.line(/site\.crt: stapled/)
    const missed = daemon.next(/site\.crt: changed or gone since it was found/)
    await rename(directory, `${directory}.away`)
    await daemon.line(/error: .*certs: ENOENT/)
    await missed
    await rename(`${directory}.away`, directory)
    const before = responder.count('/1')
    await responder.requests('/1', before + 3)
    assert.equal((await daemon.end()).code, 1)
    assert.equal(daemon.said.filter((line) => line.includes('ENOENT')).length, 1)
  })

  test('An issuer that is put beside its certificate after the first try is found by a later one.', async (context) => {
    const { directory, path, authority } = await oneCertificate(context)
    const scale = ['--retry-scale', '0.02', '--verbose']
    await using daemon = new StaplingDaemon(['--certs', directory, ...scale])
    await daemon.line(/site\.crt: its issuer .* is nowhere; next try in/)
    await writeFile(join(directory, 'ca.crt'), authority.certificate)
    await daemon.line(/site\.crt: stapled/)
    assert.equal((await daemon.end()).code, 0)
    assert.match(saidOf(daemon.said, path)[0] ?? '', /^warning: its issuer/)
  })

  test('A directory that cannot be read does not hide those beside it, and is told of once.', async (context) => {
    const home = temporaryDirectory(context)
    for (const name of ['a', 'b', 'c']) {
      await mkdir(join(home, name))
      await writeFile(join(home, name, 'site.crt'), name)
    }
    const finder = new Finder([home, join(home, 'nowhere')], null)
    const first = await finder.look()
    assert.equal(first.appeared.length, 3)
    assert.deepEqual(
      first.problems.map(({ path }) => path),
      [join(home, 'nowhere')],
    )
    await rm(join(home, 'b'), { recursive: true })
    await writeFile(join(home, 'b'), '')
    const second = await finder.look()
    assert.deepEqual(second.problems, [])
    assert.deepEqual(second.disappeared, [join(home, 'b', 'site.crt')])
    assert.equal(finder.size, 3)
  })

  test('Two kinds of failure that take turns are counted apart, so that each climbs its ladder.', async (context) => {
    const { directory, path, authority, responder } = await oneCertificate(context)
    await writeFile(join(directory, 'ca.crt'), authority.certificate)
    const [bad, away] = [gives('nonsense'), refuses(503)]
    const turns = Array.from({ length: 4 }, () => [bad, away]).flat()
    responder.on('/1', ...turns, gives(authority.respond(1)))
    const scale = ['--retry-scale', '0.0001', '--verbose']
    await using daemon = new StaplingDaemon(['--certs', directory, ...scale])
    await daemon.line(/site\.crt: stapled/)
    const delays = saidOf(daemon.said, path).flatMap((line) => {
      return /next try in (.*)/.exec(line)?.[1] ?? []
    })
    // The answer's 60, 120, 180 and 3600 s, the responder's 10 s three times and 3600 s; times the scale.
    const expected = ['0.01 s', '0 s', '0.01 s', '0 s', '0.02 s', '0 s', '0.36 s', '0.36 s']
    assert.deepEqual(delays, expected)
    assert.equal((await daemon.end()).code, 0)
  })

  test('A request follows a redirect that asks for it again.', async (context) => {
    const { directory, authority, responder } = await oneCertificate(context)
    await writeFile(join(directory, 'ca.crt'), authority.certificate)
    const location = responder.url('/elsewhere')
    responder.on('/1', (_, response) => void response.writeHead(307, { location }).end())
    responder.on('/elsewhere', (request, response) => {
      assert.ok(request.length > 0)
      response.end(authority.respond(1))
    })
    const { code, summary } = await StaplingDaemon.run(['--one-off', '--certs', directory])
    assert.equal(code, 0, summary)
    assert.equal(responder.count('/elsewhere'), 1)
  })

  test('Certificates whose issuers are at one dead address cost one request to it.', async (context) => {
    const { directory, responder } = await oneCertificate(context)
    const lost = new SwiftAuthority('Lost')
    const caIssuers = responder.on('/lost', refuses(500))
    for (const serial of [1, 2, 3]) {
      const certificate = lost.issue({ serial, responder: responder.url('/1'), caIssuers })
      await writeFile(join(directory, `lost-${serial}.crt`), certificate)
    }
    await rm(join(directory, 'site.crt'))
    const args = ['--one-off', '--retries', '1', '--certs', directory]
    const { code, said } = await StaplingDaemon.run(args)
    assert.equal(code, 1)
    assert.equal(said.filter((line) => line.includes('HTTP status 500; given up')).length, 3)
    assert.equal(responder.count('/lost'), 1)
  })

  test('A one-off run that is interrupted ends with 130.', async (context) => {
    const { directory, authority, responder } = await oneCertificate(context)
    await writeFile(join(directory, 'ca.crt'), authority.certificate)
    responder.on('/1', refuses(503))
    await using daemon = new StaplingDaemon(['--one-off', '--certs', directory])
    await daemon.line(/site\.crt: .*next try in 10 s/)
    assert.equal((await daemon.end()).code, 130)
  })
})
