// One channel: its mode, what it has not settled, its rates and consumers.

import type { VNode } from 'preact'
import { apiPath, withQuery } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { ChannelInfo } from '../api/types.ts'
import { formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { language } from '../state/preferences.ts'
import { State } from '../ui/badges.tsx'
import { Facts, Figure, Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { ChannelMode } from './channel-table.tsx'
import { ConsumerTable } from './consumer-table.tsx'
import { historyQuery, messageLines, RateChart } from './stat-charts.tsx'

export function ChannelPage({ name }: { readonly name: string }): VNode {
  const channel = useResource<ChannelInfo>(withQuery(apiPath('channels', name), historyQuery))
  return (
    <Page
      title={name}
      crumb={<a href={href('channels')}>{t('nav.channels')}</a>}
      sub={
        channel.data === null ? undefined : (
          <>
            <State state={channel.data.state} />
            <ChannelMode channel={channel.data} />
          </>
        )
      }
    >
      <Loaded from={channel}>{(data) => <Details channel={data} />}</Loaded>
    </Page>
  )
}

function Details({ channel }: { readonly channel: ChannelInfo }): VNode {
  const count = (value: number | undefined): string => formatCount(value ?? 0, language.value)
  const connection = channel.connection_details?.name
  const consumers = channel.consumer_details ?? []
  return (
    <>
      <div class="figures">
        <Figure
          label={t('stat.unacked')}
          value={count(channel.messages_unacknowledged)}
          colour="var(--chart-unacked)"
        />
        <Figure label={t('stat.unconfirmed')} value={count(channel.messages_unconfirmed)} />
        <Figure
          label={t('field.prefetch')}
          value={channel.prefetch_count ? count(channel.prefetch_count) : '∞'}
        />
        <Figure
          label={t('field.globalPrefetch')}
          value={channel.global_prefetch_count ? count(channel.global_prefetch_count) : '∞'}
        />
        <Figure label={t('nav.consumers')} value={count(channel.consumer_count)} />
      </div>
      <div class="columns">
        {channel.message_stats === undefined ? null : (
          <RateChart stats={channel.message_stats} lines={messageLines} />
        )}
        <Panel title={t('connection.details')}>
          <Facts
            facts={[
              {
                name: t('word.connection'),
                value:
                  connection === undefined ? (
                    '–'
                  ) : (
                    <a href={href('connections', connection)}>{connection}</a>
                  ),
              },
              { name: t('field.user'), value: channel.user ?? '–' },
              { name: t('word.vhost'), value: channel.vhost ?? '–' },
              { name: t('stat.uncommitted'), value: count(channel.messages_uncommitted) },
            ]}
          />
        </Panel>
      </div>
      <Panel title={t('nav.consumers')} flush>
        {consumers.length === 0 ? (
          <Empty title={t('consumers.empty')}>{t('consumers.emptyChannel')}</Empty>
        ) : (
          <ConsumerTable consumers={consumers} without="channel" />
        )}
      </Panel>
    </>
  )
}
