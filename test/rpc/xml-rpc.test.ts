// XML-RPC with Warren on both ends.
import { xmlRpc } from '../../src/rpc/index.ts'
import { transportSuite } from './support/transport-suite.ts'

transportSuite({
  name: 'xml-rpc',
  transport: (port = 0) => xmlRpc({ port }),
  without: ['streams', 'details'],
})
