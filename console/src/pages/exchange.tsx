// One exchange: its rates, its bindings, publishing to it, and deleting it.

import type { VNode } from 'preact'
import { request } from '../api/client.ts'
import { apiPath, exchangeSegment, withQuery } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { ExchangeInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { href, hrefWith, navigate } from '../router/route.ts'
import { exchangeMarks, Marks } from '../ui/badges.tsx'
import { Button } from '../ui/button.tsx'
import { confirmAction } from '../ui/dialog.tsx'
import { Facts, Page, Panel, Tabs } from '../ui/page.tsx'
import { Loaded } from '../ui/states.tsx'
import { notify } from '../ui/toast.tsx'
import { ArgumentList } from './argument-list.tsx'
import { BindingsTab } from './bindings-tab.tsx'
import { PublishForm } from './publish-form.tsx'
import { exchangeLines, historyQuery, RateChart } from './stat-charts.tsx'

export interface ExchangePageProps {
  readonly vhost: string
  /** As in the address, where the default exchange is `amq.default`. */
  readonly name: string
  readonly tab: string
}

const tabs = ['', 'publish', 'settings'] as const
const tabLabels = { '': 'tab.bindings', publish: 'tab.publish', settings: 'tab.overview' } as const

export function ExchangePage({ vhost, name, tab }: ExchangePageProps): VNode {
  const own = name === 'amq.default' ? '' : name
  const path = apiPath('exchanges', vhost, exchangeSegment(own))
  const exchange = useResource<ExchangeInfo>(withQuery(path, historyQuery))
  const remove = async (): Promise<void> => {
    const text = t('exchange.deleteText', { name })
    if (!(await confirmAction({ title: t('exchange.delete'), text, yes: t('exchange.delete') })))
      return
    await request(path, { method: 'DELETE' })
    notify(t('exchange.deleted', { name }))
    navigate(href('exchanges'))
  }
  const predefined = own === '' || own.startsWith('amq.')
  return (
    <Page
      title={own === '' ? t('exchange.default') : own}
      crumb={
        <>
          <a href={href('exchanges')}>{t('nav.exchanges')}</a> · {vhost}
        </>
      }
      sub={
        exchange.data === null ? undefined : (
          <>
            <span class="badge blue">{exchange.data.type}</span>
            <Marks marks={exchangeMarks(exchange.data)} />
          </>
        )
      }
      actions={
        <>
          <a class="button" href={hrefWith({ vhost, exchange: own }, 'explain')}>
            {t('nav.explain')}
          </a>
          {predefined ? null : (
            <Button kind="danger" icon="trash" onPress={remove}>
              {t('exchange.delete')}
            </Button>
          )}
        </>
      }
    >
      <Tabs
        tabs={tabs.map((key) => ({
          label: t(tabLabels[key]),
          to: key === '' ? href('exchanges', vhost, name) : href('exchanges', vhost, name, key),
          on: tab === key,
        }))}
      />
      {tab === 'publish' ? (
        <PublishForm vhost={vhost} exchange={own} routingKey="" />
      ) : (
        <Loaded from={exchange}>
          {(data) =>
            tab === 'settings' ? (
              <Settings exchange={data} />
            ) : (
              <BindingsTab vhost={vhost} name={own} kind="exchange" type={data.type} />
            )
          }
        </Loaded>
      )}
    </Page>
  )
}

function Settings({ exchange }: { readonly exchange: ExchangeInfo }): VNode {
  return (
    <div class="columns">
      <RateChart stats={exchange.message_stats} lines={exchangeLines} />
      <Panel title={t('queue.settings')}>
        <Facts
          facts={[
            { name: t('field.type'), value: exchange.type },
            { name: t('field.durable'), value: t(exchange.durable ? 'word.yes' : 'word.no') },
            {
              name: t('field.autoDelete'),
              value: t(exchange.auto_delete ? 'word.yes' : 'word.no'),
            },
            { name: t('field.internal'), value: t(exchange.internal ? 'word.yes' : 'word.no') },
            { name: t('field.policy'), value: exchange.policy || '–' },
            { name: t('field.arguments'), value: <ArgumentList values={exchange.arguments} /> },
          ]}
        />
      </Panel>
    </div>
  )
}
