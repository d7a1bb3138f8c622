// All rows of the configuration table, and finding the row that a key belongs to.

import type { AcceptedKey } from './keys/accepted.ts'
import { acceptedKeys } from './keys/accepted.ts'
import { amqpSettings } from './keys/amqp.ts'
import { firstStartSettings } from './keys/first-start.ts'
import { gatewaySettings } from './keys/gateway.ts'
import { limitSettings } from './keys/limits.ts'
import { managementSettings } from './keys/management.ts'
import { nodeSettings } from './keys/node.ts'
import { telemetrySettings } from './keys/telemetry.ts'
import { tlsSettings } from './keys/tls.ts'
import { vhostDefaultSettings } from './keys/vhost-defaults.ts'
import type { Setting } from './setting.ts'

export interface SettingGroup {
  readonly title: string
  readonly settings: readonly Setting[]
}

export const settingGroups: readonly SettingGroup[] = [
  { title: 'AMQP listeners and connections', settings: amqpSettings },
  { title: 'TLS', settings: tlsSettings },
  { title: 'Limits of the node', settings: limitSettings },
  { title: 'Node, data and alarms', settings: nodeSettings },
  { title: 'First start', settings: firstStartSettings },
  { title: 'New virtual hosts', settings: vhostDefaultSettings },
  { title: 'Management, metrics and logs', settings: managementSettings },
  { title: 'Traces (OpenTelemetry)', settings: telemetrySettings },
  { title: 'RPC gateways', settings: gatewaySettings },
]

export const allSettings: readonly Setting[] = settingGroups.flatMap((group) => group.settings)

export interface FoundSetting {
  readonly setting: Setting
  /** What stood at the key's `$name`, or nothing. */
  readonly captured: string
}

/** Exact keys win over keys with a `$name` in them: log.console.level is not a category's level. */
export function findSetting(key: string): FoundSetting | null {
  const exact = allSettings.find((setting) => setting.key === key)
  if (exact !== undefined) return { setting: exact, captured: '' }
  const parts = key.split('.')
  for (const setting of allSettings) {
    const pattern = setting.key.split('.')
    const at = pattern.findIndex((part) => part.startsWith('$'))
    if (at === -1 || pattern.length !== parts.length) continue
    if (pattern.every((part, index) => index === at || part === parts[index])) {
      return { setting, captured: parts[at]! }
    }
  }
  return null
}

export function findAccepted(key: string): AcceptedKey | null {
  return (
    acceptedKeys.find(
      (accepted) =>
        accepted.key === key ||
        (accepted.key.endsWith('*') && key.startsWith(accepted.key.slice(0, -1))),
    ) ?? null
  )
}
