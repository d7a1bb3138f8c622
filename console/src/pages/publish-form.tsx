// Publishes a message: to an exchange, or straight into a queue.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath, exchangeSegment } from '../api/paths.ts'
import { t } from '../i18n/translate.ts'
import type { ArgumentRow } from '../ui/argument-rows.ts'
import { toArguments } from '../ui/argument-rows.ts'
import { ArgumentsEditor } from '../ui/arguments-editor.tsx'
import { Field, Form, SelectField, TextField } from '../ui/form.tsx'
import { Panel } from '../ui/page.tsx'
import { notify } from '../ui/toast.tsx'

export interface PublishFormProps {
  readonly vhost: string
  readonly exchange: string
  readonly routingKey: string
  /** The key is the queue's name and stays so. */
  readonly toQueue?: boolean
}

const propertyHints = [
  { name: 'content_type', type: 'string', value: 'application/json' },
  { name: 'content_encoding', type: 'string' },
  { name: 'correlation_id', type: 'string' },
  { name: 'reply_to', type: 'string' },
  { name: 'expiration', type: 'string', value: '60000' },
  { name: 'message_id', type: 'string' },
  { name: 'priority', type: 'number', value: '5' },
  { name: 'timestamp', type: 'number' },
  { name: 'type', type: 'string' },
  { name: 'app_id', type: 'string' },
] as const

export function PublishForm({
  vhost,
  exchange,
  routingKey,
  toQueue = false,
}: PublishFormProps): VNode {
  const [key, setKey] = useState(routingKey)
  const [payload, setPayload] = useState('')
  const [encoding, setEncoding] = useState('string')
  const [mode, setMode] = useState('2')
  const [headers, setHeaders] = useState<readonly ArgumentRow[]>([])
  const [properties, setProperties] = useState<readonly ArgumentRow[]>([])
  const send = async (): Promise<void> => {
    const body = {
      routing_key: key,
      payload,
      payload_encoding: encoding,
      properties: {
        ...toArguments(properties),
        delivery_mode: Number(mode),
        headers: toArguments(headers),
      },
    }
    const path = `${apiPath('exchanges', vhost, exchangeSegment(exchange))}/publish`
    const { routed } = await request<{ routed: boolean }>(path, { method: 'POST', body })
    notify(t(routed ? 'publish.routed' : 'publish.unroutable'), !routed)
  }
  return (
    <Panel title={t('publish.title')}>
      <Form send={send} submit={t('publish.button')}>
        <div class="form-row">
          {toQueue ? null : (
            <TextField label={t('field.routingKey')} value={key} change={setKey} mono />
          )}
          <SelectField
            label={t('publish.mode')}
            value={mode}
            change={setMode}
            options={[
              { value: '2', label: t('publish.persistent') },
              { value: '1', label: t('publish.transient') },
            ]}
          />
          <SelectField
            label={t('publish.encoding')}
            value={encoding}
            change={setEncoding}
            options={[
              { value: 'string', label: t('publish.text') },
              { value: 'base64', label: 'Base64' },
            ]}
          />
        </div>
        <Field label={t('field.payload')}>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={8}
              value={payload}
              spellcheck={false}
              onInput={(event) => setPayload(event.currentTarget.value)}
            />
          )}
        </Field>
        <ArgumentsEditor label={t('field.headers')} rows={headers} change={setHeaders} />
        <ArgumentsEditor
          label={t('field.properties')}
          rows={properties}
          change={setProperties}
          hints={propertyHints}
        />
      </Form>
    </Panel>
  )
}
