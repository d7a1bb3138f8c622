// ZeroRPC with Warren on both ends.
import { zerorpc } from '../../src/rpc/index.ts'
import { transportSuite } from './support/transport-suite.ts'

transportSuite({
  name: 'zerorpc',
  transport: () => zerorpc(),
})
