// The page at /api/docs that shows the API's document and tries requests: Swagger UI, whose files
// `npm run build` puts into dist/api-docs, under the console's policy.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { pageHeaders } from '../console-files.ts'

/** Beside the management folder when built, and in dist when run from the sources. */
const places = ['../../api-docs/', '../../../dist/api-docs/']

const notBuilt =
  'This page is not built. Run "npm run build"; the document is at ../openapi.json.\n'

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Warren HTTP API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<main id="api"></main>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
`

/** The header keeps browsers from asking for a password themselves: the page does. */
const script = `SwaggerUIBundle({
  url: '../openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor(request) {
    request.headers['x-requested-with'] = 'warren-console'
    return request
  },
})
`

export async function addDocsPage(app: FastifyInstance, apiPrefix: string): Promise<void> {
  const root = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((directory) => existsSync(`${directory}swagger-ui.css`))
  const prefix = `${apiPrefix}/docs/`
  app.get(prefix, async (request, reply) => {
    // The page's addresses are relative: without its slash they would lead astray.
    if (!request.url.split('?')[0]?.endsWith('/')) return reply.redirect('docs/')
    if (root === undefined) return reply.code(503).type('text/plain').send(notBuilt)
    return reply.headers(pageHeaders).type('text/html').send(page)
  })
  if (root === undefined) return
  app.get(`${prefix}start.js`, async (_request, reply) => {
    return reply.headers(pageHeaders).type('text/javascript').send(script)
  })
  await app.register(fastifyStatic, {
    root,
    prefix,
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    decorateReply: false,
    setHeaders: (reply) => void reply.headers(pageHeaders),
  })
}
