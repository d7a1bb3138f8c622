// Settings of the RPC gateways: listeners that put calls of other protocols on queues.

import { type GatewayCodec, GatewayCodecs, type GatewayRouteConfig } from '../gateway-config.ts'
import type { Setting } from '../setting.ts'
import { joinedSection, section } from '../setting.ts'
import type { ValueType } from '../value-types.ts'
import { bytes, duration, endpoint, integer, oneOf, orNull, text } from '../value-types.ts'

const gateway = section('gateway')
const gatewayJoined = joinedSection('gateway')

const listener = orNull(endpoint, 'none')
const codec: ValueType<GatewayCodec> = oneOf(...GatewayCodecs)
/** A call that may never end would hold its place for ever. */
const timeout = duration(1000, 1)

type Routes = Readonly<Record<string, GatewayRouteConfig>>

/** Adds one field to the route that the key names. */
function routeField<F extends keyof GatewayRouteConfig>(
  field: F,
): (joining: {
  readonly current: Routes
  readonly value: GatewayRouteConfig[F]
  readonly captured: string
}) => Routes {
  return ({ current, value, captured }) => ({
    ...current,
    [captured]: { ...current[captured], [field]: value },
  })
}

export const gatewaySettings: readonly Setting[] = [
  gateway('xmlRpc', {
    key: 'gateway.xml_rpc',
    type: listener,
    byDefault: null,
    environment: 'WARREN_GATEWAY_XML_RPC',
    documentation:
      'Where calls by XML-RPC are taken and put on queues. A port alone is served to this machine; see [gateways](gateways.md).',
  }),
  gateway('zerorpc', {
    key: 'gateway.zerorpc',
    type: listener,
    byDefault: null,
    environment: 'WARREN_GATEWAY_ZERORPC',
    documentation: 'The same for ZeroRPC; an address beyond this machine needs a CURVE key.',
  }),
  gateway('jsonRpc', {
    key: 'gateway.json_rpc',
    type: listener,
    byDefault: null,
    environment: 'WARREN_GATEWAY_JSON_RPC',
    documentation: 'The same for JSON-RPC 2.0, by HTTP and WebSocket.',
  }),
  gateway('grpc', {
    key: 'gateway.grpc',
    type: listener,
    byDefault: null,
    environment: 'WARREN_GATEWAY_GRPC',
    documentation: 'The same for gRPC.',
  }),
  gateway('defaultQueue', {
    key: 'gateway.default_queue',
    type: orNull(text, 'none'),
    byDefault: 'rpc_queue',
    documentation:
      'The queue for methods that have no route; `{method}` in it stands for the method, and with `none` only routes are served. The name is that of RabbitMQ’s tutorial.',
  }),
  gatewayJoined('routes', {
    key: 'gateway.route.$name.queue',
    type: text,
    byDefault: {},
    defaultText: 'none',
    join: routeField('queue'),
    documentation: 'The queue for calls of the method `NAME`.',
  }),
  gatewayJoined('routes', {
    key: 'gateway.route.$name.method',
    type: text,
    join: routeField('method'),
    documentation: 'The method, where `NAME` is not it: `math.add`, or `math.*` for many.',
  }),
  gatewayJoined('routes', {
    key: 'gateway.route.$name.exchange',
    type: text,
    join: routeField('exchange'),
    documentation: 'Instead of a queue: the exchange that calls are published to.',
  }),
  gatewayJoined('routes', {
    key: 'gateway.route.$name.routing_key',
    type: text,
    join: routeField('routingKey'),
    documentation: 'With an exchange: the routing key; without it the method.',
  }),
  gatewayJoined('routes', {
    key: 'gateway.route.$name.codec',
    type: codec,
    join: routeField('codec'),
    documentation: 'What the body of the message is, for this route.',
  }),
  gatewayJoined('routes', {
    key: 'gateway.route.$name.timeout',
    type: timeout,
    join: routeField('timeoutMs'),
    documentation: 'How long a call of this route may take.',
  }),
  gateway('codec', {
    key: 'gateway.codec',
    type: codec,
    byDefault: 'text',
    documentation:
      'What the body of the message is: the `text` of the one argument, as in RabbitMQ’s tutorial; a JSON-RPC object as `json` or `message-pack`; or the bytes of a `protobuf` message.',
  }),
  gateway('timeoutMs', {
    key: 'gateway.timeout',
    type: timeout,
    byDefault: 30_000,
    documentation: 'How long a call may take; callers may ask for less.',
  }),
  gateway('workerWaitMs', {
    key: 'gateway.wait_for_worker',
    type: duration(1000),
    byDefault: 5000,
    documentation:
      'How long a call waits in a queue that has no consumers before it fails; 0 for not at all.',
  }),
  gateway('runningMax', {
    key: 'gateway.max_running',
    type: integer(1),
    byDefault: 1000,
    documentation: 'How many calls of one listener may be on their way to workers and back.',
  }),
  gateway('waitingMax', {
    key: 'gateway.max_waiting',
    type: integer(0),
    byDefault: 1000,
    documentation: 'How many more may wait for that; the next one is told “busy” at once.',
  }),
  gateway('callerMax', {
    key: 'gateway.max_per_caller',
    type: integer(1),
    byDefault: 500,
    documentation:
      'How many calls of one user from one address may be under way or waiting, so that nobody takes all places.',
  }),
  gateway('bodyBytesMax', {
    key: 'gateway.max_body_size',
    type: bytes,
    byDefault: 2 ** 22,
    defaultText: '4MiB',
    documentation: 'Largest request, and largest reply of a worker.',
  }),
  gateway('vhost', {
    key: 'gateway.vhost',
    type: text,
    byDefault: null,
    defaultText: 'as default_vhost',
    documentation: 'The virtual host of the queues.',
  }),
  gateway('anonymousUser', {
    key: 'gateway.anonymous_user',
    type: orNull(text, 'none'),
    byDefault: 'guest',
    documentation:
      'As whom callers of this machine act who give no name and password, and ZeroRPC’s always; `none` refuses them.',
  }),
  gateway('anonymousPassword', {
    key: 'gateway.anonymous_password',
    type: text,
    byDefault: 'guest',
    secret: true,
    documentation: 'That user’s password. When it is another one, nobody comes in this way.',
  }),
  gateway('protoFile', {
    key: 'gateway.grpc.proto',
    type: orNull(text, 'none'),
    byDefault: null,
    documentation:
      'A `.proto` file whose service is served. Without it, methods with a route of their own are served as `rpc.Gateway`.',
  }),
  gateway('protoService', {
    key: 'gateway.grpc.service',
    type: orNull(text, 'none'),
    byDefault: null,
    defaultText: 'the only one of the file',
    documentation: 'The full name of the service in that file.',
  }),
  gateway('curveSecretKey', {
    key: 'gateway.zerorpc.curve_secret_key',
    type: orNull(text, 'none'),
    byDefault: null,
    secret: true,
    documentation: 'ZeroMQ’s secret key of the server: callers must come by CURVE, encrypted.',
  }),
  gatewayJoined('curveClients', {
    key: 'gateway.zerorpc.curve_client.$number',
    type: text,
    byDefault: [],
    defaultText: 'all that know the server’s key',
    join: ({ current, value, first }) => (first ? [value] : [...current, value]),
    documentation: 'Public keys of the clients that are let in.',
  }),
  gateway('curveUser', {
    key: 'gateway.zerorpc.curve_user',
    type: orNull(text, 'none'),
    byDefault: null,
    documentation: 'As whom callers act that come by CURVE.',
  }),
]
