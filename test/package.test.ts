import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly workspaces?: unknown
}

const root = new URL('.', import.meta.resolve('scheduler-thread/package.json'))
const manifest = JSON.parse(read('package.json')) as Manifest

describe('The published package', () => {
  const packing = pack()

  test('It holds the compiled sources, the sources, the documentation and nothing else.', async () => {
    const expected =
      /^(?:dist\/src\/.+\.(?:js|d\.ts|js\.map)|src\/.+|docs\/.+|(?:README|CHANGELOG)\.md|LICENSE|package\.json)$/
    assert.deepEqual(
      (await packing).filter((path) => !expected.test(path)),
      [],
    )
  })

  test('It holds no test, benchmark or example.', async () => {
    const unwanted = /(?:^|\/)(?:test|bench|examples|fixtures)\/|\.test\./
    assert.deepEqual(
      (await packing).filter((path) => unwanted.test(path)),
      [],
    )
  })

  test('It holds its licence, its changelog and a README.', async () => {
    const files = await packing
    for (const path of ['LICENSE', 'CHANGELOG.md', 'README.md']) {
      assert.ok(files.includes(path), path)
    }
  })

  test('It holds every file that its exports name.', async () => {
    const files = await packing
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    )
    assert.deepEqual(
      targets.filter((target) => !files.includes(target.replace('./', ''))),
      [],
    )
  })

  test('It holds the source of every compiled file, for the source maps.', async () => {
    const files = await packing
    const compiled = files.filter((path) => /^dist\/src\/.*\.js$/.test(path))
    assert.notEqual(compiled.length, 0)
    assert.deepEqual(
      compiled.filter((path) => !files.includes(path.slice(5).replace(/\.js$/, '.ts'))),
      [],
    )
  })

  test('It brings at most three packages with it.', () => {
    assert.ok(Object.keys(manifest.dependencies).length <= 3)
  })
})

describe('The project', () => {
  test('Every script is described in CONTRIBUTING.md.', () => {
    const page = read('CONTRIBUTING.md')
    const commands = Object.keys(manifest.scripts).map((script) =>
      ['start', 'test'].includes(script) ? `\`npm ${script}\`` : `\`npm run ${script}\``,
    )
    assert.deepEqual(
      commands.filter((command) => !page.includes(command)),
      [],
    )
  })

  test('The lock files name no registry.', () => {
    for (const path of ['package-lock.json', 'bench/package-lock.json']) {
      assert.doesNotMatch(read(path), /"resolved"/, path)
    }
  })

  test('Nothing of what is measured beside it is needed to build, check or test it.', () => {
    const { dependencies, devDependencies, workspaces } = manifest
    const bench = JSON.parse(read('bench/package.json')) as Manifest & { private: boolean }
    const own = { ...dependencies, ...devDependencies }
    const shared = Object.keys(bench.dependencies).filter((name) => name in own)
    // The one that is both keeps the product's worker threads.
    assert.deepEqual(shared, ['piscina'])
    assert.equal(workspaces, undefined)
    assert.equal(bench.private, true)
  })
})

/** The paths that `npm publish` would send. */
async function pack(): Promise<string[]> {
  // The coverage of npm itself is of no interest, and writing it takes longer than packing.
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], {
    cwd: fileURLToPath(root),
    env,
  })
  const [report] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }]
  return report.files.map(({ path }) => path)
}

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}
