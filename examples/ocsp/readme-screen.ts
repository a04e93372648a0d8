/** Runs `npm start` for 40 seconds, and puts what its screen shows then into the README. */
import { readFile, writeFile } from 'node:fs/promises'
import { keepStaplesFresh } from './daemon.ts'
import { screenLine } from './display.ts'
import { frame } from './frame.ts'
import { readOptions } from './options.ts'
import type { Snapshot } from './snapshot.ts'
import { openThrowaway } from './throwaway.ts'

const readme = new URL('../../../README.md', import.meta.url)
const seconds = 40
const size = { columns: 80, rows: 24, colors: false }

const options = readOptions([])
if (options === null) throw new Error('Expected options, got a call for help.')
await using throwaway = await openThrowaway(new AbortController().signal)
const messages: string[] = []
let seen: Snapshot | null = null
await keepStaplesFresh(
  { ...options, directories: [throwaway.directory] },
  {
    periodMs: 250,
    show: (snapshot) => {
      if (snapshot.elapsedSeconds < seconds) seen = snapshot
    },
    say: (level, message, path) => messages.push(screenLine(level, message, path)),
    close: () => undefined,
  },
  AbortSignal.timeout(seconds * 1000 + 1000),
)
if (seen === null) throw new Error('Expected something to see.')
const lines = frame(seen, messages, size).map((line) => line.trimEnd())
const screen = `<!-- npm-start -->\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n\n<!-- /npm-start -->`
const text = await readFile(readme, 'utf8')
await writeFile(readme, text.replace(/<!-- npm-start -->[^]*<!-- \/npm-start -->/, screen))
