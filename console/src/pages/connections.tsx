// All connections.

import type { VNode } from 'preact'
import { apiPath } from '../api/paths.ts'
import type { ConnectionInfo } from '../api/types.ts'
import { formatBytes, formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { vhost } from '../state/preferences.ts'
import { State } from '../ui/badges.tsx'
import { ListPage } from '../ui/list-page.tsx'
import type { GridColumn } from '../ui/virtual-table.tsx'

const fields =
  'name,user_provided_name,user,vhost,state,protocol,ssl,channels,client_properties.product,client_properties.version,client_properties.connection_name,recv_oct_details.rate,send_oct_details.rate'

function columns(): readonly GridColumn<ConnectionInfo>[] {
  return [
    {
      key: 'name',
      title: t('field.name'),
      width: 'minmax(150px, 2.4fr)',
      sort: 'name',
      cell: (row) => (
        <a href={href('connections', row.name)} title={row.name}>
          {row.user_provided_name ?? row.name}
        </a>
      ),
    },
    {
      key: 'client',
      title: t('field.client'),
      width: 'minmax(90px, 1.3fr)',
      wide: true,
      cell: (row) => clientOf(row),
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
      key: 'vhost',
      title: t('word.vhost'),
      width: 'minmax(98px, 0.7fr)',
      sort: 'vhost',
      wide: true,
      cell: (row) => row.vhost ?? '–',
    },
    {
      key: 'state',
      title: t('field.state'),
      width: '100px',
      sort: 'state',
      cell: (row) => <State state={row.state} />,
    },
    {
      key: 'tls',
      title: 'TLS',
      width: '52px',
      wide: true,
      cell: (row) => (row.ssl ? t('word.yes') : <span class="muted">–</span>),
    },
    {
      key: 'channels',
      title: t('nav.channels'),
      width: '96px',
      number: true,
      sort: 'channels',
      cell: (row) => formatCount(row.channels ?? 0),
    },
    {
      key: 'from',
      title: t('stat.fromClient'),
      width: '112px',
      number: true,
      wide: true,
      sort: 'recv_oct_details.rate',
      cell: (row) => traffic(row.recv_oct_details?.rate),
    },
    {
      key: 'to',
      title: t('stat.toClient'),
      width: '112px',
      number: true,
      wide: true,
      sort: 'send_oct_details.rate',
      cell: (row) => traffic(row.send_oct_details?.rate),
    },
  ]
}

export function clientOf({ client_properties: properties }: ConnectionInfo): string {
  const { product, version } = properties ?? {}
  return [product, version].filter((part) => typeof part === 'string').join(' ') || '–'
}

function traffic(rate: number | undefined): VNode | string {
  if (rate === undefined || rate === 0) return <span class="muted">–</span>
  return `${formatBytes(rate)}/s`
}

export function ConnectionsPage(): VNode {
  return (
    <ListPage<ConnectionInfo>
      title={t('nav.connections')}
      kind="connections"
      path={vhost.value === '' ? 'connections' : `${apiPath('vhosts', vhost.value)}/connections`}
      fields={fields}
      columns={columns()}
      order={{ by: 'name', down: false }}
      emptyTitle={t('connections.empty')}
      emptyText={t('connections.emptyText')}
    />
  )
}
