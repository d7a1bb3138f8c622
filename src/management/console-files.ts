// Serves the console, the files that `npm run build` puts into dist/console. It knows nothing of the
// broker: the page talks to the API like any other client.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** Beside this file when built, and in dist when run from the sources. */
const places = ['../console/', '../../dist/console/']

/** Nothing from elsewhere, nothing inline: what a message holds can never become part of the page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** For every file that a browser shows. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-cache',
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

const notBuilt = 'The console is not built. Run "npm run build"; the API is at api/.\n'

export async function addConsole(app: FastifyInstance, pathPrefix: string): Promise<void> {
  const root = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((directory) => existsSync(`${directory}index.html`))
  const prefix = `${pathPrefix}/`
  redirectToDirectory(app, pathPrefix)
  if (root === undefined) {
    app.get(prefix, async (_request, reply) => {
      await reply.code(503).type('text/plain').send(notBuilt)
    })
    return
  }
  await app.register(fastifyStatic, {
    root,
    prefix,
    // Each file is a route of its own: no path can lead out of the directory.
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => void reply.headers(headersFor(path)),
  })
}

/** The page's addresses are relative: without its slash the prefix would lead them astray. */
function redirectToDirectory(app: FastifyInstance, pathPrefix: string): void {
  if (pathPrefix === '') return
  app.addHook('onRequest', async (request, reply): Promise<FastifyReply | undefined> => {
    return request.url === pathPrefix ? reply.redirect(`${pathPrefix}/`) : undefined
  })
}

function headersFor(path: string): Readonly<Record<string, string>> {
  // Names of assets hold a hash of their content, so they never change.
  const immutable = { 'cache-control': 'public, max-age=31536000, immutable' }
  return { ...pageHeaders, ...(basename(path).startsWith('index.html') ? {} : immutable) }
}
