// The OpenAPI 3.1 document of the HTTP API, made from the routes themselves: what they say of
// themselves, the schemas that their bodies are checked with, and operations.ts. Loaded when asked for.

import type { TSchema } from 'typebox'
import type { NodeFacts } from '../context.ts'
import type { Route } from '../route.ts'
import { bodySchemas } from '../schemas.ts'
import { type Operation, operations } from './operations.ts'
import { parametersOf, pathParameter } from './parameters.ts'
import { accessSchemas } from './schemas/access-schemas.ts'
import { clientSchemas } from './schemas/client-schemas.ts'
import { messagingSchemas } from './schemas/messaging-schemas.ts'
import { nodeSchemas } from './schemas/node-schemas.ts'
import { tagOf, tags } from './tags.ts'

export type DocumentedRoute = Pick<Route, 'method' | 'path' | 'access' | 'summary' | 'body'>

export interface OpenApiDocument {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: { readonly schemas: Readonly<Record<string, TSchema>> }
}

const description = `RabbitMQ's management API of the version named here, and what Warren adds to it. Bodies are JSON whatever their
content type says; no body is an empty object. A virtual host of the name \`/\` is written \`%2F\`, and the
default exchange \`amq.default\`.`

const answerSchemas: Readonly<Record<string, TSchema>> = {
  ...nodeSchemas,
  ...messagingSchemas,
  ...clientSchemas,
  ...accessSchemas,
}

export function describeApi(
  { version }: Pick<NodeFacts, 'version'>,
  routes: readonly DocumentedRoute[],
): OpenApiDocument {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = documentedPath(route.path)
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = describeRoute(route)
  }
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Warren HTTP API',
      version,
      description,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    // Relative to the document, so that it holds behind any prefix.
    servers: [{ url: '../api' }],
    security: [{ password: [] }, { controlToken: [] }],
    tags: tags.map(({ name, description: about }) => ({ name, description: about })),
    paths,
    components: {
      schemas: { ...answerSchemas, ...bodyComponents() },
      securitySchemes: {
        password: { type: 'http', scheme: 'basic' },
        controlToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'What the file warrenctl.json in the data directory holds.',
        },
      },
    },
  }
  return document
}

/** `/queues/:vhost` as `/queues/{vhost}`. */
export function documentedPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

function describeRoute(route: DocumentedRoute): object {
  const { method, path, access, summary, body } = route
  const operation = operations[`${method} ${path}`] ?? { answers: 'Anything', query: [] }
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => pathParameter(name ?? '')),
    ...parametersOf(operation.query),
  ]
  return {
    tags: [tagOf(path)?.name ?? 'Other'],
    summary,
    description: accessText[access],
    operationId: operationId(route),
    ...(access === 'none' ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: json(schemaRef(bodyName(body))) } }),
    responses: responsesOf(route, operation),
  }
}

const accessText: Readonly<Record<Route['access'], string>> = {
  none: 'Needs no login.',
  any: 'For every user.',
  management: 'For users with any management tag.',
  policymaker: 'For users with the tag policymaker or administrator.',
  monitoring: 'For users with the tag monitoring or administrator.',
  administrator: 'For users with the tag administrator.',
}

/** `getQueuesByVhostByName`. */
function operationId({ method, path }: DocumentedRoute): string {
  const words = path
    .replaceAll(/:(\w+)/g, 'by_$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return method.toLowerCase() + words.join('')
}

function responsesOf(route: DocumentedRoute, operation: Operation): object {
  const { method, path, access } = route
  const isCheck = operation.answers === 'Healthy'
  return {
    ...successOf(route, operation),
    ...(method === 'GET' ? {} : { 400: failure('The request makes no sense.') }),
    ...(access === 'none' ? {} : { 401: failure('Not known, or not allowed.') }),
    ...(path.includes(':') ? { 404: failure('There is no such thing.') } : {}),
    ...(isCheck ? { 503: { description: 'Failed.', content: json(schemaRef('Unhealthy')) } } : {}),
  }
}

function successOf({ method, path }: DocumentedRoute, { answers, query }: Operation): object {
  if (answers === 'text/event-stream') {
    const content = { 'text/event-stream': { schema: { type: 'string' } } }
    return { 200: { description: 'Events, without an end.', content } }
  }
  if (answers !== null) {
    return { 200: { description: 'Done.', content: json(answerSchema(answers, query)) } }
  }
  if (method === 'POST' && path.startsWith('/bindings/')) {
    const location = { description: 'Where the binding is.', schema: { type: 'string' } }
    return { 201: { description: 'Bound.', headers: { location } } }
  }
  if (method !== 'PUT') return { 204: { description: 'Done.' } }
  return { 201: { description: 'It is new.' }, 204: { description: 'It was there.' } }
}

function answerSchema(answers: string, query: Operation['query']): object {
  const isList = answers.endsWith('[]')
  const one = schemaRef(isList ? answers.slice(0, -2) : answers)
  if (!isList) return one
  const array = { type: 'array', items: one }
  if (!query.includes('list')) return array
  const items = { type: 'object', properties: { items: array } }
  return { anyOf: [array, { allOf: [schemaRef('Page'), items] }] }
}

function schemaRef(name: string): object {
  return { $ref: `#/components/schemas/${name}` }
}

function json(schema: object): object {
  return { 'application/json': { schema } }
}

function failure(text: string): object {
  return { description: text, content: json(schemaRef('Error')) }
}

function bodyComponents(): Record<string, TSchema> {
  const named = Object.entries(bodySchemas).map(([name, schema]) => [bodyName(name), schema])
  return Object.fromEntries(named)
}

/** Bodies and answers of one thing differ. */
function bodyName(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Body`
}
