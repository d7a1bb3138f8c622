// Declares a queue.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath } from '../api/paths.ts'
import { t } from '../i18n/translate.ts'
import { href, navigate } from '../router/route.ts'
import type { ArgumentRow } from '../ui/argument-rows.ts'
import { toArguments } from '../ui/argument-rows.ts'
import { type ArgumentHint, ArgumentsEditor } from '../ui/arguments-editor.tsx'
import { Button } from '../ui/button.tsx'
import { Opener } from '../ui/dialog.tsx'
import { Check, Form, SelectField, TextField } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { initialVhost, VhostField } from './vhost-field.tsx'

const hints: readonly ArgumentHint[] = [
  { name: 'x-message-ttl', type: 'number', value: '60000' },
  { name: 'x-expires', type: 'number' },
  { name: 'x-max-length', type: 'number' },
  { name: 'x-max-length-bytes', type: 'number' },
  { name: 'x-overflow', type: 'string', value: 'drop-head' },
  { name: 'x-dead-letter-exchange', type: 'string' },
  { name: 'x-dead-letter-routing-key', type: 'string' },
  { name: 'x-delivery-limit', type: 'number' },
  { name: 'x-max-priority', type: 'number', value: '10' },
  { name: 'x-single-active-consumer', type: 'boolean', value: 'true' },
]

export function AddQueue(): VNode {
  return (
    <Opener
      label={t('queues.add')}
      button={(open) => (
        <Button icon="plus" kind="primary" onPress={open}>
          {t('queues.add')}
        </Button>
      )}
    >
      {(close) => <AddQueueForm close={close} />}
    </Opener>
  )
}

function AddQueueForm({ close }: { readonly close: () => void }): VNode {
  const [host, setHost] = useState(initialVhost())
  const [name, setName] = useState('')
  const [type, setType] = useState('')
  const [durable, setDurable] = useState(true)
  const [autoDelete, setAutoDelete] = useState(false)
  const [rows, setRows] = useState<readonly ArgumentRow[]>([])
  const send = async (): Promise<void> => {
    const values = toArguments(rows)
    if (type !== '') values['x-queue-type'] = type
    const body = { durable, auto_delete: autoDelete, arguments: values }
    await request(apiPath('queues', host, name), { method: 'PUT', body })
    notify(t('queues.added', { name }))
    close()
    navigate(href('queues', host, name))
  }
  return (
    <Form send={send} submit={t('queues.add')}>
      <div class="form-row">
        <VhostField value={host} change={setHost} />
        <TextField label={t('field.name')} value={name} change={setName} required mono />
        <SelectField
          label={t('field.type')}
          value={type}
          change={setType}
          options={[
            { value: '', label: t('queueType.default') },
            { value: 'classic', label: 'classic' },
            { value: 'quorum', label: 'quorum' },
          ]}
        />
      </div>
      <div class="checks">
        <Check label={t('field.durable')} value={durable} change={setDurable} />
        <Check label={t('field.autoDelete')} value={autoDelete} change={setAutoDelete} />
      </div>
      <ArgumentsEditor label={t('field.arguments')} rows={rows} change={setRows} hints={hints} />
    </Form>
  )
}
