// Where to move messages: into a queue, or through an exchange.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { t } from '../i18n/translate.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, SelectField, TextField } from '../ui/form.tsx'
import { NameOptions } from './name-options.tsx'

export interface Destination {
  readonly exchange: string
  readonly routing_key: string
}

export interface MoveDialogProps {
  readonly vhost: string
  readonly count: number
  readonly close: () => void
  readonly move: (to: Destination) => Promise<void>
}

export function MoveDialog({ vhost, count, close, move }: MoveDialogProps): VNode {
  const [kind, setKind] = useState('queue')
  const [name, setName] = useState('')
  const [key, setKey] = useState('')
  const toQueue = kind === 'queue'
  const send = (): Promise<void> =>
    move(toQueue ? { exchange: '', routing_key: name } : { exchange: name, routing_key: key })
  return (
    <Dialog title={t('move.title', { count })} close={close}>
      <Form send={send} submit={t('browser.move')}>
        <div class="form-row">
          <SelectField
            label={t('bindings.toKind')}
            value={kind}
            change={setKind}
            options={[
              { value: 'queue', label: t('word.queue') },
              { value: 'exchange', label: t('word.exchange') },
            ]}
          />
          <TextField
            label={t(toQueue ? 'field.toQueue' : 'field.toExchange')}
            value={name}
            change={setName}
            list="move-names"
            required
            mono
          />
          {toQueue ? null : (
            <TextField label={t('field.routingKey')} value={key} change={setKey} mono />
          )}
        </div>
        <NameOptions
          id="move-names"
          kind={toQueue ? 'queues' : 'exchanges'}
          vhost={vhost}
          name={name}
        />
      </Form>
    </Dialog>
  )
}
