// One queue: how it is, what waits in it, where it hangs, and what can be done with it.

import type { VNode } from 'preact'
import { request } from '../api/client.ts'
import { apiPath, withQuery } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { QueueInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { href, navigate } from '../router/route.ts'
import { Marks, queueMarks, State } from '../ui/badges.tsx'
import { Button } from '../ui/button.tsx'
import { confirmAction } from '../ui/dialog.tsx'
import { Page, Tabs } from '../ui/page.tsx'
import { Loaded } from '../ui/states.tsx'
import { notify } from '../ui/toast.tsx'
import { BindingsTab } from './bindings-tab.tsx'
import { MessageBrowser } from './message-browser.tsx'
import { PublishForm } from './publish-form.tsx'
import { QueueOverview } from './queue-overview.tsx'
import { historyQuery } from './stat-charts.tsx'

export interface QueuePageProps {
  readonly vhost: string
  readonly name: string
  readonly tab: string
}

const tabs = ['', 'messages', 'bindings', 'publish'] as const

export function QueuePage({ vhost, name, tab }: QueuePageProps): VNode {
  const path = apiPath('queues', vhost, name)
  const queue = useResource<QueueInfo>(withQuery(path, historyQuery))
  const purge = async (): Promise<void> => {
    const ask = {
      title: t('queue.purge'),
      text: t('queue.purgeText', { name }),
      yes: t('queue.purge'),
    }
    if (!(await confirmAction(ask))) return
    await request(`${path}/contents`, { method: 'DELETE' })
    notify(t('queue.purged', { name }))
    queue.reload()
  }
  const remove = async (): Promise<void> => {
    const count = queue.data?.messages ?? 0
    const text = t('queue.deleteText', { name, count })
    if (!(await confirmAction({ title: t('queue.delete'), text, yes: t('queue.delete') }))) return
    await request(path, { method: 'DELETE' })
    notify(t('queue.deleted', { name }))
    navigate(href('queues'))
  }
  return (
    <Page
      title={name}
      crumb={
        <>
          <a href={href('queues')}>{t('nav.queues')}</a> · {vhost}
        </>
      }
      sub={
        queue.data === null ? undefined : (
          <>
            <State state={queue.data.state} />
            <Marks marks={queueMarks(queue.data)} />
          </>
        )
      }
      actions={
        <>
          <Button onPress={purge}>{t('queue.purge')}</Button>
          <Button kind="danger" icon="trash" onPress={remove}>
            {t('queue.delete')}
          </Button>
        </>
      }
    >
      <Tabs
        tabs={tabs.map((key) => ({
          label: t(key === '' ? 'tab.overview' : `tab.${key}`),
          to: key === '' ? href('queues', vhost, name) : href('queues', vhost, name, key),
          on: tab === key,
        }))}
      />
      {tab === 'messages' ? (
        <MessageBrowser vhost={vhost} queue={name} />
      ) : tab === 'bindings' ? (
        <BindingsTab vhost={vhost} name={name} kind="queue" />
      ) : tab === 'publish' ? (
        <PublishForm vhost={vhost} exchange="" routingKey={name} toQueue />
      ) : (
        <Loaded from={queue}>{(data) => <QueueOverview queue={data} />}</Loaded>
      )}
    </Page>
  )
}
