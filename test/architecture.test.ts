import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as rules from './support/architecture-rules.ts'
import { importsOf, maskSource } from './support/source-scan.ts'

const root = new URL('.', import.meta.resolve('scheduler-thread/package.json'))
const manifest = JSON.parse(read('package.json')) as rules.Manifest & {
  readonly devDependencies: Readonly<Record<string, string>>
}

describe('The source tree', () => {
  const sources = readSources()

  test('There are sources to look at.', () => {
    assert.ok(sources.has('index.ts'))
  })

  test('No file is longer than 400 lines.', () => {
    assert.deepEqual(rules.filesAreShort(sources), [])
  })

  test('Every file is in src itself or in one of its known folders.', () => {
    assert.deepEqual(rules.filesAreInKnownFolders(sources), [])
  })

  test('Every file has a kebab-case name that says what is inside.', () => {
    assert.deepEqual(rules.namesSaySomething(sources), [])
  })

  test('A file imports from its own folder or from a lower layer.', () => {
    assert.deepEqual(rules.importsPointDown(sources), [])
  })

  test('No file reaches itself through its imports.', () => {
    assert.deepEqual(rules.importsHaveNoCycle(sources), [])
  })

  test('Constants of layouts are made constants of whoever uses them.', () => {
    assert.ok([...sources.keys()].filter((file) => file.endsWith('-layout.ts')).length > 3)
    assert.deepEqual(rules.layoutsAreTakenApart(sources), [])
  })

  test('The layers core and triggers import nothing of Node.', () => {
    assert.deepEqual(rules.lowLayersKnowNoNode(sources), [])
  })

  test('The core imports heap-js and denque and no other package.', () => {
    assert.deepEqual(rules.coreHasTwoDependencies(sources), [])
  })

  test('The core starts no timer and creates no promise.', () => {
    assert.deepEqual(rules.coreIsSynchronous(sources), [])
  })

  test('Only two files read the time.', () => {
    assert.deepEqual(rules.twoFilesReadTheTime(sources), [])
  })

  test('Only thread and executors touch worker_threads.', () => {
    assert.deepEqual(rules.threadsHaveTwoOwners(sources), [])
  })

  test('Every export has a name.', () => {
    assert.deepEqual(rules.exportsHaveNames(sources), [])
  })

  test('Every package that is imported is declared in package.json.', () => {
    assert.deepEqual(rules.importsAreDeclared(sources, manifest), [])
  })

  test('Every dependency is explained in docs/architecture.md.', () => {
    assert.deepEqual(rules.dependenciesAreExplained(manifest, read('docs/architecture.md')), [])
  })

  test('Every development dependency is explained in CONTRIBUTING.md.', () => {
    const { name, devDependencies } = manifest
    const tools = { name, dependencies: devDependencies }
    assert.deepEqual(rules.dependenciesAreExplained(tools, read('CONTRIBUTING.md')), [])
  })
})

