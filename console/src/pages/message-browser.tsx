// Looks into a queue. Where the broker can (Warren), without touching anything; otherwise by taking
// messages and giving them back, which is said and must be asked for.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath, withQuery } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { ActionResult, MessageInfo, MessagePage } from '../api/types.ts'
import { formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { Button } from '../ui/button.tsx'
import { confirmAction } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/page.tsx'
import { Empty, Failure, Loading } from '../ui/states.tsx'
import { notify } from '../ui/toast.tsx'
import { GetMessages } from './get-messages.tsx'
import { MessageList } from './message-list.tsx'
import { MessageViewer } from './message-viewer.tsx'
import { MoveDialog } from './move-dialog.tsx'

export interface MessageBrowserProps {
  readonly vhost: string
  readonly queue: string
}

const pageSize = 50

export function MessageBrowser({ vhost, queue }: MessageBrowserProps): VNode {
  const [search, setSearch] = useState('')
  const [offset, setOffset] = useState(0)
  const own = apiPath('queues', vhost, queue)
  const query = { offset, limit: pageSize, search, truncate: 4096 }
  const page = useResource<MessagePage>(withQuery(`${own}/messages`, query))
  if (page.error?.status === 404 || page.error?.status === 405) {
    return <GetMessages vhost={vhost} queue={queue} />
  }
  return (
    <>
      <Panel
        flush
        title={t('browser.title')}
        actions={
          <SearchField
            value={search}
            change={(value) => {
              setSearch(value)
              setOffset(0)
            }}
          />
        }
      >
        {page.error === null ? null : <Failure error={page.error} retry={page.reload} />}
        {page.data === null ? (
          page.error === null ? (
            <Loading />
          ) : null
        ) : (
          <Browser {...{ vhost, queue, page: page.data, search, setOffset, reload: page.reload }} />
        )}
      </Panel>
      <GetMessages vhost={vhost} queue={queue} />
    </>
  )
}

function SearchField({ value, change }: { value: string; change: (value: string) => void }): VNode {
  return (
    <div class="search">
      <Icon name="search" />
      <input
        type="search"
        value={value}
        placeholder={t('browser.search')}
        aria-label={t('browser.search')}
        data-filter="true"
        onInput={(event) => change(event.currentTarget.value)}
      />
    </div>
  )
}

interface BrowserProps {
  readonly vhost: string
  readonly queue: string
  readonly page: MessagePage
  readonly search: string
  readonly setOffset: (offset: number) => void
  readonly reload: () => void
}

function Browser({ vhost, queue, page, search, setOffset, reload }: BrowserProps): VNode {
  const [openKey, setOpenKey] = useState<string | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [moving, setMoving] = useState(false)
  const own = apiPath('queues', vhost, queue)
  const { items } = page
  const shown = items.find(({ key }) => key === openKey) ?? items[0]
  // What has left the queue meanwhile is no longer chosen.
  const keys = items.flatMap(({ key }) => (key !== undefined && chosen.has(key) ? [key] : []))
  const targets = keys.length > 0 ? keys : shown?.key === undefined ? [] : [shown.key]
  const act = async (action: string, to: unknown): Promise<void> => {
    const result = await request<ActionResult>(`${own}/messages/actions`, {
      method: 'POST',
      body: { action, keys: targets, to },
    })
    setChosen(new Set())
    setMoving(false)
    reportActed(result)
    reload()
  }
  const remove = async (): Promise<void> => {
    const text = t('browser.deleteText', { count: targets.length })
    if (await confirmAction({ title: t('browser.delete'), text, yes: t('browser.delete') })) {
      await act('delete', null)
    }
  }
  if (items.length === 0) {
    return search === '' ? (
      <Empty title={t('browser.empty')}>{t('browser.emptyText')}</Empty>
    ) : (
      <Empty title={t('list.noMatch')}>
        {t('browser.noMatchText', { count: formatCount(page.looked_at) })}
      </Empty>
    )
  }
  return (
    <>
      <div class="panel-body toolbar">
        <span class="muted" aria-live="polite">
          {describePage(page, keys.length)}
        </span>
        <span class="toolbar">
          <Button small icon="replay" onPress={() => act('copy', 'published')}>
            {t('browser.replay')}
          </Button>
          <Button small icon="move" onPress={() => setMoving(true)}>
            {t('browser.move')}
          </Button>
          {items.some(hasDied) ? (
            <Button small icon="back" onPress={() => act('move', 'died')}>
              {t('browser.sendBack')}
            </Button>
          ) : null}
          <Button small icon="trash" kind="danger" onPress={remove}>
            {t('browser.delete')}
          </Button>
        </span>
      </div>
      <div class="browser">
        <MessageList
          items={items}
          openKey={shown?.key ?? null}
          open={setOpenKey}
          chosen={chosen}
          choose={setChosen}
          foot={<Pager page={page} setOffset={setOffset} />}
        />
        {shown === undefined ? null : (
          <MessageViewer key={shown.key} message={shown} full={`${own}/messages/${shown.key}`} />
        )}
      </div>
      {moving ? (
        <MoveDialog
          vhost={vhost}
          count={targets.length}
          close={() => setMoving(false)}
          move={(to) => act('move', to)}
        />
      ) : null}
    </>
  )
}

export function hasDied(message: MessageInfo): boolean {
  return Array.isArray(message.properties.headers?.['x-death'])
}

export function reportActed({ done, missing, unroutable }: ActionResult): void {
  const parts = [t('browser.done', { count: done })]
  if (missing > 0) parts.push(t('browser.missing', { count: missing }))
  if (unroutable > 0) parts.push(t('browser.unroutable', { count: unroutable }))
  notify(parts.join(' '), unroutable > 0)
}

function describePage(page: MessagePage, chosen: number): string {
  if (chosen > 0) return t('browser.chosen', { count: chosen })
  const { offset, items, matched, looked_at, messages_ready } = page
  const range = { from: offset + 1, to: offset + items.length, of: formatCount(matched) }
  const text = t('browser.range', range)
  return looked_at < messages_ready
    ? `${text} ${t('browser.inMemory', { count: formatCount(messages_ready) })}`
    : text
}

function Pager({
  page,
  setOffset,
}: {
  page: MessagePage
  setOffset: (offset: number) => void
}): VNode | null {
  const { offset, matched } = page
  if (matched <= pageSize) return null
  return (
    <div class="panel-body toolbar">
      <Button
        small
        disabled={offset === 0}
        onPress={() => setOffset(Math.max(0, offset - pageSize))}
      >
        {t('pager.before')}
      </Button>
      <Button
        small
        disabled={offset + pageSize >= matched}
        onPress={() => setOffset(offset + pageSize)}
      >
        {t('pager.next')}
      </Button>
    </div>
  )
}
