import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { loaderFlags } from '../../src/thread/loader-flags.ts'

test('Of the flags of Node.js, workers get those that load modules.', () => {
  const given = [
    '--max-old-space-size=500',
    '--import',
    './a.js',
    '-r',
    'b',
    '--expose-gc',
    '--import=c',
    '--eval',
    '--import',
  ]
  assert.deepEqual(loaderFlags(given), ['--import', './a.js', '-r', 'b', '--import=c', '--import'])
  assert.deepEqual(loaderFlags(['-C', 'dev', '--enable-source-maps', '--inspect']), [
    '-C',
    'dev',
    '--enable-source-maps',
  ])
})

test('Workers start under flags that no worker may be given, and load what the application loads.', () => {
  const fixtures = join(import.meta.dirname, '../fixtures')
  const preload = ['--import', `file://${fixtures}/preloaded.js`]
  const flags = ['--max-old-space-size=500', '--expose-gc', ...preload]
  const printed = execFileSync(process.execPath, [...flags, join(fixtures, 'flags-program.js')], {
    encoding: 'utf8',
  })
  assert.equal(printed, 'preloaded in the worker: true\n')
})
