// JSON-RPC with Warren on both ends, over HTTP and over WebSocket.
import { jsonRpc } from '../../src/rpc/index.ts'
import { transportSuite } from './support/transport-suite.ts'

transportSuite({
  name: 'json-rpc over HTTP',
  transport: (port = 0) => jsonRpc({ port }),
  without: ['streams'],
})

transportSuite({
  name: 'json-rpc over WebSocket',
  transport: (port = 0) => jsonRpc({ port }),
  url: (url) => url.replace(/^http/, 'ws'),
})
