import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { importsOf, lineAt, maskSource, type ImportSite } from './source-scan.ts'

/** The source files by their path below `src/`, with forward slashes. */
export type Sources = ReadonlyMap<string, string>

/** Looks at all files and says what is wrong, one sentence per fault; an empty list is praise. */
export type Rule = (sources: Sources) => string[]

/** The parts of package.json that name other packages. */
export interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The folders of `src/` and their height; files directly in `src/` stand on top of them all. */
const layers: ReadonlyMap<string, number> = new Map([
  ['core', 0],
  ['triggers', 1],
  ['jobs', 2],
  ['stores', 3],
  ['executors', 4],
  ['thread', 5],
  ['engines', 5],
  ['cli', 6],
  ['http', 6],
])
const top = 7
const lineLimit = 400
const coreDependencies = ['denque', 'heap-js']
/** The clock of schedulers, and what `nextRuns()` of a trigger begins with. */
const clockFiles = ['thread/system-clock.ts', 'triggers/present.ts']
/** A context hands `reschedule` on to its scheduler, whose answer is a promise. */
const contextFile = 'core/context.ts'
const threadFolders = ['thread', 'executors']
const emptyNames = /^(?:util|utils|helper|helpers|common|type|types|interface|interfaces)$/

/** What each pattern finds is a way to learn the time. */
const clockReadings: readonly RegExp[] = [
  /\bDate\s*\??\.\s*now\b/g,
  /\bnew\s+Date\s*\(\s*\)/g,
  /\bnew\s+Date\b(?!\s*[(.<])/g,
  /(?<!\bnew\s+)(?<![\w$.#])Date\s*\(\s*\)/g,
  /\b(?:Date|performance)\s*(?:\?\.\s*)?\[(?!\s*\])/g,
  /\}\s*=\s*(?:Date|performance)\b/g,
  /\bperformance\s*\??\.\s*(?:now|timeOrigin|mark|measure|toJSON)\b/g,
  /\bhrtime\b/g,
  /\bprocess\s*\.\s*uptime\b/g,
]

const asynchrony: readonly RegExp[] = [
  /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g,
  /\bprocess\s*\.\s*nextTick\b/g,
  /\bnew\s+Promise\b/g,
  /\bPromise\s*\.\s*\w+/g,
  /\bawait\b(?!\s*[:?,;=)}])/g,
  /\basync\b(?=\s*(?:function\b|\*|\(|\[|[\w$#]+\s*(?:=>|[(<])))/g,
]

/** No file is longer than 400 lines. */
export const filesAreShort: Rule = (sources) =>
  [...sources].flatMap(([file, text]) => {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
    return lines > lineLimit ? [`${file} has ${lines} lines, the limit is ${lineLimit}`] : []
  })

/** Every file is in `src/` itself or below one of the known folders. */
export const filesAreInKnownFolders: Rule = (sources) =>
  [...sources.keys()]
    .filter((file) => heightOf(file) === undefined)
    .map((file) => `${file} is in no known folder`)

/** Names are kebab-case and say what is inside. */
export const namesSaySomething: Rule = (sources) =>
  [...sources.keys()].flatMap((file) =>
    file.split('/').flatMap((segment) => {
      const stem = segment.replace(/\..*$/, '')
      if (emptyNames.test(stem)) {
        return [`${file}: the name '${stem}' says nothing`]
      }
      return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(stem) ? [] : [`${file}: '${stem}' is not kebab-case`]
    }),
  )

/** A file imports from its own folder or from a lower layer. */
export const importsPointDown: Rule = (sources) =>
  eachImport(sources, (file, { specifier }) => {
    if (specifier === 'scheduler-thread' || specifier.startsWith('scheduler-thread/')) {
      return specifier === 'scheduler-thread/package.json' ? undefined : `imports its own package`
    }
    const target = resolve(file, specifier)
    if (target === undefined) {
      return undefined
    }
    if (!sources.has(target)) {
      return `imports ${specifier}, which is no file of src`
    }
    const from = heightOf(file)
    const to = heightOf(target)
    if (folderOf(file) === folderOf(target) || from === undefined || to === undefined) {
      return undefined
    }
    return to < from ? undefined : `imports ${target}, which is not in a lower layer`
  })

/**
 * What stands in a layout is used for every task. V8 looks an imported constant up and checks it at each use, and never
 * knows what it is; it knows a constant of the module itself, such as one that was taken out of a namespace.
 */
export const layoutsAreTakenApart: Rule = (sources) =>
  [...sources].flatMap(([file, text]) =>
    [...text.matchAll(/^import (?!\* as )[^']*'([^']*-layout\.ts)'/gm)].map(
      ([, layout]) =>
        `${file} imports names of ${layout}: import * as it, and take out what is needed`,
    ),
  )

/** No file reaches itself through its imports, type-only ones included. */
export const importsHaveNoCycle: Rule = (sources) => {
  const cycles: string[] = []
  const finished = new Set<string>()
  const path: string[] = []
  function visit(file: string): void {
    const start = path.indexOf(file)
    if (start >= 0) {
      cycles.push(`a cycle: ${[...path.slice(start), file].join(' -> ')}`)
      return
    }
    if (finished.has(file)) {
      return
    }
    path.push(file)
    const targets = codeOf(sources, file).map(({ specifier }) => resolve(file, specifier))
    for (const target of new Set(targets)) {
      if (target !== undefined && sources.has(target)) {
        visit(target)
      }
    }
    path.pop()
    finished.add(file)
  }
  for (const file of sources.keys()) {
    visit(file)
  }
  return cycles
}

/** `core` and `triggers` import nothing of Node. */
export const lowLayersKnowNoNode: Rule = (sources) =>
  eachImport(sources, (file, { specifier }) =>
    ['core', 'triggers'].includes(folderOf(file)) && isNodeModule(specifier)
      ? `imports ${specifier}, but ${folderOf(file)} imports nothing of Node`
      : undefined,
  )

/** `core` imports heap-js and denque and no other package. */
export const coreHasTwoDependencies: Rule = (sources) =>
  eachImport(sources, (file, { specifier }) => {
    const name = packageOf(specifier)
    return folderOf(file) === 'core' && name !== undefined && !coreDependencies.includes(name)
      ? `imports ${name}, but core imports only ${coreDependencies.join(' and ')}`
      : undefined
  })

/** `core` starts no timer and creates no promise. */
export const coreIsSynchronous: Rule = (sources) =>
  eachMatch(
    new Map([...sources].filter(([file]) => folderOf(file) === 'core' && file !== contextFile)),
    asynchrony,
    'but core is synchronous',
  )

/** Only `thread/system-clock.ts` and `triggers/present.ts` read the time. */
export const twoFilesReadTheTime: Rule = (sources) =>
  eachMatch(
    new Map([...sources].filter(([file]) => !clockFiles.includes(file))),
    clockReadings,
    `but only ${clockFiles.join(' and ')} read the time`,
  )

/** Only `thread` and `executors` touch `worker_threads`. */
export const threadsHaveTwoOwners: Rule = (sources) =>
  eachImport(sources, (file, { specifier }) =>
    /^(?:node:)?worker_threads$/.test(specifier) && !threadFolders.includes(folderOf(file))
      ? `imports ${specifier}, but only ${threadFolders.join(' and ')} do`
      : undefined,
  )

/** Every export has a name. */
export const exportsHaveNames: Rule = (sources) =>
  eachMatch(
    sources,
    [
      /\bexport\s+default\b/g,
      /\bas\s+default\b/g,
      /\bexport\s*\{[^}]*(?<!\bas\s+)\bdefault\b(?!\s+as\b)[^}]*\}/g,
      /\bexport\s*=/g,
    ],
    'but every export has a name',
  )

/** Every package that is imported is declared in package.json. */
export function importsAreDeclared(sources: Sources, manifest: Manifest): string[] {
  const declared = new Set([...dependenciesOf(manifest), manifest.name])
  return eachImport(sources, (_file, { specifier }) => {
    const name = packageOf(specifier)
    return name === undefined || declared.has(name)
      ? undefined
      : `imports ${name}, which package.json does not declare`
  })
}

/** Every package that package.json declares for run time is named in a page of the documentation. */
export function dependenciesAreExplained(manifest: Manifest, page: string): string[] {
  return dependenciesOf(manifest)
    .filter((name) => !names(page, name))
    .map((name) => `${name} is a dependency, but the page does not name it`)
}

/** Whether a text contains a name that is not merely a part of a longer one. */
export function names(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[$()*+./?[\\\]^{|}-]/g, '\\$&')
  return new RegExp(`(?<![\\w@/-])${escaped}(?![\\w/-]|\\.\\w)`).test(text)
}

function dependenciesOf(manifest: Manifest): string[] {
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
}

function folderOf(file: string): string {
  const slash = file.indexOf('/')
  return slash < 0 ? '' : file.slice(0, slash)
}

function heightOf(file: string): number | undefined {
  const folder = folderOf(file)
  return folder === '' ? top : layers.get(folder)
}

/** The path below `src/` that a relative specifier means; undefined for a package or builtin. */
function resolve(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') || specifier.startsWith('/')
    ? posix.join(posix.dirname(file), specifier)
    : undefined
}

function isNodeModule(specifier: string): boolean {
  return specifier.startsWith('node:') || isBuiltin(specifier)
}

function packageOf(specifier: string): string | undefined {
  if (/^[./#]/.test(specifier) || isNodeModule(specifier)) {
    return undefined
  }
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function isCode(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file)
}

function codeOf(sources: Sources, file: string): ImportSite[] {
  return isCode(file) ? importsOf(sources.get(file) ?? '', file) : []
}

function eachImport(
  sources: Sources,
  judge: (file: string, site: ImportSite) => string | undefined,
): string[] {
  return [...sources.keys()].flatMap((file) =>
    codeOf(sources, file).flatMap((site) => {
      const fault = judge(file, site)
      return fault === undefined ? [] : [`${file}:${site.line} ${fault}`]
    }),
  )
}

function eachMatch(sources: Sources, patterns: readonly RegExp[], because: string): string[] {
  return [...sources].flatMap(([file, text]) => {
    if (!isCode(file)) {
      return []
    }
    const code = maskSource(text, file)
    return patterns.flatMap((pattern) =>
      [...code.matchAll(pattern)].map(
        (match) => `${file}:${lineAt(text, match.index)} says '${match[0]}', ${because}`,
      ),
    )
  })
}
