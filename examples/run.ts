/** Runs every numbered example and compares what it prints with the `// Output:` at its end. */
import { execFile } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const programs = new URL('./', import.meta.url)
const sources = new URL('../../examples/', import.meta.url)
const longestMs = 60_000

/** What an example promises to print. @throws when it promises nothing: nobody would notice it fail. */
async function promised(name: string): Promise<string> {
  const [, output] = (await readFile(new URL(`${name}.ts`, sources), 'utf8')).split(
    '\n// Output:\n',
  )
  if (output === undefined) throw new Error('Expected a comment "// Output:" at its end.')
  return output.trimEnd().replaceAll(/^\/\/ ?/gm, '')
}

/** What it does print; warnings count. @throws when it fails. */
async function printed(name: string): Promise<string> {
  const program = fileURLToPath(new URL(`${name}.js`, programs))
  const options = { timeout: longestMs, killSignal: 'SIGKILL' } as const
  const { stdout, stderr } = await run(process.execPath, [program], options)
  return (stdout + stderr).trimEnd()
}

let failures = 0
for (const file of (await readdir(sources)).sort()) {
  if (!/^\d\d-/.test(file)) continue
  const name = file.replace(/\.ts$/, '')
  try {
    const [expected, actual] = await Promise.all([promised(name), printed(name)])
    if (actual !== expected) throw new Error(`Expected\n${expected}\ngot\n${actual}`)
    console.log(`ok ${name}`)
  } catch (error) {
    failures++
    console.error(`not ok ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
process.exitCode = failures === 0 ? 0 : 1
