// gRPC with Warren on both ends.
import { grpc } from '../../src/rpc/index.ts'
import { transportSuite } from './support/transport-suite.ts'

transportSuite({
  name: 'grpc',
  transport: (port = 0) => grpc({ port }),
})
