// Draws a graph of bindings; every chamber is a link, and a path through it can be lit.

import type { VNode } from 'preact'
import { exchangeSegment } from '../api/paths.ts'
import { href } from '../router/route.ts'
import {
  type GraphEdge,
  type GraphNode,
  layoutGraph,
  type PlacedEdge,
  type PlacedNode,
} from './layout.ts'

export interface BindingGraphProps {
  readonly label: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  readonly root: string
  readonly vhost: string
  /** Ids of what a message touches; null when no message is looked at. */
  readonly lit?: ReadonlySet<string> | null
}

export function edgeId({ from, to }: { from: string; to: string }): string {
  return `${from} ${to}`
}

export function BindingGraphView(props: BindingGraphProps): VNode {
  const { label, root, vhost, lit = null } = props
  const { width, height, nodes, edges } = layoutGraph(props.nodes, props.edges, root)
  const tone = (id: string): string => (lit === null ? '' : lit.has(id) ? 'lit' : 'dim')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div class="graph-wrap" tabIndex={0}>
      {/* biome-ignore lint/a11y/useSemanticElements: an SVG has no fieldset. */}
      <svg
        class="graph"
        viewBox={`0 0 ${width} ${height}`}
        style={{ maxWidth: `${width}px`, minWidth: `${Math.min(width, 560)}px` }}
        role="group"
        aria-label={label}
      >
        {/* What is lit lies over what is not, labels over all tunnels. */}
        {[...edges]
          .sort((a, b) => Number(lit?.has(edgeId(a))) - Number(lit?.has(edgeId(b))))
          .map((edge) => (
            <g key={edgeId(edge)} class={`tunnel-group ${tone(edgeId(edge))}`}>
              <path class="tunnel" d={edge.path} />
              <path class="tunnel-line" d={edge.path} />
            </g>
          ))}
        {edges.map((edge) => (
          <TunnelLabel key={edgeId(edge)} edge={edge} tone={tone(edgeId(edge))} />
        ))}
        {nodes.map((node) => (
          <Chamber
            key={node.id}
            node={node}
            vhost={vhost}
            tone={`${tone(node.id)} ${node.id === root ? 'root' : ''}`}
          />
        ))}
      </svg>
    </div>
  )
}

function TunnelLabel({ edge, tone }: { edge: PlacedEdge; tone: string }): VNode | null {
  const { label, labelX, labelY, labelWidth } = edge
  if (label === '') return null
  return (
    <g class={`tunnel-group ${tone}`}>
      <rect
        class="tunnel-label-back"
        x={labelX - labelWidth / 2}
        y={labelY - 8.5}
        width={labelWidth}
        height={17}
        rx={4}
      />
      <text class="tunnel-label" x={labelX} y={labelY + 3.5} text-anchor="middle">
        {label}
      </text>
    </g>
  )
}

function Chamber({ node, vhost, tone }: { node: PlacedNode; vhost: string; tone: string }): VNode {
  const { kind, label, note, x, y, width, height } = node
  const name = node.id.slice(node.id.indexOf(':') + 1)
  const to =
    kind === 'queue' ? href('queues', vhost, name) : href('exchanges', vhost, exchangeSegment(name))
  const letters = Math.floor((width - 28) / 7)
  const shown = label.length > letters ? `${label.slice(0, letters - 1)}…` : label
  return (
    <a class="chamber-link" href={to}>
      <g class={`chamber ${kind} ${tone}`}>
        <title>{label}</title>
        <rect x={x} y={y} width={width} height={height} rx={kind === 'exchange' ? height / 2 : 9} />
        <text x={x + width / 2} y={y + 19} text-anchor="middle">
          {shown}
        </text>
        <text class="kind" x={x + width / 2} y={y + 34} text-anchor="middle">
          {note}
        </text>
      </g>
    </a>
  )
}
