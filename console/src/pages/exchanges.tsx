// All exchanges, and a form for a new one.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath, exchangeSegment } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { ExchangeInfo, Overview } from '../api/types.ts'
import { formatRate } from '../format/number.ts'
import { rateOf } from '../format/samples.ts'
import { t } from '../i18n/translate.ts'
import { href, navigate } from '../router/route.ts'
import { language, vhost } from '../state/preferences.ts'
import type { ArgumentRow } from '../ui/argument-rows.ts'
import { toArguments } from '../ui/argument-rows.ts'
import { ArgumentsEditor } from '../ui/arguments-editor.tsx'
import { exchangeMarks, Marks } from '../ui/badges.tsx'
import { Button } from '../ui/button.tsx'
import { Opener } from '../ui/dialog.tsx'
import { Check, Form, SelectField, TextField } from '../ui/form.tsx'
import { ListPage } from '../ui/list-page.tsx'
import { notify } from '../ui/toast.tsx'
import type { GridColumn } from '../ui/virtual-table.tsx'
import { initialVhost, VhostField } from './vhost-field.tsx'

const fields =
  'name,vhost,type,durable,auto_delete,internal,arguments,policy,message_stats.publish_in_details.rate,message_stats.publish_out_details.rate'

export function ExchangesPage(): VNode {
  return (
    <ListPage<ExchangeInfo>
      title={t('nav.exchanges')}
      kind="exchanges"
      fields={fields}
      columns={columns()}
      order={{ by: 'name', down: false }}
      actions={<AddExchange />}
      emptyTitle={t('exchanges.empty')}
      emptyText={t('exchanges.emptyText')}
    />
  )
}

function columns(): readonly GridColumn<ExchangeInfo>[] {
  const rate = (row: ExchangeInfo, name: string): string => {
    const value = rateOf(row.message_stats, name)
    return value === undefined || value === 0 ? '–' : formatRate(value, language.value)
  }
  return [
    {
      key: 'name',
      title: t('field.name'),
      width: 'minmax(150px, 3fr)',
      sort: 'name',
      cell: (row) => (
        <a href={href('exchanges', row.vhost, exchangeSegment(row.name))} title={row.name}>
          {row.name === '' ? t('exchange.default') : row.name}
        </a>
      ),
    },
    ...(vhost.value === ''
      ? [
          {
            key: 'vhost',
            title: t('word.vhost'),
            width: 'minmax(98px, 0.6fr)',
            sort: 'vhost',
            wide: true,
            cell: (row: ExchangeInfo) => row.vhost,
          },
        ]
      : []),
    {
      key: 'type',
      title: t('field.type'),
      width: 'minmax(80px, 1fr)',
      sort: 'type',
      cell: (row) => row.type,
    },
    {
      key: 'marks',
      title: t('field.features'),
      width: 'minmax(120px, 1.4fr)',
      wide: true,
      cell: (row) => <Marks marks={exchangeMarks(row)} />,
    },
    {
      key: 'in',
      title: t('stat.publishIn'),
      width: '110px',
      number: true,
      sort: 'message_stats.publish_in_details.rate',
      cell: (row) => rate(row, 'publish_in'),
    },
    {
      key: 'out',
      title: t('stat.publishOut'),
      width: '110px',
      number: true,
      wide: true,
      sort: 'message_stats.publish_out_details.rate',
      cell: (row) => rate(row, 'publish_out'),
    },
  ]
}

function AddExchange(): VNode {
  return (
    <Opener
      label={t('exchanges.add')}
      button={(open) => (
        <Button icon="plus" kind="primary" onPress={open}>
          {t('exchanges.add')}
        </Button>
      )}
    >
      {(close) => <AddExchangeForm close={close} />}
    </Opener>
  )
}

const knownTypes = ['direct', 'fanout', 'topic', 'headers']

function AddExchangeForm({ close }: { readonly close: () => void }): VNode {
  const overview = useResource<Overview>('overview?columns=exchange_types', { repeat: false })
  const types = overview.data?.exchange_types?.map(({ name }) => name) ?? knownTypes
  const [host, setHost] = useState(initialVhost())
  const [name, setName] = useState('')
  const [type, setType] = useState('direct')
  const [flags, setFlags] = useState({ durable: true, auto_delete: false, internal: false })
  const [rows, setRows] = useState<readonly ArgumentRow[]>([])
  const send = async (): Promise<void> => {
    const body = { type, ...flags, arguments: toArguments(rows) }
    await request(apiPath('exchanges', host, name), { method: 'PUT', body })
    notify(t('exchanges.added', { name }))
    close()
    navigate(href('exchanges', host, name))
  }
  return (
    <Form send={send} submit={t('exchanges.add')}>
      <div class="form-row">
        <VhostField value={host} change={setHost} />
        <TextField label={t('field.name')} value={name} change={setName} required mono />
        <SelectField
          label={t('field.type')}
          value={type}
          change={setType}
          options={types.map((value) => ({ value, label: value }))}
        />
      </div>
      <div class="checks">
        <Check
          label={t('field.durable')}
          value={flags.durable}
          change={(durable) => setFlags({ ...flags, durable })}
        />
        <Check
          label={t('field.autoDelete')}
          value={flags.auto_delete}
          change={(auto_delete) => setFlags({ ...flags, auto_delete })}
        />
        <Check
          label={t('field.internal')}
          value={flags.internal}
          change={(internal) => setFlags({ ...flags, internal })}
        />
      </div>
      <ArgumentsEditor
        label={t('field.arguments')}
        rows={rows}
        change={setRows}
        hints={[{ name: 'alternate-exchange', type: 'string' }]}
      />
    </Form>
  )
}
