// A broker in a process of its own, to be killed: node kill-broker-child.ts <data directory>.
// Prints its port and lives until it is killed.

import { Broker } from '../../src/index.ts'

const [dataDirectory] = process.argv.slice(2)
if (dataDirectory === undefined) throw new Error('which data directory?')
const broker = await Broker.start({ dataDirectory })
console.log(broker.port)
