// What explains a route and what takes it walk the same graph by code of their own, since one has to be
// quick and the other to tell: they agree on every graph.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ModelBroker } from '../../test/support/model-broker.ts'
import { explainRoute } from './explain.ts'

const names = ['a', 'b', 'c', 'd', '']
const keys = ['k', 'k.x', 'q1', '#', '*.x', 'none']
const queues = ['q0', 'q1', 'q2']
const binding = fc.record({
  source: fc.nat(3),
  key: fc.constantFrom(...keys),
  to: fc.oneof(fc.constantFrom(...queues), fc.nat(3)),
})
const exchanges = fc.tuple(
  ...names.slice(0, 4).map(() =>
    fc.record({
      type: fc.constantFrom('direct', 'fanout', 'topic', 'headers'),
      alternate: fc.constantFrom(null, null, 'a', 'b', 'c', 'd', 'gone'),
    }),
  ),
)

test('an explained route is the route that a message takes', () => {
  fc.assert(
    fc.property(exchanges, fc.array(binding, { maxLength: 12 }), (declared, bindings) => {
      const broker = new ModelBroker()
      const channel = broker.open()
      for (const queue of queues) channel.queue(queue)
      declared.forEach(({ type, alternate }, index) => {
        const args = alternate === null ? {} : { 'alternate-exchange': alternate }
        channel.exchange(names[index]!, type, args)
      })
      for (const { source, key, to } of bindings) {
        if (typeof to === 'string') channel.bind(names[source]!, to, key)
        else channel.bindExchange(names[source]!, names[to]!, key)
      }
      const { topology, routing } = broker.core.vhost('/')!
      for (const name of names) {
        for (const routingKey of keys) {
          const start = topology.exchange(name)
          const headers = { h: 1 }
          const explained = explainRoute(topology, start, { routingKey, headers })
          const taken = routing.byContent(start, { routingKey, headers: () => headers })
          assert.deepEqual([...explained.queues].sort(), taken.map((queue) => queue.name).sort())
        }
      }
    }),
    { numRuns: 300 },
  )
})
