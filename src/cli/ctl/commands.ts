// All commands of warrenctl and of the RabbitMQ programs whose names it answers to.

import type { Command } from './command.ts'
import { diagnosticCommands } from './commands/diagnostics.ts'
import { listingCommands } from './commands/listings.ts'
import { nodeCommands } from './commands/node.ts'
import { operationCommands } from './commands/operations.ts'
import { permissionCommands } from './commands/permissions.ts'
import { pluginCommands } from './commands/plugins.ts'
import { policyCommands } from './commands/policies.ts'
import { userCommands } from './commands/users.ts'
import { vhostCommands } from './commands/vhosts.ts'

export const allCommands: readonly Command[] = [
  ...nodeCommands,
  ...userCommands,
  ...permissionCommands,
  ...vhostCommands,
  ...policyCommands,
  ...listingCommands,
  ...operationCommands,
  ...diagnosticCommands,
  ...pluginCommands,
]
