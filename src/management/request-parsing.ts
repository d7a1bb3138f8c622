// Bodies are JSON whatever the client calls them, since many scripts forget to say so; only the page's
// upload of definitions comes as a form.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { badRequest } from './errors.ts'

export function addRequestParsing(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^multipart\/form-data/,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) =>
      readUpload(body, request.headers['content-type'] ?? ''),
  )
  // No body at all means an empty object as well.
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined || request.body === null) request.body = {}
  })
  app.addContentTypeParser(
    '*',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJson(body),
  )
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('not_json')
  }
}

/** The first file of the form; the platform knows how forms are written. */
async function readUpload(body: Buffer, contentType: string): Promise<unknown> {
  const response = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
  const form = await response.formData().catch(() => {
    throw badRequest('not a form')
  })
  for (const [, value] of form) if (typeof value !== 'string') return parseJson(await value.text())
  throw badRequest('the form holds no file')
}
