// What each route answers with and which parameters of the query it takes, beside what the route says
// itself. A route that is missing here fails document.test.ts.

import type { ParameterGroup } from './parameters.ts'

/** A name in the components' schemas; `Name[]` is an array of them, null no content at all. */
export interface Operation {
  readonly answers: string | null
  readonly query: readonly ParameterGroup[]
}

function gives(answers: string | null, ...query: ParameterGroup[]): Operation {
  return { answers, query }
}

const nothing: Operation = { answers: null, query: [] }
/** PUT: 201 for what is new and 204 for what was there. */
const put = nothing
const check = gives('Healthy')

export const operations: Readonly<Record<string, Operation>> = {
  'GET /overview': gives('Overview', 'columns', 'charts'),
  'GET /nodes': gives('Node[]', 'columns'),
  'GET /nodes/:name': gives('Node'),
  'GET /nodes/:name/memory': gives('NodeMemory'),
  'GET /nodes/:name/memory/ets': gives('NodeMemory'),

  'DELETE /reset': nothing,
  'DELETE /reset/:node': nothing,

  'GET /whoami': gives('Whoami'),
  'GET /users': gives('User[]', 'list'),
  'GET /users/without-permissions': gives('User[]', 'list'),
  'GET /users/:name': gives('User'),
  'PUT /users/:name': put,
  'DELETE /users/:name': nothing,
  'POST /users/bulk-delete': nothing,
  'GET /user-limits': gives('UserLimits[]'),
  'GET /user-limits/:name': gives('UserLimits[]'),
  'PUT /user-limits/:name/:limit': nothing,
  'DELETE /user-limits/:name/:limit': nothing,

  'GET /vhosts': gives('VirtualHost[]', 'list', 'charts'),
  'GET /vhosts/:vhost': gives('VirtualHost', 'charts'),
  'PUT /vhosts/:vhost': put,
  'DELETE /vhosts/:vhost': nothing,
  'POST /vhosts/:vhost/start/:node': nothing,
  'GET /vhost-limits': gives('VhostLimits[]'),
  'GET /vhost-limits/:vhost': gives('VhostLimits[]'),
  'PUT /vhost-limits/:vhost/:limit': nothing,
  'DELETE /vhost-limits/:vhost/:limit': nothing,

  'GET /permissions': gives('Permissions[]'),
  'GET /permissions/:vhost/:user': gives('Permissions'),
  'PUT /permissions/:vhost/:user': put,
  'DELETE /permissions/:vhost/:user': nothing,
  'GET /vhosts/:vhost/permissions': gives('Permissions[]'),
  'GET /users/:user/permissions': gives('Permissions[]'),
  'GET /topic-permissions': gives('TopicPermissions[]'),
  'GET /topic-permissions/:vhost/:user': gives('TopicPermissions[]'),
  'PUT /topic-permissions/:vhost/:user': put,
  'DELETE /topic-permissions/:vhost/:user': nothing,
  'DELETE /topic-permissions/:vhost/:user/:exchange': nothing,
  'GET /vhosts/:vhost/topic-permissions': gives('TopicPermissions[]'),
  'GET /users/:user/topic-permissions': gives('TopicPermissions[]'),

  'GET /queues': gives('Queue[]', 'list', 'charts'),
  'GET /queues/detailed': gives('Queue[]', 'list', 'charts'),
  'GET /queues/:vhost': gives('Queue[]', 'list', 'charts'),
  'GET /queues/:vhost/:name': gives('Queue', 'columns', 'charts'),
  'GET /queues/:vhost/:name/bindings': gives('Binding[]'),
  'PUT /queues/:vhost/:name': put,
  'DELETE /queues/:vhost/:name': gives(null, 'deletion'),
  'DELETE /queues/:vhost/:name/contents': nothing,
  'POST /queues/:vhost/:name/actions': nothing,
  'POST /queues/:vhost/:name/get': gives('Message[]'),
  'GET /queues/:vhost/:name/messages': gives('BrowsedPage', 'browsing'),
  'GET /queues/:vhost/:name/messages/:key': gives('BrowsedMessage'),
  'POST /queues/:vhost/:name/messages/actions': gives('MessageActionResult'),

  'GET /exchanges': gives('Exchange[]', 'list', 'charts'),
  'GET /exchanges/:vhost': gives('Exchange[]', 'list', 'charts'),
  'GET /exchanges/:vhost/:name': gives('Exchange', 'columns', 'charts'),
  'GET /exchanges/:vhost/:name/bindings/source': gives('Binding[]'),
  'GET /exchanges/:vhost/:name/bindings/destination': gives('Binding[]'),
  'PUT /exchanges/:vhost/:name': put,
  'DELETE /exchanges/:vhost/:name': gives(null, 'ifUnused'),
  'POST /exchanges/:vhost/:name/publish': gives('Routed'),
  'POST /exchanges/:vhost/:name/explain': gives('Explanation'),
  'GET /drops': gives('Drop[]', 'limit'),
  'GET /drops/:vhost': gives('Drop[]', 'limit'),

  'GET /bindings': gives('Binding[]', 'list'),
  'GET /bindings/:vhost': gives('Binding[]', 'list'),
  ...pair('e/:source/q/:destination'),
  ...pair('e/:source/e/:destination'),

  'GET /delayed/:vhost': gives('DelayedPage', 'page'),
  'DELETE /delayed/:vhost/:id': nothing,
  'GET /delayed/:vhost/exchanges/:name': gives('DelayedPage', 'page'),
  'DELETE /delayed/:vhost/exchanges/:name': gives('Cancelled'),
  'GET /delayed/:vhost/queues/:name': gives('DelayedPage', 'page'),
  'DELETE /delayed/:vhost/queues/:name': gives('Cancelled'),

  'GET /connections': gives('Connection[]', 'list', 'charts'),
  'GET /vhosts/:vhost/connections': gives('Connection[]', 'list', 'charts'),
  'GET /connections/username/:user': gives('Connection[]', 'list', 'charts'),
  'DELETE /connections/username/:user': gives(null, 'reason'),
  'GET /connections/:name': gives('Connection', 'charts'),
  'DELETE /connections/:name': gives(null, 'reason'),
  'GET /connections/:name/channels': gives('Channel[]', 'list', 'charts'),
  'GET /channels': gives('Channel[]', 'list', 'charts'),
  'GET /vhosts/:vhost/channels': gives('Channel[]', 'list', 'charts'),
  'GET /channels/:name': gives('Channel', 'charts'),
  'GET /consumers': gives('Consumer[]', 'list'),
  'GET /consumers/:vhost': gives('Consumer[]', 'list'),

  'GET /gateways': gives('Gateway[]', 'list'),
  'GET /gateways/methods': gives('GatewayMethod[]', 'list'),
  'GET /gateways/callers': gives('GatewayCaller[]', 'list'),
  'POST /gateways/try': gives('GatewayOutcome'),

  ...policyOperations('/policies'),
  ...policyOperations('/operator-policies'),
  'GET /parameters': gives('Parameter[]', 'list'),
  'GET /parameters/:component': gives('Parameter[]', 'list'),
  'GET /parameters/:component/:vhost': gives('Parameter[]', 'list'),
  'GET /parameters/:component/:vhost/:name': gives('Parameter'),
  'PUT /parameters/:component/:vhost/:name': put,
  'DELETE /parameters/:component/:vhost/:name': nothing,
  'GET /global-parameters': gives('GlobalParameter[]'),
  'GET /global-parameters/:name': gives('GlobalParameter'),
  'PUT /global-parameters/:name': put,
  'DELETE /global-parameters/:name': nothing,
  'GET /cluster-name': gives('ClusterName'),
  'PUT /cluster-name': nothing,
  'GET /definitions': gives('Definitions', 'download'),
  'POST /definitions': nothing,
  'GET /definitions/:vhost': gives('Definitions', 'download'),
  'POST /definitions/:vhost': nothing,

  'GET /health/checks/alarms': check,
  'GET /health/checks/local-alarms': check,
  'GET /health/checks/virtual-hosts': check,
  'GET /health/checks/port-listener/:port': check,
  'GET /health/checks/protocol-listener/:protocol': check,
  'GET /health/checks/node-is-quorum-critical': check,
  'GET /health/checks/node-is-mirror-sync-critical': check,
  'GET /health/checks/is-in-service': check,
  'GET /health/checks/ready-to-serve-clients': check,
  'GET /health/checks/below-node-connection-limit': check,
  'GET /health/checks/metadata-store/initialized': check,
  'GET /health/checks/metadata-store/initialized/with-data': check,
  'GET /health/checks/quorum-queues-without-elected-leaders/all-vhosts': check,
  'GET /health/checks/quorum-queues-without-elected-leaders/vhost/:vhost': check,
  'GET /health/checks/certificate-expiration/:number/:unit': check,
  'GET /healthchecks/node': check,
  'GET /healthchecks/node/:name': check,
  'GET /aliveness-test/:vhost': check,

  'GET /events': gives('Event[]', 'limit'),
  'GET /stream': gives('text/event-stream', 'columns', 'overview'),
  'GET /openapi.json': gives('Anything'),
  'GET /config/effective': gives('Settings'),
  'PUT /config/effective/:key': nothing,
  'POST /node/operations': nothing,
  'POST /rebalance/queues': nothing,
  'GET /feature-flags': gives('FeatureFlag[]'),
  'PUT /feature-flags/:name/enable': nothing,
  'GET /deprecated-features': gives('Anything[]'),
  'GET /deprecated-features/used': gives('Anything[]'),
  'GET /extensions': gives('Anything[]'),
  'GET /auth': gives('LoginMeans'),
  'GET /auth/hash_password/:password': gives('PasswordHash'),
  'GET /auth/attempts/:node': gives('LoginAttempts[]'),
  'DELETE /auth/attempts/:node': nothing,
  'GET /auth/attempts/:node/source': gives('Anything[]'),
  'GET /version': gives('Version'),
  'GET /shovels': gives('Anything[]'),
  'GET /shovels/:vhost': gives('Anything[]'),
  'GET /federation-links': gives('Anything[]'),
  'GET /federation-links/:vhost': gives('Anything[]'),
  'GET /traces/:vhost': gives('Anything[]'),
  'GET /traces': gives('Anything[]'),
  'GET /trace-files': gives('Anything[]'),
}

function pair(between: string): Record<string, Operation> {
  const path = `/bindings/:vhost/${between}`
  return {
    [`GET ${path}`]: gives('Binding[]'),
    [`POST ${path}`]: nothing,
    [`GET ${path}/:key`]: gives('Binding'),
    [`DELETE ${path}/:key`]: nothing,
  }
}

function policyOperations(path: string): Record<string, Operation> {
  return {
    [`GET ${path}`]: gives('Policy[]', 'list'),
    [`GET ${path}/:vhost`]: gives('Policy[]', 'list'),
    [`GET ${path}/:vhost/:name`]: gives('Policy'),
    [`PUT ${path}/:vhost/:name`]: put,
    [`DELETE ${path}/:vhost/:name`]: nothing,
  }
}
