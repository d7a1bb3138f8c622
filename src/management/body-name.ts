// The kinds of request bodies that schemas.ts checks; apart from it, so that naming one loads nothing.

export type BodyName =
  | 'user'
  | 'explain'
  | 'messageAction'
  | 'vhost'
  | 'permissions'
  | 'queue'
  | 'exchange'
  | 'binding'
  | 'get'
  | 'publish'
  | 'policy'
  | 'limit'
  | 'gatewayTrial'
