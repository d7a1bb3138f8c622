// Makes a graph of bindings: chambers and the tunnels between them, with what they are called.

import type { Binding } from '../api/types.ts'
import type { GraphEdge, GraphNode } from './layout.ts'

export interface BindingGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** Bindings left out since a drawing of more would be of no use. */
  readonly hidden: number
}

/** More tunnels than these nobody can follow. */
const edgesMax = 60
const labelMax = 26

export function exchangeId(name: string): string {
  return `exchange:${name}`
}

export function queueId(name: string): string {
  return `queue:${name}`
}

export function destinationId({ destination, destination_type }: Binding): string {
  return destination_type === 'queue' ? queueId(destination) : exchangeId(destination)
}

export interface GraphInput {
  readonly bindings: readonly Binding[]
  readonly exchangeTypes: ReadonlyMap<string, string>
  readonly queueNotes: ReadonlyMap<string, string>
  readonly root: GraphNode
}

/** Bindings between the same two places become one tunnel with all of their keys. */
export function buildGraph({
  bindings,
  exchangeTypes,
  queueNotes,
  root,
}: GraphInput): BindingGraph {
  const nodes = new Map([[root.id, root]])
  const edges = new Map<string, { from: string; to: string; labels: string[] }>()
  let hidden = 0
  for (const binding of bindings) {
    const [from, to] = [exchangeId(binding.source), destinationId(binding)]
    const known = edges.get(`${from} ${to}`)
    if (known !== undefined) {
      known.labels.push(bindingLabel(binding))
      continue
    }
    if (edges.size >= edgesMax) {
      hidden += 1
      continue
    }
    edges.set(`${from} ${to}`, { from, to, labels: [bindingLabel(binding)] })
    add(nodes, exchangeNode(binding.source, exchangeTypes))
    if (binding.destination_type === 'queue') {
      add(nodes, queueNode(binding.destination, queueNotes))
    } else add(nodes, exchangeNode(binding.destination, exchangeTypes))
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges.values()].map(({ from, to, labels }) => ({
      from,
      to,
      label: joinLabels(labels),
    })),
    hidden,
  }
}

export function exchangeNode(name: string, types: ReadonlyMap<string, string>): GraphNode {
  const label = name === '' ? '(default)' : name
  return { id: exchangeId(name), kind: 'exchange', label, note: types.get(name) ?? 'exchange' }
}

export function queueNode(name: string, notes: ReadonlyMap<string, string>): GraphNode {
  return { id: queueId(name), kind: 'queue', label: name, note: notes.get(name) ?? 'queue' }
}

/** The key, or what a headers binding looks at. */
export function bindingLabel({ routing_key, arguments: values }: Binding): string {
  const looked = Object.entries(values).filter(([name]) => name !== 'x-match')
  if (looked.length === 0) return routing_key
  const match = typeof values['x-match'] === 'string' ? values['x-match'] : 'all'
  return `${match}: ${looked.map(([name, value]) => `${name}=${value}`).join(', ')}`
}

function joinLabels(labels: readonly string[]): string {
  const shown = labels.filter((label) => label !== '')
  const [first = ''] = shown
  const text = shown.length > 1 ? `${first} +${shown.length - 1}` : first
  return text.length > labelMax ? `${text.slice(0, labelMax - 1)}…` : text
}

function add(nodes: Map<string, GraphNode>, node: GraphNode): void {
  if (!nodes.has(node.id)) nodes.set(node.id, node)
}
