// A broker in a process of its own that knows what lives in it. Started with `fork` and its data
// directory; answers each message with the names of the classes of which there are objects, after a
// collection as V8 makes it at rest.

import { Session } from 'node:inspector/promises'
import { findCollector } from '../../../src/base/collector.ts'
import { nullLogger } from '../../../src/base/logger.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { startNode } from '../../../src/node.ts'

const [dataDirectory] = process.argv.slice(2)
if (dataDirectory === undefined) throw new Error('which data directory?')
const { config } = loadConfig({
  flags: { '--port': '0', '--bind': '127.0.0.1', '--management-port': 'none' },
  environment: { WARREN_PROMETHEUS_PORT: 'none' },
  files: { read: () => null, list: () => [], isWritableDirectory: () => false },
})
const node = await startNode({ config, logger: nullLogger, dataDirectory })

/** Runs in the inspector, on an array of all objects. Node's own classes are functions, mostly. */
function classNames(this: readonly object[]): string[] {
  const names = new Set<string>()
  for (const object of this) {
    const type: unknown = Object.getPrototypeOf(object)?.constructor
    if (typeof type !== 'function' || Object.hasOwn(object, 'constructor')) continue
    if (Function.prototype.toString.call(type).startsWith('class ')) names.add(type.name)
  }
  return [...names]
}

async function livingClasses(): Promise<string[]> {
  const session = new Session()
  session.connect()
  const { result } = await session.post('Runtime.evaluate', { expression: 'Object.prototype' })
  const { objects } = await session.post('Runtime.queryObjects', {
    prototypeObjectId: result.objectId as string,
  })
  const { result: names } = await session.post('Runtime.callFunctionOn', {
    objectId: objects.objectId as string,
    functionDeclaration: classNames.toString(),
    returnByValue: true,
  })
  session.disconnect()
  return names.value as string[]
}

const collect = findCollector()
process.on('message', () => {
  collect({ type: 'major', flavor: 'last-resort' })
  void livingClasses().then((names) => process.send?.(names))
})
process.send?.({ port: node.amqpPort })
