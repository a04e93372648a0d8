/**
 * The known name that one was probably meant to be, or null when none is near: for messages that refuse a misspelt one.
 * Upper and lower case and underscores do not count; at most a third of the letters may differ, neighbours that were
 * swapped counting once.
 */
export function nearestName(given: string, known: Iterable<string>): string | null {
  if (given.length > longestName) return null
  const wanted = plain(given)
  let nearest: string | null = null
  let least = Math.floor(wanted.length / 3) + 1
  for (const name of known) {
    const edits = distance(wanted, plain(name), least)
    if (edits >= least) continue
    least = edits
    nearest = name
  }
  return nearest
}

/** What is longer was not meant to be a name, and comparing takes the product of the lengths. */
const longestName = 100

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

/** How many letters are to be put in, taken out, exchanged, or swapped with the next; `most` when it is that or more. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? most
}
