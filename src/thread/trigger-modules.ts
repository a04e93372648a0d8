import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OptionsError, shown } from '../core/errors.ts'

/** The modules of custom triggers by their names, as URLs. */
export type TriggerModules = Readonly<Record<string, string>>

/** The URL of a module that is given as a URL, as text too, or as a path. @throws {OptionsError} */
export function moduleUrl(what: string, file: unknown): string {
  if (file instanceof URL) return file.href
  if (typeof file !== 'string' || file === '') {
    throw new OptionsError(`Expected ${what} to be a path or URL, got ${shown(file)}.`)
  }
  return file.startsWith('file:') ? file : pathToFileURL(resolve(file)).href
}

/** @throws {OptionsError} */
export function checkTriggerModules(triggers: unknown = {}): TriggerModules {
  if (typeof triggers !== 'object' || triggers === null || Array.isArray(triggers)) {
    const example = "modules by name, such as { tides: new URL('./tides.js', import.meta.url) }"
    throw new OptionsError(`Expected triggers to be ${example}, got ${shown(triggers)}.`)
  }
  return Object.fromEntries(
    Object.entries(triggers).map(([name, file]) => {
      if (name === '') {
        throw new OptionsError("Expected the name of a trigger not to be empty, got ''.")
      }
      return [name, moduleUrl(`the module of trigger '${name}'`, file)]
    }),
  )
}