describe('The rules', () => {
  test('A tree that keeps them all is praised.', () => {
    const sources = tree({
      'index.ts': "export { Thread } from './thread/client.ts'\n",
      'core/clock.ts': 'export interface Clock { now(): number }\n',
      'core/table.ts': "import { Heap } from 'heap-js'\nimport type { Clock } from './clock.ts'\n",
      'triggers/date.ts': "import type { Clock } from '../core/clock.ts'\n",
      'thread/system-clock.ts': 'export const now = (): number => Date.now()\n',
      'thread/client.ts':
        "import { Worker } from 'node:worker_threads'\nimport { Date } from '../triggers/date.ts'\n",
    })
    for (const rule of [
      rules.filesAreShort,
      rules.filesAreInKnownFolders,
      rules.namesSaySomething,
      rules.importsPointDown,
      rules.importsHaveNoCycle,
      rules.layoutsAreTakenApart,
      rules.lowLayersKnowNoNode,
      rules.coreHasTwoDependencies,
      rules.coreIsSynchronous,
      rules.twoFilesReadTheTime,
      rules.threadsHaveTwoOwners,
      rules.exportsHaveNames,
    ]) {
      assert.deepEqual(rule(sources), [], rule.name)
    }
  })

  test('A file of 401 lines is caught, one of 400 is not.', () => {
    const sources = tree({ 'core/a.ts': 'x\n'.repeat(400), 'core/b.ts': 'x\n'.repeat(400) + 'x' })
    assert.deepEqual(rules.filesAreShort(sources), ['core/b.ts has 401 lines, the limit is 400'])
  })

  test('A file in an unknown folder is caught, one in a folder below a known one is not.', () => {
    const sources = tree({ 'lib/a.ts': '', 'cli/commands/run.ts': '' })
    assert.deepEqual(rules.filesAreInKnownFolders(sources), ['lib/a.ts is in no known folder'])
  })

  test('A file or folder with an empty or badly written name is caught.', () => {
    const sources = tree({
      'core/utils.ts': '',
      'core/helper.ts': '',
      'thread/common/a.ts': '',
      'stores/types.ts': '',
      'interfaces.ts': '',
      'jobs/jobTable.ts': '',
      'core/task-queue.ts': '',
    })
    assert.equal(rules.namesSaySomething(sources).length, 6)
  })

  test('An import from a higher layer is caught.', () => {
    const sources = tree({ 'core/a.ts': "import { b } from '../jobs/b.ts'\n", 'jobs/b.ts': '' })
    assert.deepEqual(rules.importsPointDown(sources), [
      'core/a.ts:1 imports jobs/b.ts, which is not in a lower layer',
    ])
  })

  test('An import from a folder beside it is caught, in both pairs and in both directions.', () => {
    for (const [left, right] of [
      ['thread', 'engines'],
      ['cli', 'http'],
    ]) {
      const sources = tree({
        [`${left}/a.ts`]: `import type { B } from '../${right}/b.ts'\n`,
        [`${right}/b.ts`]: `export * from '../${left}/a.ts'\n`,
      })
      assert.equal(rules.importsPointDown(sources).length, 2, left)
    }
  })

  test('An import of the index, of the own package or of a file outside src is caught.', () => {
    const sources = tree({
      'index.ts': '',
      'http/a.ts': "import '../index.ts'\n",
      'http/b.ts': "const all = await import('scheduler-thread')\n",
      'http/c.ts': "import { root } from '../../test/support/root.ts'\n",
      'http/d.ts': "import.meta.resolve('scheduler-thread/package.json')\n",
    })
    assert.deepEqual(
      rules.importsPointDown(sources).map((fault) => fault.slice(0, 'http/a.ts'.length)),
      ['http/a.ts', 'http/b.ts', 'http/c.ts'],
    )
  })

  test('A cycle is caught, also one that is made of types only.', () => {
    const sources = tree({
      'core/a.ts': "import type { B } from './b.ts'\n",
      'core/b.ts': "export type B = import('./c.ts').C\n",
      'core/c.ts': "import { type A } from './a.ts'\n",
      'core/d.ts': "import './a.ts'\n",
    })
    assert.deepEqual(rules.importsHaveNoCycle(sources), [
      'a cycle: core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts',
    ])
  })

  test('A name that is imported from a layout is caught, a namespace is not.', () => {
    const sources = tree({
      'core/a.ts': "import { word } from './page-layout.ts'\n",
      'core/b.ts': "import * as pageLayout from './page-layout.ts'\nconst { word } = pageLayout\n",
      'thread/c.ts': "import {\n  word,\n  other,\n} from '../core/task-layout.ts'\n",
    })
    assert.deepEqual(
      rules.layoutsAreTakenApart(sources).map((fault) => fault.split(' ')[0]),
      ['core/a.ts', 'thread/c.ts'],
    )
  })

  test('A module of Node in core or triggers is caught, with and without its prefix.', () => {
    const sources = tree({
      'core/a.ts': "import { inspect } from 'node:util'\n",
      'triggers/b.ts': "import { join } from 'path'\n",
      'jobs/c.ts': "import { join } from 'node:path'\n",
    })
    assert.deepEqual(
      rules.lowLayersKnowNoNode(sources).map((fault) => fault.split(' ')[0]),
      ['core/a.ts:1', 'triggers/b.ts:1'],
    )
  })

  test('A third package in core is caught.', () => {
    const sources = tree({
      'core/a.ts': "import Denque from 'denque'\nimport { x } from '@scope/name/part'\n",
    })
    assert.deepEqual(rules.coreHasTwoDependencies(sources), [
      'core/a.ts:2 imports @scope/name, but core imports only denque and heap-js',
    ])
  })

  test('A timer or a promise in core is caught, the type of a promise is not.', () => {
    const offences = [
      'setTimeout(f, 1)',
      'queueMicrotask(f)',
      'process.nextTick(f)',
      'new Promise(f)',
      'Promise.resolve()',
      'async function f() {}',
      'const f = async () => {}',
      'const f = async x => x',
      'class A { async #f() {} }',
      'class A { async [Symbol.asyncDispose]() {} }',
      'await f()',
    ]
    for (const text of offences) {
      assert.notEqual(rules.coreIsSynchronous(tree({ 'core/a.ts': text })).length, 0, text)
      assert.deepEqual(rules.coreIsSynchronous(tree({ 'thread/a.ts': text })), [])
    }
    const type = 'export interface A { async: boolean; f(): Promise<void> }\n// never await\n'
    assert.deepEqual(rules.coreIsSynchronous(tree({ 'core/a.ts': type })), [])
  })

  test('Every way to read the time is caught outside the two files that may.', () => {
    const offences = [
      'const now = Date.now()',
      'const read = Date.now',
      'const now = new Date()',
      'const now = new Date',
      'const now = Date()',
      "const now = Date['now']()",
      'const { now } = Date',
      'const now = performance.now()',
      'const origin = performance.timeOrigin',
      'const { now } = performance',
      'const now = process.hrtime.bigint()',
      "import { hrtime } from 'node:process'",
      'const now = process.uptime()',
      'const text = `at ${Date.now()}`',
    ]
    for (const text of offences) {
      assert.notEqual(rules.twoFilesReadTheTime(tree({ 'jobs/a.ts': text })).length, 0, text)
      const allowed = tree({ 'thread/system-clock.ts': text, 'triggers/present.ts': text })
      assert.deepEqual(rules.twoFilesReadTheTime(allowed), [])
    }
  })

  test('A given time is not a reading of the clock, and neither is a comment or a string.', () => {
    const text = [
      'const then = new Date(clock.wall())',
      'const days: Date[] = []',
      'const trigger = new DateTrigger()',
      'const zero = Date.UTC(1970, 0)',
      '// Date.now() is for the clock',
      '/* new Date() too */',
      "const advice = 'do not call Date.now()'",
      'const pattern = /Date.now()/',
    ].join('\n')
    assert.deepEqual(rules.twoFilesReadTheTime(tree({ 'jobs/a.ts': text })), [])
  })

  test('A use of worker_threads outside thread and executors is caught.', () => {
    const text = "import { Worker } from 'node:worker_threads'\n"
    const sources = tree({ 'thread/a.ts': text, 'executors/b.ts': text, 'worker.ts': text })
    assert.deepEqual(rules.threadsHaveTwoOwners(sources), [
      'worker.ts:1 imports node:worker_threads, but only thread and executors do',
    ])
  })

  test('A default export is caught in each of its forms.', () => {
    const offences = [
      'export default function f() {}',
      'export default 1',
      'export { f as default }',
      "export { default } from './f.ts'",
      "export { a, default, b } from './f.ts'",
      'export = f',
    ]
    for (const text of offences) {
      assert.equal(rules.exportsHaveNames(tree({ 'core/a.ts': text })).length, 1, text)
    }
    const named =
      "export { default as Queue } from 'denque'\nimport { default as D } from 'denque'\n"
    assert.deepEqual(rules.exportsHaveNames(tree({ 'core/a.ts': named })), [])
  })

  test('A package that package.json does not declare is caught.', () => {
    const sources = tree({
      'stores/sql.ts': "import 'node:fs'\nimport 'kysely/helpers'\nawait import('pg')\n",
    })
    const declared = { name: 'x', dependencies: {}, peerDependencies: { kysely: '1' } }
    assert.deepEqual(rules.importsAreDeclared(sources, declared), [
      'stores/sql.ts:3 imports pg, which package.json does not declare',
    ])
  })

  test('A dependency that the page does not name is caught, also when a longer name is there.', () => {
    const declared = { name: 'x', dependencies: { redis: '1', 'heap-js': '2' } }
    const page = 'We use `heap-js`, and not ioredis, redis-om or @scope/redis.'
    assert.deepEqual(rules.dependenciesAreExplained(declared, page), [
      'redis is a dependency, but the page does not name it',
    ])
  })
})

