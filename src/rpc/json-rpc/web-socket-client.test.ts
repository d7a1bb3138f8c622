import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect } from '../index.ts'

interface Any {
  call(): unknown
}

async function codeOf(url: string): Promise<unknown> {
  const client = connect<Any>(url)
  try {
    await client.call()
    return null
  } catch (error) {
    return (error as { code?: unknown }).code
  } finally {
    await client.$close()
  }
}

test('only the status 401 means that credentials were refused', async (context) => {
  let status = 401
  const server = createServer()
  server.on('upgrade', (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  assert.equal(await codeOf(url), 'UNAUTHENTICATED')
  status = 503
  assert.equal(await codeOf(url), 'UNAVAILABLE')
  // Where nobody listens: the error's text tells the port.
  assert.equal(await codeOf('ws://127.0.0.1:401/'), 'UNAVAILABLE')
})
