import type { VirtualHost } from './vhost.ts'

/** What a channel knows of its connection. */
export interface ChannelOwner {
  readonly vhost: VirtualHost
  readonly user: string
  readonly name: string
}
