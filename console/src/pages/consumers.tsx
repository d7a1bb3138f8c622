// All consumers. The API does not page them, so the list is filtered here and shows the first ones.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { listPath } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { ConsumerInfo } from '../api/types.ts'
import { formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { vhost } from '../state/preferences.ts'
import { Icon } from '../ui/icon.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { ConsumerTable } from './consumer-table.tsx'

/** Rows drawn at most; the filter finds the rest. */
const shownMax = 500

export function ConsumersPage(): VNode {
  const consumers = useResource<readonly ConsumerInfo[]>(listPath('consumers', vhost.value))
  const [text, setText] = useState('')
  const matches = (row: ConsumerInfo): boolean =>
    `${row.consumer_tag} ${row.queue.name} ${row.channel_details?.name ?? ''}`
      .toLowerCase()
      .includes(text.toLowerCase())
  const found = (consumers.data ?? []).filter(matches)
  return (
    <Page title={t('nav.consumers')}>
      <Panel
        flush
        actions={
          <>
            <div class="search">
              <Icon name="search" />
              <input
                type="search"
                value={text}
                placeholder={t('list.filter')}
                aria-label={t('list.filter')}
                data-filter="true"
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </div>
            <span class="muted nowrap">
              {t('list.count', { count: formatCount(found.length) })}
            </span>
          </>
        }
      >
        <Loaded from={consumers}>
          {() =>
            found.length === 0 ? (
              <Empty title={t('consumers.empty')}>{t('consumers.emptyText')}</Empty>
            ) : (
              <ConsumerTable consumers={found.slice(0, shownMax)} without="" />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
