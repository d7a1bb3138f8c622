// Takes messages as a consumer would, with RabbitMQ's four ways to answer. Unlike looking, this leaves
// its mark on the queue, which the form says.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath } from '../api/paths.ts'
import type { MessageInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { Form, SelectField, TextField } from '../ui/form.tsx'
import { Panel } from '../ui/page.tsx'
import { Empty, Notice } from '../ui/states.tsx'
import { MessageList } from './message-list.tsx'
import { MessageViewer } from './message-viewer.tsx'

const modes = [
  'ack_requeue_true',
  'ack_requeue_false',
  'reject_requeue_true',
  'reject_requeue_false',
] as const

export function GetMessages({
  vhost,
  queue,
}: {
  readonly vhost: string
  readonly queue: string
}): VNode {
  const [mode, setMode] = useState<string>('ack_requeue_true')
  const [count, setCount] = useState('10')
  const [messages, setMessages] = useState<readonly MessageInfo[] | null>(null)
  const [openKey, setOpenKey] = useState('0')
  const send = async (): Promise<void> => {
    const body = { count: Number(count), ackmode: mode, encoding: 'auto', truncate: 65_536 }
    const path = `${apiPath('queues', vhost, queue)}/get`
    const got = await request<readonly MessageInfo[]>(path, { method: 'POST', body })
    // They have no place in the queue any more: here they are numbered as they came.
    setMessages(got.map((message, index) => ({ ...message, key: String(index), index })))
    setOpenKey('0')
  }
  const shown = messages?.find(({ key }) => key === openKey)
  return (
    <Panel title={t('get.title')}>
      <div class="stack">
        <Form send={send} submit={t('get.button')}>
          <div class="form-row">
            <SelectField
              label={t('get.mode')}
              value={mode}
              change={setMode}
              options={modes.map((value) => ({ value, label: t(`get.${value}`) }))}
            />
            <TextField label={t('get.count')} type="number" value={count} change={setCount} />
          </div>
          {mode.endsWith('false') ? (
            <Notice>{t('get.removes')}</Notice>
          ) : (
            <Notice kind="info">{t('get.requeues')}</Notice>
          )}
        </Form>
        {messages === null ? null : messages.length === 0 ? (
          <Empty title={t('browser.empty')}>{t('browser.emptyText')}</Empty>
        ) : (
          <div class="browser">
            <MessageList
              items={messages}
              openKey={openKey}
              open={setOpenKey}
              chosen={new Set()}
              choose={() => undefined}
            />
            {shown === undefined ? null : (
              <MessageViewer key={shown.key} message={shown} full={null} />
            )}
          </div>
        )}
      </div>
    </Panel>
  )
}
