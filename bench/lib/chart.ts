// Bar charts as plain SVG, drawn so that they can be read on light and dark pages alike.

export type Bar = { readonly label: string; readonly value: number; readonly text: string }
export type BarGroup = { readonly title: string; readonly bars: readonly Bar[] }

const WIDTH = 760
const LABEL = 130
const VALUE = 170
const BAR = 18
const GAP = 4
const TITLE = 24
const COLOURS: Readonly<Record<string, string>> = {
  warren: '#2f9e66',
  rabbitmq: '#e8742c',
  'rabbitmq-quorum': '#b9551a',
}
const OTHERS = ['#3d7edb', '#8a63d2', '#b3a000', '#4aa3a3']

export function barChart(groups: readonly BarGroup[]): string {
  const parts: string[] = []
  let y = 8
  for (const group of groups) {
    parts.push(`<text x="8" y="${y + 14}" font-weight="600">${escapeXml(group.title)}</text>`)
    y += TITLE
    const most = Math.max(...group.bars.map((bar) => bar.value), Number.MIN_VALUE)
    for (const bar of group.bars) {
      const length = Math.max(1, ((WIDTH - LABEL - VALUE) * bar.value) / most)
      const middle = y + BAR - 5
      parts.push(
        `<text x="${LABEL - 8}" y="${middle}" text-anchor="end">${escapeXml(bar.label)}</text>`,
        `<rect x="${LABEL}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2" fill="${colourOf(bar.label)}"/>`,
        `<text x="${(LABEL + length + 6).toFixed(1)}" y="${middle}">${escapeXml(bar.text)}</text>`,
      )
      y += BAR + GAP
    }
    y += 12
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="13">`,
    '<title>Rates of the brokers and servers that were measured</title>',
    '<style>text{fill:#24292f}@media(prefers-color-scheme:dark){text{fill:#d0d7de}}</style>',
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

/** Unknown brokers get a colour by their name, the same in every chart. */
function colourOf(label: string): string {
  const sum = [...label].reduce((total, letter) => total + letter.charCodeAt(0), 0)
  return COLOURS[label] ?? (OTHERS[sum % OTHERS.length] as string)
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