describe('The scanner', () => {
  test('It finds every form of import, over several lines too, and its line.', () => {
    const text = [
      "import a, { b } from './1.ts'",
      'import {',
      '  c,',
      "} from './2.ts'",
      "import './3.ts'",
      "export * from './4.ts'",
      "export type { D } from './5.ts'",
      'const e = await import("./6.ts")',
      "type F = import('./7.ts').F",
      "const g = require('./8.ts')",
    ].join('\n')
    const found = importsOf(text).map(({ specifier, line }) => `${specifier} ${line}`)
    const expected = '1.ts 1|2.ts 4|3.ts 5|4.ts 6|5.ts 7|6.ts 8|7.ts 9|8.ts 10'
    assert.deepEqual(
      found,
      expected.split('|').map((each) => `./${each}`),
    )
  })

  test('It finds nothing in comments, strings, templates and regular expressions.', () => {
    const text = [
      "// import a from 'a'",
      "/* import b from 'b' */",
      'const c = "import c from \'c\'"',
      "const d = `import d from 'd' ${`import e from 'e'`}`",
      "const f = /from 'f'/",
      "const from = ['g']",
      'const h = 1 / 2 // from "h"',
      "const i = Array.from('i')",
    ].join('\n')
    assert.deepEqual(importsOf(text), [])
  })

  test('It is not led astray by quotes in regular expressions or by slashes in strings.', () => {
    const text = [
      '#!/usr/bin/env node',
      "const a = /['\"`/*]/g.test('//')",
      "const b = 'it\\'s /* no comment'",
      "const c = (1 + 2) / 3 / 4 + this.#c / $c / '/'",
      'const d = `${{ e: `}` }.e} \\` ${1}`',
      'let e = 6; const f = e++ / 2',
      "import { g } from './g.ts'",
    ].join('\n')
    assert.deepEqual(importsOf(text), [{ specifier: './g.ts', line: 7 }])
  })

  test('It keeps the length, the line breaks and the code inside a template.', () => {
    const text = "const a = `x\n${b('c')} y` // d\n"
    assert.equal(maskSource(text), "const a = `_\n${b('_')}__`     \n")
  })

  test('It refuses a file that it cannot read to the end.', () => {
    assert.throws(() => maskSource("const a = 'b\n", 'core/a.ts'), /core\/a\.ts:1 a string/)
    assert.throws(() => maskSource('\nconst a = /b\n'), /source:2 a regular expression/)
  })
})

function tree(files: Readonly<Record<string, string>>): rules.Sources {
  return new Map(Object.entries(files))
}

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

function readSources(): rules.Sources {
  const files = readdirSync(fileURLToPath(new URL('src/', root)), { recursive: true })
    .map((path) => String(path).replaceAll('\\', '/'))
    .filter((path) => /\.(?:[cm]?[jt]s|css|html)$/.test(path))
  return new Map(files.toSorted().map((path) => [path, read(`src/${path}`)]))
}
