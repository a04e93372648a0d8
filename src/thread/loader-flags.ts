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
