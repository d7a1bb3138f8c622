import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker } from '../../../test/support/model-broker.ts'
import { columnIndex, totalColumns } from './columns.ts'
import { Statistics } from './statistics.ts'

test('history that is thrown away is gone, and counters go on', () => {
  const broker = new ModelBroker()
  const statistics = new Statistics(broker.core)
  const column = columnIndex(totalColumns, 'connection_created')
  for (let second = 0; second < 3; second += 1) {
    broker.core.counters.connectionsOpened += 10
    statistics.sample(second * 1000)
  }
  assert.equal(statistics.totals.ring.rate(column), 10)
  statistics.forget()
  assert.equal(statistics.totals.ring.length, 0)
  assert.equal(statistics.totals.ring.rate(column), 0)
  assert.equal(statistics.totals.current[column], 30)
})
