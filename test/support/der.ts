/** One value in DER: its tag, its length and what is in it. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff)
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | bytes.length, ...bytes]
  return Buffer.concat([Uint8Array.from(head), content])
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts)
}

/** `[n] EXPLICIT`, and whatever else bears such a tag and holds others. */
export function tagged(n: number, ...parts: readonly Uint8Array[]): Buffer {
  return der(0xa0 | n, ...parts)
}

/** Of whole numbers that are not negative. */
export function integer(value: number): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return der(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Uint8Array.of(0), bytes]))
}

export function octets(content: Uint8Array): Buffer {
  return der(0x04, content)
}

export function bits(content: Uint8Array): Buffer {
  return der(0x03, Uint8Array.of(0), content)
}

export function text(content: string): Buffer {
  return der(0x0c, Buffer.from(content))
}

/** '2.5.4.3' */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const septets = [number & 0x7f]
    for (let left = number >> 7; left > 0; left >>= 7) septets.unshift(0x80 | (left & 0x7f))
    return septets
  })
  return der(0x06, Uint8Array.from(bytes))
}

/** 20261121110627Z, whole seconds. */
export function generalizedTime(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\..*/g, '')
  return der(0x18, Buffer.from(`${digits}Z`))
}
