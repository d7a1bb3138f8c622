// Joins the RPC gateways to a node. Part of the composition root, in a module of its own because it is
// loaded only when a gateway is configured.

import type { AlarmState } from './alarms.ts'
import type { Logger } from './base/logger.ts'
import type { TlsSource } from './base/tls-settings.ts'
import type { BrokerCore } from './broker/broker-core.ts'
import type { Config } from './config/config.ts'
import { Gateways } from './gateway/gateways.ts'
import type { Gateways as GatewaysView } from './management/gateways.ts'

export interface NodeGatewaysOptions {
  readonly core: BrokerCore
  readonly config: Config
  readonly logger: Logger
  readonly alarms: { readonly state: AlarmState }
  readonly tls: TlsSource | null
}

export interface NodeGateways {
  readonly view: GatewaysView
  stop(): Promise<void>
}

export async function startNodeGateways(options: NodeGatewaysOptions): Promise<NodeGateways> {
  const { core, config, logger, alarms, tls } = options
  const { firstStart, gateway } = config
  const gateways = new Gateways({
    core,
    config: { ...gateway, vhost: gateway.vhost ?? firstStart.vhost },
    logger: logger.category('gateway'),
    loopbackUsers: firstStart.loopbackUsers,
    tls,
    blocked: () => blockedReason(alarms.state),
  })
  await gateways.start()
  return { view: gateways, stop: () => gateways.stop() }
}

function blockedReason({ memoryAlarm, diskAlarm }: AlarmState): string | null {
  if (memoryAlarm) return 'low on memory'
  return diskAlarm ? 'low on disk' : null
}
