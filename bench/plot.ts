/** An axis: where values lie on it, and which are written beside it. */
export interface Axis {
  readonly label: string
  readonly from: number
  readonly to: number
  /** Each step multiplies. @default false */
  readonly logarithmic?: boolean
  readonly ticks: readonly (readonly [value: number, text: string])[]
}

export interface PlotLine {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** For what is there to compare with. @default false */
  readonly dashed?: boolean
}

export interface Plot {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly PlotLine[]
}

const width = 900
const height = 420
const left = 100
const right = 610
const top = 50
const bottom = 360
/** Colours that people who confuse red and green can tell apart. */
const colours = ['#0072b2', '#56b4e9', '#d55e00', '#e69f00', '#009e73', '#cc79a7', '#555555']

/** A plot as the text of an SVG file: lines, axes, and the names of the lines beside it. */
export function svgOf({ title, x, y, lines }: Plot): string {
  const across = scale(x, left, right)
  const up = scale(y, bottom, top)
  const vertical = x.ticks.map(([value, text]) => {
    const at = round(across(value))
    return (
      `<path class="grid" d="M${at} ${top}V${bottom}"/>` +
      `<text x="${at}" y="${bottom + 20}" text-anchor="middle">${escaped(text)}</text>`
    )
  })
  const horizontal = y.ticks.map(([value, text]) => {
    const at = round(up(value))
    return (
      `<path class="grid" d="M${left} ${at}H${right}"/>` +
      `<text x="${left - 10}" y="${at + 4}" text-anchor="end">${escaped(text)}</text>`
    )
  })
  const drawn = lines.map(({ name, points, dashed }, index) => {
    const path = points.map(([a, b]) => `${round(across(a))} ${round(up(b))}`).join('L')
    const stroke = `stroke="${colours[index % colours.length] ?? 'black'}"`
    const style = `class="line" ${stroke}${dashed ? ' stroke-dasharray="6 4"' : ''}`
    const legend = top + 12 + index * 24
    return (
      `<path ${style} d="M${path}"/>` +
      `<path ${style} d="M${right + 20} ${legend}h28"/>` +
      `<text x="${right + 56}" y="${legend + 4}">${escaped(name)}</text>`
    )
  })
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    '<style>text{font:13px sans-serif;fill:#222}.grid{stroke:#ddd}.line{fill:none;stroke-width:2}</style>',
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${left}" y="28" style="font-size:15px">${escaped(title)}</text>`,
    ...vertical,
    ...horizontal,
    `<text x="${(left + right) / 2}" y="${bottom + 44}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text x="20" y="${(top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 20 ${(top + bottom) / 2})">${escaped(y.label)}</text>`,
    ...drawn,
    '</svg>',
  ].join('\n')}\n`
}

/** From a value to where it is drawn; what is beyond the axis is drawn at its end. */
function scale({ from, to, logarithmic = false }: Axis, start: number, end: number) {
  const place = logarithmic ? Math.log : (value: number): number => value
  return (value: number): number => {
    const inside = Math.min(to, Math.max(from, value))
    return start + ((place(inside) - place(from)) / (place(to) - place(from))) * (end - start)
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
