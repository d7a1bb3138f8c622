// What the page says while no gateway is configured: what one is for, and the lines that switch it on.

import type { VNode } from 'preact'
import { t } from '../i18n/translate.ts'
import { Panel } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'

const lines = `gateway.xml_rpc = 4242
gateway.json_rpc = 4244
gateway.route.fib.queue = rpc_queue`

export function RpcSetup(): VNode {
  return (
    <Panel>
      <Empty title={t('rpc.none')}>{t('rpc.noneText')}</Empty>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre class="payload setup" tabIndex={0}>
        {lines}
      </pre>
    </Panel>
  )
}
