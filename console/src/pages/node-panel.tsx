// How a node is: what it uses of what it may, and since when it runs.

import type { VNode } from 'preact'
import type { NodeInfo } from '../api/types.ts'
import { formatBytes, formatCount, formatDuration } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { Panel } from '../ui/page.tsx'

export function NodePanel({ node }: { readonly node: NodeInfo }): VNode {
  const { disk_free: free, disk_free_limit: limit } = node
  return (
    <Panel
      title={node.name}
      actions={
        <span class="muted small">
          {t('node.up', { time: formatDuration(node.uptime) })}
          {node.os_pid === undefined ? '' : ` · PID ${node.os_pid}`}
          {node.processors === undefined ? '' : ` · ${t('node.cores', { count: node.processors })}`}
        </span>
      }
    >
      <div class="meters">
        <Meter
          label={t('node.memory')}
          used={node.mem_used}
          limit={node.mem_limit}
          alarm={node.mem_alarm ?? false}
          format={formatBytes}
        />
        <div class={`meter ${node.disk_free_alarm ? 'bad' : ''}`}>
          <div class="line">
            <span class="muted">{t('node.diskFree')}</span>
            <b>{formatBytes(free)}</b>
          </div>
          <div class="small muted">{t('node.diskLimit', { limit: formatBytes(limit) })}</div>
        </div>
        <Meter
          label={t('node.files')}
          used={node.fd_used}
          limit={node.fd_total}
          alarm={false}
          format={formatCount}
        />
        <Meter
          label={t('node.sockets')}
          used={node.sockets_used}
          limit={node.sockets_total}
          alarm={false}
          format={formatCount}
        />
      </div>
    </Panel>
  )
}

interface MeterProps {
  readonly label: string
  readonly used: number | undefined
  readonly limit: number | undefined
  readonly alarm: boolean
  readonly format: (value: number | undefined) => string
}

const warnShare = 0.8

function Meter({ label, used = 0, limit = 0, alarm, format }: MeterProps): VNode {
  const share = limit > 0 ? Math.min(1, used / limit) : 0
  const tone = alarm ? 'bad' : share > warnShare ? 'warn' : ''
  return (
    <div class={`meter ${tone}`}>
      <div class="line">
        <span class="muted">{label}</span>
        <span>
          <b>{format(used)}</b>
          {limit > 0 ? <span class="muted"> / {format(limit)}</span> : null}
        </span>
      </div>
      <div class="bar">
        <i style={{ width: `${Math.max(share * 100, used > 0 ? 1 : 0)}%` }} />
      </div>
    </div>
  )
}
