import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseUri } from './uri.ts'

test('every part of a URI is read, decoded, and has a default', () => {
  assert.deepEqual(parseUri('amqp://u%40x:p%2Fw@[::1]:5673/my%2Fhost'), {
    host: '::1',
    port: 5673,
    tls: false,
    user: 'u@x',
    password: 'p/w',
    vhost: 'my/host',
  })
  assert.deepEqual(parseUri('amqps://broker'), {
    host: 'broker',
    port: 5671,
    tls: true,
    user: 'guest',
    password: 'guest',
    vhost: '/',
  })
  assert.equal(parseUri('amqp://h:1/%2F').vhost, '/')
  assert.throws(() => parseUri('http://h'), /amqp:\/\//)
})
