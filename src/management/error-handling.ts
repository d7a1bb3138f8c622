// Errors as RabbitMQ answers them, and what is written to the log of those that nobody expected.

import type { FastifyInstance } from 'fastify'
import type { Logger } from '../base/logger.ts'
import { HttpError, toHttpError } from './errors.ts'

export function addErrorHandling(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler(async (thrown, request, reply) => {
    const known = toHttpError(thrown)
    if (known === null) {
      logger.error('request failed', { method: request.method, url: request.url, error: thrown })
    }
    const error = known ?? new HttpError(500, 'internal_server_error', 'see the log of the node')
    // The console asks for the password itself; the header would make the browser ask as well.
    if (error.status === 401 && request.headers['x-requested-with'] !== 'warren-console') {
      reply.header('www-authenticate', 'Basic realm="RabbitMQ Management"')
    }
    const { code, reason, extra } = error
    const body = 'status' in extra ? { ...extra, reason } : { error: code, reason, ...extra }
    await reply.code(error.status).send(body)
  })
  app.setNotFoundHandler(async (_request, reply) => {
    await reply.code(404).send({ error: 'Object Not Found', reason: 'Not Found' })
  })
}

const methods = ['GET', 'PUT', 'POST', 'DELETE'] as const

/** Answers the methods that a path does not have with 405 and those that it has. */
export function refuseOtherMethods(
  app: FastifyInstance,
  routes: readonly { readonly method: string; readonly path: string }[],
): void {
  for (const [path, known] of Map.groupBy(routes, (route) => route.path)) {
    const allowed = known.map(({ method }) => method)
    app.route({
      method: methods.filter((method) => !allowed.includes(method)),
      url: path,
      handler: async (_request, reply) => {
        reply.header('allow', [...allowed, 'OPTIONS'].join(', '))
        await reply.code(405).send({ error: 'method_not_allowed', reason: 'Method Not Allowed' })
      },
    })
  }
}
