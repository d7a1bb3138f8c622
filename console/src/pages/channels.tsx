// All channels.

import type { VNode } from 'preact'
import { apiPath } from '../api/paths.ts'
import type { ChannelInfo } from '../api/types.ts'
import { formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { language, vhost } from '../state/preferences.ts'
import { State } from '../ui/badges.tsx'
import { ListPage } from '../ui/list-page.tsx'
import type { GridColumn } from '../ui/virtual-table.tsx'
import { ChannelMode } from './channel-table.tsx'

const fields =
  'name,number,user,vhost,state,confirm,transactional,consumer_count,prefetch_count,messages_unacknowledged,messages_unconfirmed'

function columns(): readonly GridColumn<ChannelInfo>[] {
  const count = (value: number | undefined): string => formatCount(value ?? 0, language.value)
  return [
    {
      key: 'name',
      title: t('field.name'),
      width: 'minmax(150px, 2.4fr)',
      sort: 'name',
      cell: (row) => (
        <a href={href('channels', row.name)} title={row.name}>
          {row.name}
        </a>
      ),
    },
    {
      key: 'user',
      title: t('field.user'),
      width: 'minmax(70px, 0.8fr)',
      sort: 'user',
      wide: true,
      cell: (row) => row.user ?? '–',
    },
    {
      key: 'mode',
      title: t('field.mode'),
      width: 'minmax(80px, 0.9fr)',
      wide: true,
      cell: (row) => <ChannelMode channel={row} />,
    },
    {
      key: 'state',
      title: t('field.state'),
      width: '96px',
      sort: 'state',
      cell: (row) => <State state={row.state} />,
    },
    {
      key: 'unacked',
      title: t('stat.unackedShort'),
      width: '92px',
      number: true,
      sort: 'messages_unacknowledged',
      cell: (row) => count(row.messages_unacknowledged),
    },
    {
      key: 'prefetch',
      title: t('field.prefetch'),
      width: '86px',
      number: true,
      sort: 'prefetch_count',
      wide: true,
      cell: (row) => (row.prefetch_count ? String(row.prefetch_count) : '∞'),
    },
    {
      key: 'consumers',
      title: t('nav.consumers'),
      width: '96px',
      number: true,
      sort: 'consumer_count',
      wide: true,
      cell: (row) => count(row.consumer_count),
    },
  ]
}

export function ChannelsPage(): VNode {
  return (
    <ListPage<ChannelInfo>
      title={t('nav.channels')}
      kind="channels"
      path={vhost.value === '' ? 'channels' : `${apiPath('vhosts', vhost.value)}/channels`}
      fields={fields}
      columns={columns()}
      order={{ by: 'name', down: false }}
      emptyTitle={t('channels.empty')}
      emptyText={t('channels.emptyText')}
    />
  )
}
