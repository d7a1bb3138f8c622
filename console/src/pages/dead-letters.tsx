// Where the dead lie: which queues receive dead letters, from whom, why they died, and the way back.

import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ApiError, request } from '../api/client.ts'
import { apiPath, listPath, withQuery } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { ActionResult, Binding, MessagePage, QueueInfo } from '../api/types.ts'
import { countReasons } from '../decode/deaths.ts'
import { formatCount } from '../format/number.ts'
import { type Cemetery, findCemeteries } from '../graph/cemeteries.ts'
import { t, tOr } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { vhost } from '../state/preferences.ts'
import { Button } from '../ui/button.tsx'
import { confirmAction } from '../ui/dialog.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { reportActed } from './message-browser.tsx'
import { RecentDrops } from './recent-drops.tsx'

export function DeadLettersPage(): VNode {
  const query = {
    columns: 'name,vhost,arguments,effective_policy_definition,messages',
    disable_stats: false,
  }
  // Asked once: with ten thousand queues this is the one list that is wanted whole.
  const queues = useResource<readonly QueueInfo[]>(
    withQuery(listPath('queues', vhost.value), query),
    {
      repeat: false,
    },
  )
  const bindings = useResource<readonly Binding[]>(listPath('bindings', vhost.value), {
    repeat: false,
  })
  return (
    <Page title={t('nav.deadLetters')} sub={t('dead.text')}>
      <Loaded from={queues}>
        {(all) => (
          <Loaded from={bindings}>
            {(bound) => <Cemeteries found={findCemeteries(all, bound)} />}
          </Loaded>
        )}
      </Loaded>
      <RecentDrops />
    </Page>
  )
}

function Cemeteries({ found }: { readonly found: readonly Cemetery[] }): VNode {
  if (found.length === 0) {
    return (
      <Panel>
        <Empty title={t('dead.none')}>{t('dead.noneText')}</Empty>
      </Panel>
    )
  }
  return (
    <div class="dead-grid">
      {found.map((cemetery) => (
        <CemeteryPanel key={`${cemetery.vhost} ${cemetery.queue}`} cemetery={cemetery} />
      ))}
    </div>
  )
}

const lookedAt = 200

function CemeteryPanel({ cemetery }: { readonly cemetery: Cemetery }): VNode {
  const { vhost: host, queue, sources } = cemetery
  const own = apiPath('queues', host, queue)
  const page = useResource<MessagePage>(`${own}/messages?limit=${lookedAt}&truncate=0`)
  const reasons = countReasons(page.data?.items ?? [])
  const most = Math.max(...reasons.map(({ count }) => count), 1)
  const waiting = page.data?.messages_ready ?? cemetery.messages
  const canLook = !(page.error instanceof ApiError && page.error.status === 404)
  return (
    <Panel
      title={queue}
      actions={<span class={waiting > 0 ? 'badge bad' : 'badge good'}>{formatCount(waiting)}</span>}
    >
      <div class="stack">
        <div class="small muted">
          {t('dead.from')}{' '}
          {sources.slice(0, 6).map((source) => (
            <a key={source} class="badge" href={href('queues', host, source)}>
              {source}
            </a>
          ))}
          {sources.length > 6 ? ` +${sources.length - 6}` : ''}
        </div>
        {reasons.length === 0 ? (
          <p class="muted">{t(waiting === 0 ? 'dead.quiet' : 'dead.unknown')}</p>
        ) : (
          <div class="reasons">
            {reasons.slice(0, 6).map(({ reason, queue: source, count }) => (
              <div class="reason-line" key={`${reason} ${source}`}>
                <span>{tOr(`reason.${reason}`, reason)}</span>
                <span class="bar" title={source}>
                  <i style={{ width: `${(count / most) * 100}%` }} />
                </span>
                <span class="small">
                  {count} · {source || '–'}
                </span>
              </div>
            ))}
          </div>
        )}
        <div class="actions">
          <a class="button small" href={href('queues', host, queue, 'messages')}>
            {t('dead.look')}
          </a>
          {canLook && waiting > 0 ? (
            <SendAllBack own={own} count={waiting} reload={page.reload} />
          ) : null}
        </div>
      </div>
    </Panel>
  )
}

interface SendAllBackProps {
  readonly own: string
  readonly count: number
  readonly reload: () => void
}

const batchSize = 200

/** In batches, each one turn of the broker; what came after the press stays where it is. */
function SendAllBack({ own, count, reload }: SendAllBackProps): VNode {
  const [left, setLeft] = useState<number | null>(null)
  const sendBack = async (): Promise<void> => {
    const text = t('dead.sendAllText', { count })
    if (
      !(await confirmAction({
        title: t('dead.sendAll'),
        text,
        yes: t('dead.sendAll'),
        danger: false,
      }))
    )
      return
    const total = { done: 0, missing: 0, unroutable: 0 }
    for (let rest = count; rest > 0; ) {
      setLeft(rest)
      const page = await request<MessagePage>(
        `${own}/messages?offset=${total.unroutable}&limit=${Math.min(batchSize, rest)}&truncate=0`,
      )
      const keys = page.items.flatMap(({ key }) => key ?? [])
      if (keys.length === 0) break
      const body = { action: 'move', keys, to: 'died' }
      const result = await request<ActionResult>(`${own}/messages/actions`, {
        method: 'POST',
        body,
      })
      total.done += result.done
      total.missing += result.missing
      total.unroutable += result.unroutable
      rest -= keys.length
    }
    setLeft(null)
    reportActed(total)
    reload()
  }
  useEffect(() => () => setLeft(null), [])
  return (
    <Button small icon="back" onPress={sendBack}>
      {left === null ? t('dead.sendAll') : t('dead.left', { count: formatCount(left) })}
    </Button>
  )
}
