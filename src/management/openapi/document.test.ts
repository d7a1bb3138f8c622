import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from '../context.ts'
import { apiRoutes } from '../http-app.ts'
import { describeApi, documentedPath } from './document.ts'
import { operations } from './operations.ts'
import { tagOf } from './tags.ts'

/** Routes only say what they answer; nothing of the context is used until somebody asks. */
function anyContext(): Context {
  const nothing: object = new Proxy(Object, { get: () => nothing })
  return nothing as Context
}

const routes = apiRoutes(anyContext())
const document = describeApi({ version: '1.2.3' }, routes)

test('every route is in the document, and nothing else is', () => {
  const expected = routes.map(
    ({ method, path }) => `${method.toLowerCase()} ${documentedPath(path)}`,
  )
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  assert.ok(expected.length > 120)
  assert.deepEqual(described.sort(), expected.sort())
})

test('every route says what it answers, and nothing is said of routes that do not exist', () => {
  const names = routes.map(({ method, path }) => `${method} ${path}`).sort()
  assert.deepEqual(Object.keys(operations).sort(), names)
})

test('every route has a heading, a summary and a name of its own', () => {
  assert.deepEqual(
    routes.filter(({ path }) => tagOf(path) === undefined).map(({ path }) => path),
    [],
  )
  const described = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  const names = described.map((operation) => Reflect.get(operation, 'operationId'))
  assert.equal(new Set(names).size, routes.length)
  for (const { summary } of routes) assert.match(summary, /^\p{Lu}[^\n]{3,120}[^.]$/u)
})

test('every reference leads to a schema, and every schema is used', () => {
  const text = JSON.stringify(document)
  const used = new Set(
    [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
  )
  assert.deepEqual([...used].sort(), Object.keys(document.components.schemas).sort())
})
