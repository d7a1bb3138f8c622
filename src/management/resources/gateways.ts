// RPC gateways: their listeners, the methods that were called, who calls, and trying a call. What is
// shown belongs to a gateway's virtual host and is seen by those who see that.

import type { Context } from '../context.ts'
import { badRequest, notAuthorised, objectNotFound } from '../errors.ts'
import type {
  GatewayCallerFacts,
  GatewayListenerFacts,
  GatewayMethodFacts,
  GatewayTrialOutcome,
} from '../gateways.ts'
import { may, sees } from '../identity.ts'
import type { View } from '../listing.ts'
import { answerList, type Listed } from '../listing.ts'
import type { Asked, Resource } from '../route.ts'

const timeoutMsDefault = 5000
/** Nobody watches a form for longer, and each trial is a call that runs. */
const timeoutMsMax = 60_000
const trialsMax = 20

export const gateways: Resource = (context) => {
  const trials = { running: 0 }
  return [
    {
      method: 'GET',
      path: '/gateways',
      access: 'management',
      summary: 'RPC gateways with their routes and what runs in them',
      answer: (asked) => answerList(asked.query, visibleListeners(context, asked), listedListener),
    },
    {
      method: 'GET',
      path: '/gateways/methods',
      access: 'management',
      summary: 'Methods called through gateways: rates, latencies, errors',
      answer: (asked) => {
        const names = visibleNames(context, asked)
        const all = context.gateways?.methods().filter(({ gateway }) => names.has(gateway)) ?? []
        return answerList(asked.query, all, listedMethod)
      },
    },
    {
      method: 'GET',
      path: '/gateways/callers',
      access: 'management',
      summary: 'Who calls through gateways; without a monitor’s tag, one’s own',
      answer: (asked) => answerList(asked.query, visibleCallers(context, asked), listedCaller),
    },
    {
      method: 'POST',
      path: '/gateways/try',
      access: 'management',
      summary: 'Calls a method with the permissions of the user who asks',
      body: 'gatewayTrial',
      answer: async (asked) => {
        if (trials.running >= trialsMax) throw badRequest('too many calls are being tried')
        trials.running += 1
        try {
          return await tryCall(context, asked)
        } finally {
          trials.running -= 1
        }
      },
    },
  ]
}

function visibleListeners(
  { core, gateways }: Context,
  { identity }: Asked,
): GatewayListenerFacts[] {
  return (gateways?.listeners() ?? []).filter(({ vhost: name }) => {
    const vhost = core.vhosts.get(name)
    return vhost === undefined ? may(identity, 'monitoring') : sees(identity, vhost)
  })
}

function visibleNames(context: Context, asked: Asked): ReadonlySet<string> {
  return new Set(visibleListeners(context, asked).map(({ name }) => name))
}

function visibleCallers(context: Context, asked: Asked): readonly GatewayCallerFacts[] {
  const all = context.gateways?.callers() ?? []
  if (may(asked.identity, 'monitoring')) return all
  return all.filter(({ user }) => user === asked.identity.name)
}

async function tryCall(context: Context, asked: Asked): Promise<GatewayTrialOutcome> {
  const { gateway, method, parameters, timeout_ms: timeout } = asked.body
  const { identity } = asked
  // The control token is nobody's: a call has to be some user's, whose permissions count.
  if (identity.isOwner) throw notAuthorised('A call needs a user')
  if (context.gateways === null || !visibleNames(context, asked).has(String(gateway))) {
    throw objectNotFound()
  }
  const timeoutMs = timeout === undefined ? timeoutMsDefault : Number(timeout)
  if (timeoutMs < 1 || timeoutMs > timeoutMsMax) {
    throw badRequest(`timeout_ms must be from 1 to ${timeoutMsMax}`)
  }
  return await context.gateways.try({
    gateway: String(gateway),
    method: String(method),
    parameters: Array.isArray(parameters) ? parameters : [],
    timeoutMs,
    user: identity.name,
  })
}

const listedListener: Listed<GatewayListenerFacts> = {
  name: ({ name }) => name,
  view: (one): View => ({
    name: one.name,
    protocol: one.protocol,
    address: one.address,
    port: one.port,
    vhost: one.vhost,
    authentication: one.authentication,
    tls: one.tls,
    callers: one.callersNow,
    running_calls: one.runningCalls,
    waiting_calls: one.waitingCalls,
    routes: one.routes.map((route) => ({
      method: route.method,
      exchange: route.exchange,
      routing_key: route.routingKey,
      codec: route.codec,
      timeout_ms: route.timeoutMs,
    })),
  }),
}

const listedMethod: Listed<GatewayMethodFacts> = {
  name: ({ method }) => method,
  view: (one): View => ({
    name: one.method,
    gateway: one.gateway,
    protocol: one.protocol,
    target: one.target,
    calls: one.calls,
    errors: one.errors,
    busy: one.busy,
    timeouts: one.timeouts,
    rate: one.rate,
    rates: one.rates,
    latency_ms: one.latencyMs,
    last_error:
      one.lastError === null
        ? null
        : { at: one.lastError.atMs, code: one.lastError.code, text: one.lastError.text },
  }),
}

const listedCaller: Listed<GatewayCallerFacts> = {
  name: ({ peer }) => peer,
  view: (one): View => ({
    name: one.peer,
    gateway: one.gateway,
    user: one.user,
    connected_at: one.connectedAtMs,
    calls: one.calls,
    running_calls: one.runningCalls,
  }),
}
