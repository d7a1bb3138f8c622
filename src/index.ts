// What the package `warren` offers to programs that embed a broker.

export { Broker, type BrokerStartOptions } from './embedded.ts'
