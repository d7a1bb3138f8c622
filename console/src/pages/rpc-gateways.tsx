// A card for each gateway: where it listens, who may call, and which methods go to which queue.

import type { VNode } from 'preact'
import type { GatewayInfo, GatewayMethod, GatewayRoute } from '../api/gateway-types.ts'
import { formatCount, formatRate } from '../format/number.ts'
import { t, tOr } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { language } from '../state/preferences.ts'
import { Panel } from '../ui/page.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import { formatLatency, protocolName } from './rpc-format.ts'

export interface GatewayCardsProps {
  readonly gateways: readonly GatewayInfo[]
  readonly methods: readonly GatewayMethod[]
}

export function GatewayCards({ gateways, methods }: GatewayCardsProps): VNode {
  return (
    <div class="gateways">
      {gateways.map((gateway) => (
        <Card
          key={gateway.name}
          gateway={gateway}
          methods={methods.filter((one) => one.gateway === gateway.name)}
        />
      ))}
    </div>
  )
}

function Card({
  gateway,
  methods,
}: {
  readonly gateway: GatewayInfo
  readonly methods: readonly GatewayMethod[]
}): VNode {
  const { name, protocol, address, port, authentication, tls, vhost } = gateway
  const rate = methods.reduce((sum, method) => sum + method.rate, 0)
  const count = (value: number): string => formatCount(value, language.value)
  const state = gateway.waiting_calls > 0 ? 'warn' : 'good'
  return (
    <Panel
      title={name}
      actions={
        <span class="badges">
          <span class="badge blue">{protocolName(protocol)}</span>
          <span class="badge">{tOr(`rpc.auth.${authentication}`, authentication)}</span>
          {tls ? <span class="badge good">TLS</span> : null}
        </span>
      }
    >
      <div class="gateway-line">
        <span class={`state ${state}`}>
          <code>{`${address.includes(':') ? `[${address}]` : address}:${port}`}</code>
        </span>
        <span class="muted small">{vhost}</span>
        <span class="gateway-rate">
          <Sparkline values={addUp(methods.map(({ rates }) => rates))} />
          <span>{formatRate(rate, language.value)}</span>
        </span>
      </div>
      <dl class="gateway-now">
        <div>
          <dt>{t('rpc.running')}</dt>
          <dd>{count(gateway.running_calls)}</dd>
        </div>
        <div>
          <dt>{t('rpc.waiting')}</dt>
          <dd>{count(gateway.waiting_calls)}</dd>
        </div>
        <div>
          <dt>{t('rpc.callers')}</dt>
          <dd>{count(gateway.callers)}</dd>
        </div>
      </dl>
      <ul class="routes" aria-label={t('rpc.routes')}>
        {gateway.routes.map((route) => (
          <Route key={route.method} route={route} vhost={vhost} />
        ))}
      </ul>
    </Panel>
  )
}

function Route({ route, vhost }: { readonly route: GatewayRoute; readonly vhost: string }): VNode {
  const { method, exchange, routing_key: key, codec, timeout_ms: timeout } = route
  return (
    <li>
      <code>{method}</code>
      <span class="muted" aria-hidden="true">
        →
      </span>
      {exchange === '' ? (
        <a href={href('queues', vhost, key)}>{key}</a>
      ) : (
        <a href={href('exchanges', vhost, exchange)}>
          {exchange}
          {key === '' ? '' : ` · ${key}`}
        </a>
      )}
      <span class="muted small">
        {tOr(`rpc.codec.${codec}`, codec)} · {formatLatency(timeout)}
      </span>
    </li>
  )
}

/** The newest second of each is its last. */
function addUp(all: readonly (readonly number[])[]): readonly number[] {
  const length = Math.max(0, ...all.map((rates) => rates.length))
  return Array.from({ length }, (_, index) =>
    all.reduce((sum, rates) => sum + (rates[rates.length - length + index] ?? 0), 0),
  )
}
