/** How modules of the user's are loaded: what this process, or thread, was started with. */
export interface UserLoader {
  readonly execArgv: readonly string[]
  /** What the environment says in NODE_OPTIONS, which our own threads are started without. */
  readonly nodeOptions: string
}

/** What threads that load the user's modules are started with. */
export function userLoader(): UserLoader {
  const nodeOptions = process.env['NODE_OPTIONS'] ?? ''
  const execArgv = [...loaderFlags(nodeOptions.split(' ')), ...loaderFlags(process.execArgv)]
  return { execArgv, nodeOptions }
}

/** Flags that say how modules are found and loaded; those that take their value in the next word are marked. */
const takesValue: Readonly<Record<string, boolean>> = {
  '--import': true,
  '--require': true,
  '-r': true,
  '--loader': true,
  '--experimental-loader': true,
  '--conditions': true,
  '-C': true,
  '--enable-source-maps': false,
  '--experimental-strip-types': false,
  '--experimental-transform-types': false,
  '--no-warnings': false,
}

/**
 * The flags of a Node.js command line that worker threads of the user's need too: how modules are loaded. Others may
 * not be given to a worker at all (`--max-old-space-size`, `--expose-gc`), or make no sense there (`--eval`).
 */
export function loaderFlags(execArgv: readonly string[]): string[] {
  const flags: string[] = []
  for (let index = 0; index < execArgv.length; index++) {
    const word = execArgv[index] ?? ''
    const [flag = ''] = word.split('=', 1)
    if (!Object.hasOwn(takesValue, flag)) continue
    flags.push(word)
    const value = execArgv[index + 1]
    if (takesValue[flag] && word === flag && value !== undefined) {
      flags.push(value)
      index++
    }
  }
  return flags
}
