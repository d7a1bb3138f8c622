// A call tree as a flame graph: width is the share of time or bytes, callers are above callees. Plain
// SVG with tooltips, so that any browser shows it.
import { escapeXml } from './chart.ts'
import type { CallNode } from './profiles.ts'

const WIDTH = 1600
const ROW = 18
const TOP = 40
/** Narrower boxes could neither be read nor hit. */
const NARROWEST = 0.6
const CHARACTER = 6.6

export function flameGraph(tree: CallNode, title: string, unit: (value: number) => string): string {
  const boxes: string[] = []
  let deepest = 0
  const draw = (node: CallNode, x: number, depth: number): void => {
    const width = (WIDTH * node.total) / tree.total
    if (width < NARROWEST) return
    deepest = Math.max(deepest, depth)
    boxes.push(box(node, { x, y: TOP + depth * ROW, width }, describe(node, tree, unit)))
    let next = x
    for (const child of merged(node.children)) {
      draw(child, next, depth + 1)
      next += (WIDTH * child.total) / tree.total
    }
  }
  draw(tree, 0, 0)
  const height = TOP + (deepest + 1) * ROW + 10
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="ui-monospace, monospace" font-size="11">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="8" y="24" font-size="15">${escapeXml(title)}</text>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n')
}

function describe(node: CallNode, tree: CallNode, unit: (value: number) => string): string {
  const share = ((100 * node.total) / tree.total).toFixed(1)
  return `${node.name} ${node.place}\n${share} %, ${unit(node.total)}, itself ${unit(node.self)}`
}

function box(
  node: CallNode,
  at: { readonly x: number; readonly y: number; readonly width: number },
  description: string,
): string {
  const x = at.x.toFixed(1)
  const room = Math.floor((at.width - 6) / CHARACTER)
  const label =
    room < 3
      ? ''
      : `<text x="${(at.x + 3).toFixed(1)}" y="${at.y + 13}">${escapeXml(node.name.slice(0, room))}</text>`
  return `<g><title>${escapeXml(description)}</title><rect x="${x}" y="${at.y}" width="${at.width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(node)}"/>${label}</g>`
}

/** By origin: the project's own code warm, its libraries yellow, the runtime blue, the rest grey. */
function colourOf(node: CallNode): string {
  if (node.name === '(garbage collector)') return '#e05252'
  if (node.place.includes('node_modules')) return '#ecd06a'
  if (node.place.startsWith('node:')) return '#8fb8e8'
  if (node.place === '') return '#c9c9c9'
  const folder = /(?:dist|src)\/([a-z]+)/.exec(node.place)?.[1] ?? ''
  const sum = [...folder].reduce((total, letter) => total + letter.charCodeAt(0), 0)
  return `hsl(${12 + (sum % 7) * 6}, 85%, ${62 + (sum % 5) * 3}%)`
}

/** Siblings of the same function (optimized and not, or called from several lines) are one box. */
function merged(children: readonly CallNode[]): CallNode[] {
  const groups = new Map<string, CallNode[]>()
  for (const child of children) {
    const key = `${child.name} ${child.place}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [child])
    else group.push(child)
  }
  return [...groups.values()]
    .map((group) => {
      const first = group[0] as CallNode
      if (group.length === 1) return first
      return {
        name: first.name,
        place: first.place,
        self: group.reduce((sum, node) => sum + node.self, 0),
        total: group.reduce((sum, node) => sum + node.total, 0),
        children: group.flatMap((node) => node.children),
      }
    })
    .sort((a, b) => b.total - a.total)
}
