// JSON-RPC with Warren on both ends, over HTTP and over WebSocket.
import { jsonRpc } from '../../src/rpc/index.ts'
import { transportSuite } from './support/transport-suite.ts'

transportSuite({
  name: 'json-rpc over HTTP',
  transport: () => jsonRpc(),
  without: ['streams'],
})

transportSuite({
  name: 'json-rpc over WebSocket',
  transport: () => jsonRpc(),
  url: (url) => url.replace(/^http/, 'ws'),
})
