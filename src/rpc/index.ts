// The toolkit's published entry, `warren/rpc`: one service, five protocols.

export type { AmqpClientOptions, AmqpServerOptions, ProfileName } from './amqp/options.ts'
export { amqp } from './amqp/server.ts'
export {
  type ClientCall,
  type ClientTransport,
  currentCall,
  type Dispatcher,
  type Endpoint,
  type Metadata,
  type MethodDescription,
  type ParameterDescription,
  type Principal,
  ServerCall,
  type ServerTransport,
  type ServiceDescription,
} from './call.ts'
export type { CallOptions, Client } from './client-types.ts'
export { type ConnectOptions, clientOf, connect } from './connect.ts'
export { type DispatcherOptions, ServiceDispatcher } from './dispatcher.ts'
export { ErrorExposure, RpcCode, RpcError } from './error.ts'
export { protoText } from './grpc/descriptor.ts'
export type { GrpcClientOptions, GrpcServerOptions, ProtoOptions } from './grpc/options.ts'
export { grpc } from './grpc/server.ts'
export type { Authenticate, Credentials } from './http/authenticate.ts'
export type { JsonRpcClientOptions, JsonRpcServerOptions } from './json-rpc/options.ts'
export { jsonRpc } from './json-rpc/server.ts'
export { type CallReport, type ClientMiddleware, logging, type Middleware } from './middleware.ts'
export type { Reply } from './reply.ts'
export type { RetryOptions } from './retry.ts'
export type { StandardSchema } from './schema.ts'
export { type CloseOptions, type RpcServer, serve } from './serve.ts'
export {
  type MethodOptions,
  method,
  type Service,
  type ServiceOptions,
  service,
} from './service.ts'
export { type TracingApi, tracing, tracingClient } from './tracing.ts'
export { double, type RpcValue } from './value.ts'
export type { XmlRpcClientOptions, XmlRpcServerOptions } from './xml-rpc/options.ts'
export { xmlRpc } from './xml-rpc/server.ts'
export {
  type OneWayClient,
  zerorpcPublisher,
  zerorpcPuller,
  zerorpcPusher,
  zerorpcSubscriber,
} from './zerorpc/one-way.ts'
export type {
  ZerorpcClientOptions,
  ZerorpcOneWayOptions,
  ZerorpcServerOptions,
} from './zerorpc/options.ts'
export { zerorpc } from './zerorpc/server.ts'
