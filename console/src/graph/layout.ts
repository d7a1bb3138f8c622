// Places exchanges and queues in columns by their distance from the root, and draws tunnels between
// them. Pure: sizes in, coordinates out.

export interface GraphNode {
  readonly id: string
  readonly kind: 'exchange' | 'queue'
  readonly label: string
  readonly note: string
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly label: string
}

export interface PlacedNode extends GraphNode {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedEdge extends GraphEdge {
  /** SVG path data. */
  readonly path: string
  readonly labelX: number
  readonly labelY: number
  readonly labelWidth: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly PlacedEdge[]
}

const nodeHeight = 44
const rowGap = 18
const columnGapMin = 130
const columnGapMax = 250
const margin = 12
const nodeWidthMin = 110
const nodeWidthMax = 230
const letterWidth = 7.2
const labelLetterWidth = 6.7
/** Between a chamber and the label of a tunnel that ends there. */
const labelDistance = 14

/** Lays out what can be reached from the root, and what leads to it, from left to right. */
export function layoutGraph(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  root: string,
): Layout {
  const columns = columnsOf(nodes, edges, root)
  const order = orderColumns(nodes, edges, columns)
  const height =
    Math.max(...order.map((column) => column.length), 1) * (nodeHeight + rowGap) - rowGap
  const placed = new Map<string, PlacedNode>()
  const columnGap = gapFor(edges)
  let x = margin
  for (const column of order) {
    const width = Math.max(...column.map(widthOf), nodeWidthMin)
    const used = column.length * (nodeHeight + rowGap) - rowGap
    let y = margin + (height - used) / 2
    for (const node of column) {
      placed.set(node.id, { ...node, x, y, width, height: nodeHeight })
      y += nodeHeight + rowGap
    }
    x += width + columnGap
  }
  const drawn = edges.flatMap((edge) => {
    const [from, to] = [placed.get(edge.from), placed.get(edge.to)]
    return from === undefined || to === undefined
      ? []
      : [drawEdge(edge, from, to, labelEnd(edges, edge))]
  })
  return {
    width: Math.max(x - columnGap, nodeWidthMin) + margin,
    height: height + margin * 2,
    nodes: [...placed.values()],
    edges: drawn,
  }
}

function widthOf({ label }: GraphNode): number {
  return Math.min(nodeWidthMax, Math.max(nodeWidthMin, label.length * letterWidth + 32))
}

/** Steps from the root along edges; what only leads to the root counts backwards from it. */
function columnsOf(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  root: string,
): Map<string, number> {
  const columns = new Map([[root, 0]])
  walk(columns, (id) => edges.filter(({ from }) => from === id).map(({ to }) => to), 1)
  walk(columns, (id) => edges.filter(({ to }) => to === id).map(({ from }) => from), -1)
  walk(columns, (id) => edges.filter(({ from }) => from === id).map(({ to }) => to), 1)
  for (const { id } of nodes) if (!columns.has(id)) columns.set(id, 0)
  const least = Math.min(...columns.values())
  return new Map([...columns].map(([id, column]) => [id, column - least]))
}

function walk(columns: Map<string, number>, next: (id: string) => string[], step: number): void {
  // A map that grows while it is walked: nearest first, each node once.
  for (const [id, column] of columns) {
    for (const other of next(id)) if (!columns.has(other)) columns.set(other, column + step)
  }
}

/** Nodes of each column beside those they come from, so that few tunnels cross. */
function orderColumns(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  columns: ReadonlyMap<string, number>,
): GraphNode[][] {
  const count = Math.max(...columns.values(), 0) + 1
  const order = Array.from({ length: count }, (_, column) =>
    nodes.filter(({ id }) => columns.get(id) === column),
  )
  for (let column = 1; column < count; column += 1) {
    const before = new Map(order[column - 1]!.map(({ id }, index) => [id, index]))
    const weight = ({ id }: GraphNode): number => {
      const places = edges
        .filter(({ to }) => to === id)
        .flatMap(({ from }) => before.get(from) ?? [])
      return places.length === 0 ? 0 : places.reduce((a, b) => a + b, 0) / places.length
    }
    order[column]!.sort((a, b) => weight(a) - weight(b) || a.label.localeCompare(b.label))
  }
  return order
}

/** Room for the longest label between two columns. */
function gapFor(edges: readonly GraphEdge[]): number {
  const longest = Math.max(...edges.map(({ label }) => label.length), 0)
  const wanted = longest * labelLetterWidth + labelDistance * 2 + 50
  return Math.min(columnGapMax, Math.max(columnGapMin, wanted))
}

/** A label stands where its tunnel is alone: at the end that fewer tunnels share. */
function labelEnd(edges: readonly GraphEdge[], { from, to }: GraphEdge): 'from' | 'to' {
  const leaving = edges.filter((other) => other.from === from).length
  const arriving = edges.filter((other) => other.to === to).length
  return arriving > leaving ? 'from' : 'to'
}

function drawEdge(
  edge: GraphEdge,
  from: PlacedNode,
  to: PlacedNode,
  labelAt: 'from' | 'to',
): PlacedEdge {
  const backwards = to.x <= from.x
  const startX = backwards && from !== to ? from.x : from.x + from.width
  const startY = from.y + from.height / 2
  const endX = backwards && from !== to ? to.x + (to.x === from.x ? 0 : to.width) : to.x
  const endY = to.y + to.height / 2
  const bend = Math.max(40, Math.abs(endX - startX) / 2) * (backwards ? -1 : 1)
  const path = `M${round(startX)} ${round(startY)}C${round(startX + bend)} ${round(startY)} ${round(endX - bend)} ${round(endY)} ${round(endX)} ${round(endY)}`
  const labelWidth = edge.label.length * labelLetterWidth + 8
  const away = (labelDistance + labelWidth / 2) * (backwards ? -1 : 1)
  const atStart = labelAt === 'from'
  const labelX = round(atStart ? startX + away : endX - away)
  return { ...edge, path, labelX, labelY: atStart ? startY : endY, labelWidth }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
