// Every page of the console with something that has to be on it.

export interface KnownPage {
  readonly name: string
  readonly hash: string
  /** Text that only shows when the page has understood what the broker says. */
  readonly shows: string
}

export const allPages: readonly KnownPage[] = [
  { name: 'overview', hash: '#/', shows: 'Message rates' },
  { name: 'connections', hash: '#/connections', shows: 'shop-frontend' },
  { name: 'channels', hash: '#/channels', shows: '(1)' },
  { name: 'consumers', hash: '#/consumers', shows: 'mail.outbox' },
  { name: 'rpc', hash: '#/rpc', shows: 'stock.find' },
  { name: 'queues', hash: '#/queues', shows: 'orders.fulfilment' },
  { name: 'queue', hash: '#/queues/%2F/audit.log', shows: 'keep-short' },
  { name: 'messages', hash: '#/queues/%2F/orders.dead/messages', shows: 'Why it died' },
  { name: 'queue-bindings', hash: '#/queues/%2F/orders.eu/bindings', shows: 'by-region' },
  { name: 'queue-publish', hash: '#/queues/%2F/orders.eu/publish', shows: 'Publish a message' },
  { name: 'exchanges', hash: '#/exchanges', shows: 'orders.unrouted' },
  { name: 'exchange', hash: '#/exchanges/%2F/orders', shows: 'order.paid.*' },
  { name: 'exchange-publish', hash: '#/exchanges/%2F/orders/publish', shows: 'Routing key' },
  { name: 'exchange-settings', hash: '#/exchanges/%2F/orders/settings', shows: 'Settings' },
  {
    name: 'explain',
    hash: '#/explain?vhost=%2F&exchange=orders&key=order.created.eu',
    shows: 'Reaches 4',
  },
  { name: 'dead-letters', hash: '#/dead-letters', shows: 'Recently dropped' },
  { name: 'delayed', hash: '#/delayed', shows: 'reminder' },
  { name: 'users', hash: '#/users', shows: 'analyst' },
  { name: 'user', hash: '#/users/orders-app', shows: '^orders' },
  { name: 'permissions', hash: '#/permissions?user=orders-app', shows: 'May they?' },
  { name: 'vhosts', hash: '#/vhosts', shows: 'staging' },
  { name: 'limits', hash: '#/limits', shows: 'staging' },
  { name: 'policies', hash: '#/policies', shows: 'ceiling' },
  { name: 'definitions', hash: '#/definitions', shows: 'Export' },
  { name: 'events', hash: '#/events', shows: 'queue created' },
]
