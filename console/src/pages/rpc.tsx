// RPC gateways: what listens, what is called and how fast it is answered, who calls, and a form to try
// a call.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { GatewayCaller, GatewayInfo, GatewayMethod } from '../api/gateway-types.ts'
import { useResource } from '../api/poll.ts'
import type { Page as ListPage } from '../api/types.ts'
import { formatCount, formatRate } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { language, vhost } from '../state/preferences.ts'
import { Figure, Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { CallerTable } from './rpc-callers.tsx'
import { GatewayCards } from './rpc-gateways.tsx'
import { MethodTable } from './rpc-methods.tsx'
import { RpcSetup } from './rpc-setup.tsx'
import { type Trial, TryCall } from './rpc-try.tsx'

/** The busiest; a table of more would not be read. */
const shownMax = 200
const busiest = `page=1&page_size=${shownMax}&sort=calls&sort_reverse=true`

export function RpcPage(): VNode {
  const gateways = useResource<readonly GatewayInfo[]>('gateways')
  const missing = gateways.error?.status === 404
  return (
    <Page title={t('rpc.title')} sub={t('rpc.text')}>
      {missing ? (
        <RpcSetup />
      ) : (
        <Loaded from={gateways}>
          {(all) => {
            const shown = all.filter((one) => vhost.value === '' || one.vhost === vhost.value)
            return shown.length === 0 ? <RpcSetup /> : <Running gateways={shown} />
          }}
        </Loaded>
      )}
    </Page>
  )
}

function Running({ gateways }: { readonly gateways: readonly GatewayInfo[] }): VNode {
  const methods = useResource<ListPage<GatewayMethod>>(`gateways/methods?${busiest}`)
  const callers = useResource<ListPage<GatewayCaller>>(`gateways/callers?${busiest}`)
  const [trial, setTrial] = useState<Trial>({ gateway: gateways[0]?.name ?? '', method: '' })
  const names = new Set(gateways.map(({ name }) => name))
  const called = (methods.data?.items ?? []).filter(({ gateway }) => names.has(gateway))
  const calling = (callers.data?.items ?? []).filter(({ gateway }) => names.has(gateway))
  return (
    <>
      <Totals gateways={gateways} methods={called} />
      <GatewayCards gateways={gateways} methods={called} />
      <Panel title={t('rpc.methods')} flush>
        <Loaded from={methods}>
          {({ filtered_count: count }) =>
            called.length === 0 ? (
              <Empty title={t('rpc.noCalls')}>{t('rpc.noCallsText')}</Empty>
            ) : (
              <>
                <MethodTable
                  methods={called}
                  tryOut={(method) => {
                    setTrial({ gateway: method.gateway, method: method.name })
                    document.getElementById(trialId)?.scrollIntoView({ block: 'center' })
                    document.getElementById(trialId)?.querySelector('textarea')?.focus()
                  }}
                />
                {count > shownMax ? (
                  <p class="muted small panel-body">
                    {t('rpc.more', { count: formatCount(count - shownMax, language.value) })}
                  </p>
                ) : null}
              </>
            )
          }
        </Loaded>
      </Panel>
      <div class="columns">
        <div id={trialId}>
          <TryCall gateways={gateways} methods={called} trial={trial} change={setTrial} />
        </div>
        <Panel title={t('rpc.callers')} flush>
          <Loaded from={callers}>
            {() =>
              calling.length === 0 ? (
                <Empty title={t('rpc.noCallers')}>{t('rpc.noCallersText')}</Empty>
              ) : (
                <CallerTable callers={calling} />
              )
            }
          </Loaded>
        </Panel>
      </div>
    </>
  )
}

const trialId = 'try-call'

interface TotalsProps {
  readonly gateways: readonly GatewayInfo[]
  readonly methods: readonly GatewayMethod[]
}

function Totals({ gateways, methods }: TotalsProps): VNode {
  const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)
  const count = (values: readonly number[]): string => formatCount(sum(values), language.value)
  return (
    <div class="figures">
      <Figure
        label={t('rpc.calls')}
        value={formatRate(sum(methods.map(({ rate }) => rate)), language.value)}
        colour="var(--chart-in)"
      />
      <Figure label={t('rpc.running')} value={count(gateways.map((one) => one.running_calls))} />
      <Figure label={t('rpc.waiting')} value={count(gateways.map((one) => one.waiting_calls))} />
      <Figure label={t('rpc.callers')} value={count(gateways.map((one) => one.callers))} />
      <Figure
        label={t('rpc.errors')}
        value={count(methods.map(({ errors }) => errors))}
        colour="var(--chart-bad)"
      />
      <Figure label={t('rpc.timeouts')} value={count(methods.map(({ timeouts }) => timeouts))} />
    </div>
  )
}
