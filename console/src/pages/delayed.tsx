// Messages that wait for their time: what is due when, and calling it off.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath, exchangeSegment, withQuery } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { DelayedMessage, Page as ListPage } from '../api/types.ts'
import { formatBytes, formatCount, formatDuration, formatTime } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { Button } from '../ui/button.tsx'
import { confirmAction } from '../ui/dialog.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { notify } from '../ui/toast.tsx'
import { initialVhost, VhostField } from './vhost-field.tsx'

const pageSize = 100

export function DelayedPage(): VNode {
  const [host, setHost] = useState(initialVhost())
  const [number, setNumber] = useState(1)
  const query = { page: number, page_size: pageSize }
  const found = useResource<ListPage<DelayedMessage>>(withQuery(apiPath('delayed', host), query))
  const cancel = async ({ vhost, id, name }: DelayedMessage): Promise<void> => {
    const text = t('delayed.cancelText', { name })
    const ask = { title: t('delayed.cancel'), text, yes: t('delayed.cancel') }
    if (!(await confirmAction(ask))) return
    await request(apiPath('delayed', vhost, String(id)), { method: 'DELETE' })
    notify(t('delayed.cancelled'))
    found.reload()
  }
  return (
    <Page title={t('nav.delayed')} sub={t('delayed.text')}>
      <Panel flush>
        <div class="panel-body narrow">
          <VhostField
            value={host}
            change={(value) => {
              setHost(value)
              setNumber(1)
            }}
          />
        </div>
        <Loaded from={found}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty title={t('delayed.none')}>{t('delayed.noneText')}</Empty>
            ) : (
              <>
                <DelayedTable rows={page.items} cancel={cancel} />
                <Pager page={page} go={setNumber} />
              </>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}

interface DelayedTableProps {
  readonly rows: readonly DelayedMessage[]
  readonly cancel: (row: DelayedMessage) => Promise<void>
}

function DelayedTable({ rows, cancel }: DelayedTableProps): VNode {
  return (
    <Table
      label={t('nav.delayed')}
      rows={rows}
      rowKey={(row) => String(row.id)}
      columns={[
        {
          key: 'due',
          title: t('field.due'),
          cell: (row) => (
            <>
              <b class="nowrap">{formatDuration(row.due - Date.now())}</b>{' '}
              <span class="muted small nowrap">{formatTime(row.due)}</span>
            </>
          ),
        },
        {
          key: 'target',
          title: t('field.waitsFor'),
          cell: (row) => <Target row={row} />,
        },
        {
          key: 'kind',
          title: t('field.type'),
          wide: true,
          cell: (row) => <span class="badge">{t(`word.${row.kind}`)}</span>,
        },
        {
          key: 'key',
          title: t('field.routingKey'),
          cell: (row) => <code>{row.routing_key || '–'}</code>,
        },
        {
          key: 'added',
          title: t('field.publishedAt'),
          wide: true,
          cell: (row) => formatTime(row.added),
        },
        {
          key: 'size',
          title: t('field.size'),
          number: true,
          wide: true,
          cell: (row) => formatBytes(row.payload_bytes),
        },
        {
          key: 'do',
          title: '',
          tail: true,
          cell: (row) => (
            <Button
              small
              icon="close"
              kind="quiet"
              label={t('delayed.cancel')}
              onPress={() => cancel(row)}
            />
          ),
        },
      ]}
    />
  )
}

function Target({ row: { kind, vhost, name } }: { readonly row: DelayedMessage }): VNode {
  const to =
    kind === 'queue' ? href('queues', vhost, name) : href('exchanges', vhost, exchangeSegment(name))
  return <a href={to}>{name}</a>
}

interface PagerProps {
  readonly page: ListPage<DelayedMessage>
  readonly go: (page: number) => void
}

function Pager({ page, go }: PagerProps): VNode {
  return (
    <div class="panel-body below toolbar">
      <span class="muted">{t('list.count', { count: formatCount(page.filtered_count) })}</span>
      {page.page_count > 1 ? (
        <>
          <Button small disabled={page.page <= 1} onPress={() => go(page.page - 1)}>
            {t('pager.before')}
          </Button>
          <Button small disabled={page.page >= page.page_count} onPress={() => go(page.page + 1)}>
            {t('pager.next')}
          </Button>
        </>
      ) : null}
    </div>
  )
}
