const beyondLatin1 = /[\u0100-\uffff]/

/** The same text in memory of its own: a piece of one keeps the whole of it. */
export function owned(text: string): string {
  const encoding = beyondLatin1.test(text) ? 'utf16le' : 'latin1'
  return Buffer.from(text, encoding).toString(encoding)
}
