import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Binding, QueueInfo } from '../api/types.ts'
import { bindingLabel, buildGraph, exchangeNode } from './build.ts'
import { findCemeteries } from './cemeteries.ts'
import { layoutGraph } from './layout.ts'
import { reachableBindings } from './reachable.ts'

function bind(source: string, to: string, key = '', kind = 'queue'): Binding {
  return {
    source,
    vhost: '/',
    destination: to,
    destination_type: kind,
    routing_key: key,
    arguments: {},
  }
}

const bindings = [
  bind('orders', 'invoices', 'paid.#'),
  bind('orders', 'invoices', 'refunded.#'),
  bind('orders', 'notify', 'created.*', 'exchange'),
  bind('notify', 'mail'),
  bind('notify', 'orders', '', 'exchange'),
]
const types = new Map([['orders', 'topic']])
const root = exchangeNode('orders', types)

function graphOf(list: readonly Binding[]) {
  return buildGraph({ bindings: list, exchangeTypes: types, queueNotes: new Map(), root })
}

test('bindings between the same two become one path with the keys counted', () => {
  const { nodes, edges } = graphOf(bindings)
  assert.deepEqual(
    nodes.map(({ id }) => id),
    ['exchange:orders', 'queue:invoices', 'exchange:notify', 'queue:mail'],
  )
  assert.equal(edges[0]?.label, 'paid.# +1')
  assert.equal(edges.length, 4)
})

test('a graph too large to read says what it leaves out', () => {
  const many = Array.from({ length: 100 }, (_, i) => bind('orders', `q${i}`))
  const { edges, hidden } = graphOf(many)
  assert.equal(edges.length + hidden, 100)
  assert.ok(hidden > 0)
})

test('a headers binding is named by what it looks at', () => {
  const values = { 'x-match': 'any', region: 'eu', size: 3 }
  assert.equal(bindingLabel({ ...bind('h', 'q'), arguments: values }), 'any: region=eu, size=3')
})

test('columns follow the way of a message, and nothing lies on something else', () => {
  const { nodes, edges } = graphOf(bindings)
  const { nodes: placed, edges: drawn, width, height } = layoutGraph(nodes, edges, root.id)
  const at = (id: string) => placed.find((node) => node.id === id)!
  assert.ok(at('exchange:orders').x < at('exchange:notify').x)
  assert.equal(at('queue:invoices').x, at('exchange:notify').x)
  assert.ok(at('exchange:notify').x < at('queue:mail').x)
  for (const a of placed) {
    assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height)
    for (const b of placed) {
      if (a === b) continue
      const apart =
        a.x + a.width <= b.x ||
        b.x + b.width <= a.x ||
        a.y + a.height <= b.y ||
        b.y + b.height <= a.y
      assert.ok(apart, `${a.id} lies on ${b.id}`)
    }
  }
  // The way back of a cycle is drawn as well.
  assert.equal(drawn.length, edges.length)
  assert.ok(drawn.every(({ path }) => !path.includes('NaN')))
})

test('what only leads to the root is on its left', () => {
  const { nodes, edges } = graphOf([
    bind('upstream', 'orders', '', 'exchange'),
    bind('orders', 'q'),
  ])
  const { nodes: placed } = layoutGraph(nodes, edges, root.id)
  const x = new Map(placed.map((node) => [node.id, node.x]))
  assert.ok(x.get('exchange:upstream')! < x.get('exchange:orders')!)
  assert.ok(x.get('exchange:orders')! < x.get('queue:q')!)
})

test('only bindings that a message can meet are shown, matched ones first', () => {
  const elsewhere = bind('other', 'q')
  const step = { exchange: 'notify', type: 'fanout', matched: [bindings[3]!], alternate: null }
  const explanation = { steps: [step], queues: ['mail'] }
  const found = reachableBindings([elsewhere, ...bindings], 'orders', explanation)
  assert.equal(found.length, 5)
  assert.deepEqual(found[0], bindings[3])
  assert.ok(!found.includes(elsewhere))
})

test('queues that collect the dead are found by arguments, policies and bindings', () => {
  const queue = (name: string, values: object, policy: object = {}): QueueInfo => ({
    name,
    vhost: '/',
    durable: true,
    auto_delete: false,
    messages: 4,
    arguments: { ...values },
    effective_policy_definition: { ...policy },
  })
  const queues = [
    queue('a', { 'x-dead-letter-exchange': 'dlx' }),
    queue('b', {}, { 'dead-letter-exchange': 'dlx' }),
    queue('c', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'direct.dead' }),
    queue('lost', { 'x-dead-letter-exchange': 'nobody' }),
    queue('all.dead', {}),
    queue('direct.dead', {}),
  ]
  const found = findCemeteries(queues, [
    bind('dlx', 'more', '', 'exchange'),
    bind('more', 'all.dead'),
  ])
  assert.deepEqual(
    found.map(({ queue: name, sources }) => [name, sources]),
    [
      ['all.dead', ['a', 'b']],
      ['direct.dead', ['c']],
    ],
  )
})
