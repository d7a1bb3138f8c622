// `warren rpc list` and `describe`: what a server says of itself, as far as its protocol lets it.
import type { MethodDescription } from '../../rpc/call.ts'
import { RpcError } from '../../rpc/error.ts'
import { type ConnectionFlags, withClient } from './connection.ts'

export function listMethods(url: string, flags: ConnectionFlags): Promise<void> {
  return withClient(url, flags, async (client) => {
    const { methods } = await client.$describe()
    for (const method of methods) process.stdout.write(`${method.name}\n`)
  })
}

function signature(method: MethodDescription): string {
  const names = method.parameters?.map(({ name, optional }) =>
    optional === true ? `${name}?` : name,
  )
  const marks = [method.stream ? 'stream' : '', method.idempotent ? 'idempotent' : '']
  const suffix = marks.filter((mark) => mark !== '').join(', ')
  return `${method.name}(${names?.join(', ') ?? '…'})${suffix === '' ? '' : `  [${suffix}]`}`
}

function describeOne(method: MethodDescription): string {
  const lines = [signature(method)]
  for (const line of method.doc === '' ? [] : method.doc.split('\n')) lines.push(`    ${line}`)
  for (const { name, schema } of method.parameters ?? []) {
    if (schema !== undefined) lines.push(`    ${name}: ${JSON.stringify(schema)}`)
  }
  if (method.result !== undefined) lines.push(`    returns ${JSON.stringify(method.result)}`)
  return lines.join('\n')
}

export function describeMethods(
  url: string,
  wanted: string | undefined,
  flags: ConnectionFlags,
): Promise<void> {
  return withClient(url, flags, async (client) => {
    const { name, doc, methods } = await client.$describe()
    const chosen = wanted === undefined ? methods : methods.filter((each) => each.name === wanted)
    if (wanted !== undefined && chosen.length === 0) {
      throw new RpcError('NOT_FOUND', `there is no method ${wanted}`)
    }
    if (wanted === undefined && name !== '') process.stdout.write(`${name}\n`)
    if (wanted === undefined && doc !== '') process.stdout.write(`${doc}\n`)
    for (const method of chosen) process.stdout.write(`${describeOne(method)}\n`)
  })
}
