// Reads V8's .cpuprofile and .heapprofile into one kind of call tree, and sums it up by function.

export type CallNode = {
  readonly name: string
  /** `file:line`, or empty for what is not JavaScript. */
  readonly place: string
  /** Microseconds or bytes of this function itself. */
  self: number
  total: number
  readonly children: CallNode[]
}

type CallFrame = {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: CallFrame
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

type HeapNode = {
  readonly callFrame: CallFrame
  readonly selfSize: number
  readonly children: readonly HeapNode[]
}

export type HeapProfile = { readonly head: HeapNode }

const WAITING = new Set(['(idle)', '(root)'])

/** Neither waiting nor the profiler's own start and stop are the broker's work. */
function isOurs(frame: CallFrame): boolean {
  return !WAITING.has(frame.functionName) && frame.url !== 'node:inspector'
}

export function cpuTree(profile: CpuProfile): CallNode {
  const selfUs = new Map<number, number>()
  for (const [index, id] of profile.samples.entries()) {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0))
  }
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const convert = (id: number): CallNode => {
    const node = byId.get(id) as CpuProfile['nodes'][number]
    const self = isOurs(node.callFrame) ? (selfUs.get(id) ?? 0) : 0
    return callNode(node.callFrame, self, (node.children ?? []).map(convert))
  }
  return convert((profile.nodes[0] as CpuProfile['nodes'][number]).id)
}

/** The share of the time in which the broker had nothing to do. */
export function idleShare(profile: CpuProfile): number {
  const idle = new Set(
    profile.nodes.filter((node) => node.callFrame.functionName === '(idle)').map((node) => node.id),
  )
  let idleUs = 0
  let allUs = 0
  for (const [index, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[index] ?? 0
    allUs += us
    if (idle.has(id)) idleUs += us
  }
  return allUs === 0 ? 0 : idleUs / allUs
}

export function heapTree(profile: HeapProfile): CallNode {
  const convert = (node: HeapNode): CallNode =>
    callNode(node.callFrame, node.selfSize, node.children.map(convert))
  return convert(profile.head)
}

function callNode(frame: CallFrame, self: number, children: CallNode[]): CallNode {
  return {
    name: frame.functionName === '' ? '(anonymous)' : frame.functionName,
    place: frame.url === '' ? '' : `${shortened(frame.url)}:${frame.lineNumber + 1}`,
    self,
    total: self + children.reduce((sum, child) => sum + child.total, 0),
    children,
  }
}

function shortened(url: string): string {
  return url.replace(/^file:\/\//, '').replace(/^.*\/(?=(?:dist|src|node_modules)\/)/, '')
}

export type FunctionSum = {
  readonly name: string
  readonly place: string
  readonly self: number
  /** Including what it calls; counted once where it calls itself. */
  readonly total: number
}

export function byFunction(tree: CallNode): FunctionSum[] {
  const sums = new Map<string, { name: string; place: string; self: number; total: number }>()
  const open = new Set<string>()
  const visit = (node: CallNode): void => {
    const key = `${node.name} ${node.place}`
    const sum = sums.get(key) ?? { name: node.name, place: node.place, self: 0, total: 0 }
    sums.set(key, sum)
    sum.self += node.self
    const isOutermost = !open.has(key)
    if (isOutermost) {
      open.add(key)
      sum.total += node.total
    }
    for (const child of node.children) visit(child)
    if (isOutermost) open.delete(key)
  }
  visit(tree)
  return [...sums.values()].sort((a, b) => b.self - a.self)
}
