// Dockerfile, compose file, Kubernetes manifest and configuration name the same ports, user and
// directories, and what they configure is understood. That the image works: scripts/bare-root.sh.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/config/load-config.ts'
import { findPython } from '../support/peers.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const dockerfile = read('Dockerfile')
const ports = [5672, 15672, 15692]
const python = findPython(['yaml'])
const skip = python === undefined ? 'PyYAML is not installed' : false

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into where a test says.
type Document = any

function yaml(file: string): Document[] {
  const script = 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))'
  const { stdout, stderr } = spawnSync(python!, ['-c', script], {
    input: read(file),
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

/** What a configuration of the image or of a manifest comes to, without a word of complaint. */
function understood(text: string): ReturnType<typeof loadConfig>['config'] {
  const { config, warnings } = loadConfig({
    flags: { '--config': 'given.conf' },
    environment: {},
    files: {
      read: (path) => (path === 'given.conf' ? text : null),
      list: () => [],
      isWritableDirectory: () => true,
    },
  })
  assert.deepEqual(warnings, [])
  return config
}

describe('the image', () => {
  test('exposes every port that is listened on', () => {
    const exposed = /^EXPOSE (.*)$/m.exec(dockerfile)?.[1]?.split(' ').map(Number)
    assert.deepEqual(exposed, ports)
    // All addresses: -p would lead nowhere otherwise.
    const { amqp, management, prometheus } = understood(read('packaging/container.conf'))
    assert.deepEqual(amqp.listeners, [{ host: null, port: ports[0] }])
    assert.deepEqual([management.host, prometheus.host], [null, null])
  })

  test('lets guest in from outside, as the rabbitmq image does', () => {
    assert.deepEqual(understood(read('packaging/container.conf')).firstStart.loopbackUsers, [])
  })
})

describe('the manifests', { skip }, () => {
  test('of compose name the image’s ports and directory', () => {
    const { warren } = yaml('compose.yaml')[0].services
    const inside = warren.ports.map((port: string) => Number(port.split(':').at(-1)))
    assert.deepEqual(inside, ports)
    assert.deepEqual(warren.volumes, ['data:/var/lib/warren'])
    assert.match(dockerfile, /^VOLUME \/var\/lib\/warren$/m)
    assert.deepEqual(Object.keys(warren.environment), [
      'RABBITMQ_DEFAULT_USER',
      'RABBITMQ_DEFAULT_PASS',
    ])
  })

  test('of Kubernetes hang together', () => {
    const documents = yaml('packaging/kubernetes.yaml')
    const find = (kind: string, name: string): Document =>
      documents.find((one) => one.kind === kind && one.metadata.name === name)
    const { spec } = find('StatefulSet', 'warren')
    const pod = spec.template.spec
    const [container] = pod.containers
    assert.deepEqual(
      container.ports.map((port: Document) => port.containerPort),
      ports,
    )
    const named = container.ports.map((port: Document) => port.name)
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      assert.ok(
        named.includes((container[probe].httpGet ?? container[probe].tcpSocket).port),
        probe,
      )
    }
    for (const name of ['warren', 'warren-nodes']) {
      const service = find('Service', name).spec
      assert.deepEqual(service.selector, spec.template.metadata.labels)
      for (const port of service.ports) assert.ok(named.includes(port.targetPort))
    }
    assert.equal(spec.serviceName, 'warren-nodes')
    assert.match(dockerfile, new RegExp(`--uid ${pod.securityContext.runAsUser} `))
    const secret = find('Secret', 'warren-default-user').stringData
    for (const { valueFrom } of container.env) assert.ok(valueFrom.secretKeyRef.key in secret)
    const volumes = [...pod.volumes.map((one: Document) => one.name), 'data']
    for (const { name } of container.volumeMounts) assert.ok(volumes.includes(name), name)
    assert.equal(spec.volumeClaimTemplates[0].metadata.name, 'data')
  })

  test('of Kubernetes configure what there is', () => {
    const map = yaml('packaging/kubernetes.yaml').find((one) => one.kind === 'ConfigMap')
    const [[name, text]] = Object.entries<string>(map.data) as [[string, string]]
    understood(text)
    assert.match(name, /\.conf$/)
  })
})
