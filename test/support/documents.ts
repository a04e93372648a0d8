import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** A program in a document: its files by name, the one to run first, and what it prints. */
export interface DocumentedProgram {
  readonly document: string
  readonly files: ReadonlyMap<string, string>
  readonly output: string
}

/** The pages that users read, by their path in the repository. */
export function documents(): ReadonlyMap<string, string> {
  const paths = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  return new Map(
    paths
      .filter((path) => path.endsWith('.md'))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  )
}

/** Blocks of code that begin with the name of their file, up to the block of text that they print. */
export function programsOf(document: string, text: string): DocumentedProgram[] {
  const programs: DocumentedProgram[] = []
  let files = new Map<string, string>()
  for (const [, language, body = ''] of text.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (language === 'js') {
      const name = /^\/\/ (\S+\.mjs)\n/.exec(body)?.[1]
      if (!name)
        throw new Error(`Expected the code in ${document} to begin with its file's name: ${body}`)
      files.set(name, body)
    } else if (language === 'text') {
      programs.push({ document, files, output: body })
      files = new Map()
    }
  }
  if (files.size > 0)
    throw new Error(`Expected what ${[...files.keys()].join()} in ${document} prints.`)
  return programs
}

/** Files that a page links to, relative to the repository. */
export function linksOf(document: string, text: string): string[] {
  const folder = document.includes('/') ? document.slice(0, document.lastIndexOf('/')) : '.'
  return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) =>
    join(root, folder, link),
  )
}
