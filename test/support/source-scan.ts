/** A module specifier as it stands in a file, and the line it stands on (from 1). */
export interface ImportSite {
  readonly specifier: string
  readonly line: number
}

const wordsBeforeRegExp = new Set(
  'await case delete do else in instanceof new of return throw typeof void yield'.split(' '),
)

/**
 * Replaces comments by spaces and the insides of strings, templates and regular expressions by
 * underscores, so that what remains is code only. Length and line breaks stay, and with them every
 * position. The code inside `${}` stays too.
 *
 * @throws {Error} for a string or regular expression that does not end on its line: better no
 * answer than one for half a file.
 */
export function maskSource(text: string, file = 'source'): string {
  const out = text.split('')
  // One entry per open `${`, counting the braces opened inside it.
  const templates: number[] = []
  let previous = ''
  let i = 0

  function blank(end: number, fill: string): void {
    for (; i < end; i++) {
      if (out[i] !== '\n') {
        out[i] = fill
      }
    }
  }

  function endOnLine(closes: (at: number) => boolean, what: string): number {
    for (let at = i; at < text.length && text[at] !== '\n'; at++) {
      if (text[at] === '\\') {
        at++
      } else if (closes(at)) {
        return at
      }
    }
    throw new Error(`${file}:${lineAt(text, i)} ${what} does not end on its line`)
  }

  /** From the first character of a template's text to behind its closing quote or its next `${`. */
  function template(): void {
    let end = i
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) {
      end += text[end] === '\\' ? 2 : 1
    }
    blank(end, '_')
    if (text[i] === '`') {
      i += 1
      previous = '`'
    } else {
      i += 2
      previous = '{'
      templates.push(0)
    }
  }

  function regExpMayStart(): boolean {
    return /^[\w$#]/.test(previous)
      ? wordsBeforeRegExp.has(previous)
      : !([')', ']', '}', '++', '--'].includes(previous) || /["'`/]/.test(previous))
  }

  if (text.startsWith('#!')) {
    blank(lineEnd(text, 0), ' ')
  }
  while (i < text.length) {
    const c = text.charAt(i)
    if (text.startsWith('//', i)) {
      blank(lineEnd(text, i), ' ')
    } else if (text.startsWith('/*', i)) {
      const end = text.indexOf('*/', i + 2)
      blank(end < 0 ? text.length : end + 2, ' ')
    } else if (c === "'" || c === '"') {
      i += 1
      blank(
        endOnLine((at) => text[at] === c, 'a string'),
        '_',
      )
      i += 1
      previous = c
    } else if (c === '`') {
      i += 1
      template()
    } else if (c === '/' && regExpMayStart()) {
      i += 1
      let inClass = false
      const end = endOnLine((at) => {
        inClass = text[at] === '[' || (inClass && text[at] !== ']')
        return text[at] === '/' && !inClass
      }, 'a regular expression')
      blank(end, '_')
      i += 1
      previous = '/'
    } else if (c === '}' && templates.at(-1) === 0) {
      templates.pop()
      i += 1
      template()
    } else if (/[\w$#]/.test(c)) {
      const word = /[\w$#]+/y
      word.lastIndex = i
      previous = word.exec(text)?.[0] ?? c
      i += previous.length
    } else {
      if (c === '{' || c === '}') {
        const open = templates.pop()
        if (open !== undefined) {
          templates.push(open + (c === '{' ? 1 : -1))
        }
      }
      if (c.trim() !== '') {
        previous = (c === '+' || c === '-') && text[i - 1] === c ? c + c : c
      }
      i += 1
    }
  }
  return out.join('')
}

/**
 * Every module a file names: in `import` and `export ... from`, type-only ones included, and in
 * `import()`, `import('x').Type` and `require()` of a literal.
 */
export function importsOf(text: string, file?: string): ImportSite[] {
  const code = maskSource(text, file)
  const site = /(?:\bfrom|\bimport|\b(?:import|require)\s*\()\s*(['"`])(_*)\1/g
  return [...code.matchAll(site)].map((match) => {
    const end = match.index + match[0].length - 1
    const length = match[2]?.length ?? 0
    return { specifier: text.slice(end - length, end), line: lineAt(text, match.index) }
  })
}

/** The number of the line that a position is on, from 1. */
export function lineAt(text: string, position: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) {
    line += 1
  }
  return line
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}
