// Policies and operator policies: settings for all queues and exchanges whose names match.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath, listPath } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { Policy } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { vhost } from '../state/preferences.ts'
import { hasTag } from '../state/session.ts'
import { type ArgumentRow, toArguments, toRows } from '../ui/argument-rows.ts'
import { type ArgumentHint, ArgumentsEditor } from '../ui/arguments-editor.tsx'
import { Button } from '../ui/button.tsx'
import { confirmAction, Opener } from '../ui/dialog.tsx'
import { Form, SelectField, TextField } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { notify } from '../ui/toast.tsx'
import { ArgumentList } from './argument-list.tsx'
import { initialVhost, VhostField } from './vhost-field.tsx'

type Kind = 'policies' | 'operator-policies'

export function PoliciesPage(): VNode {
  return (
    <Page title={t('nav.policies')} sub={t('policies.text')}>
      <PolicyPanel kind="policies" />
      <PolicyPanel kind="operator-policies" />
    </Page>
  )
}

function PolicyPanel({ kind }: { readonly kind: Kind }): VNode {
  const policies = useResource<readonly Policy[]>(listPath(kind, vhost.value))
  const title = t(`policies.${kind}`)
  const mayWrite = kind === 'policies' || hasTag('administrator')
  return (
    <Panel
      title={title}
      flush
      actions={
        mayWrite ? <EditPolicy kind={kind} policy={null} reload={policies.reload} /> : undefined
      }
    >
      <Loaded from={policies}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('policies.none')}>{t(`policies.none.${kind}`)}</Empty>
          ) : (
            <PolicyTable kind={kind} rows={rows} reload={policies.reload} />
          )
        }
      </Loaded>
    </Panel>
  )
}

interface PolicyTableProps {
  readonly kind: Kind
  readonly rows: readonly Policy[]
  readonly reload: () => void
}

function PolicyTable({ kind, rows, reload }: PolicyTableProps): VNode {
  const remove = async ({ vhost: host, name }: Policy): Promise<void> => {
    const text = t('policies.deleteText', { name })
    if (!(await confirmAction({ title: t('policies.delete'), text, yes: t('policies.delete') })))
      return
    await request(apiPath(kind, host, name), { method: 'DELETE' })
    notify(t('policies.deleted', { name }))
    reload()
  }
  return (
    <Table
      label={t(`policies.${kind}`)}
      rows={rows}
      rowKey={(row) => `${row.vhost} ${row.name}`}
      sortBy="name"
      columns={[
        {
          key: 'name',
          title: t('field.name'),
          sort: (row) => row.name,
          cell: (row) => <b>{row.name}</b>,
        },
        {
          key: 'vhost',
          title: t('word.vhost'),
          sort: (row) => row.vhost,
          wide: true,
          cell: (row) => row.vhost,
        },
        { key: 'pattern', title: t('field.pattern'), cell: (row) => <code>{row.pattern}</code> },
        { key: 'apply', title: t('field.applyTo'), wide: true, cell: (row) => row['apply-to'] },
        {
          key: 'definition',
          title: t('field.definition'),
          cell: (row) => <ArgumentList values={row.definition} />,
        },
        {
          key: 'priority',
          title: t('field.priority'),
          number: true,
          sort: (row) => row.priority,
          cell: (row) => row.priority,
        },
        {
          key: 'do',
          title: '',
          tail: true,
          cell: (row) => (
            <>
              <EditPolicy kind={kind} policy={row} reload={reload} />
              <Button
                small
                icon="trash"
                kind="quiet"
                label={t('policies.delete')}
                onPress={() => remove(row)}
              />
            </>
          ),
        },
      ]}
    />
  )
}

interface EditPolicyProps {
  readonly kind: Kind
  readonly policy: Policy | null
  readonly reload: () => void
}

function EditPolicy({ kind, policy, reload }: EditPolicyProps): VNode {
  const label = t(policy === null ? `policies.add.${kind}` : 'policies.edit')
  return (
    <Opener
      label={label}
      button={(open) =>
        policy === null ? (
          <Button small icon="plus" onPress={open}>
            {label}
          </Button>
        ) : (
          <Button small icon="edit" kind="quiet" label={label} onPress={open} />
        )
      }
    >
      {(close) => (
        <PolicyForm
          kind={kind}
          policy={policy}
          done={() => {
            close()
            reload()
          }}
        />
      )}
    </Opener>
  )
}

const hints: readonly ArgumentHint[] = [
  { name: 'message-ttl', type: 'number', value: '60000' },
  { name: 'expires', type: 'number' },
  { name: 'max-length', type: 'number' },
  { name: 'max-length-bytes', type: 'number' },
  { name: 'overflow', type: 'string', value: 'reject-publish' },
  { name: 'dead-letter-exchange', type: 'string' },
  { name: 'dead-letter-routing-key', type: 'string' },
  { name: 'delivery-limit', type: 'number' },
  { name: 'alternate-exchange', type: 'string' },
]
const operatorNames = ['message-ttl', 'expires', 'max-length', 'max-length-bytes', 'delivery-limit']
const targets = ['all', 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges']

interface PolicyFormProps {
  readonly kind: Kind
  readonly policy: Policy | null
  readonly done: () => void
}

function PolicyForm({ kind, policy, done }: PolicyFormProps): VNode {
  const isOperator = kind === 'operator-policies'
  const [host, setHost] = useState(policy?.vhost ?? initialVhost())
  const [name, setName] = useState(policy?.name ?? '')
  const [pattern, setPattern] = useState(policy?.pattern ?? '')
  const [priority, setPriority] = useState(String(policy?.priority ?? 0))
  const [applyTo, setApplyTo] = useState(policy?.['apply-to'] ?? (isOperator ? 'queues' : 'all'))
  const [rows, setRows] = useState<readonly ArgumentRow[]>(toRows(policy?.definition ?? {}))
  const send = async (): Promise<void> => {
    const body = {
      pattern,
      priority: Number(priority),
      'apply-to': applyTo,
      definition: toArguments(rows),
    }
    await request(apiPath(kind, host, name), { method: 'PUT', body })
    notify(t('policies.saved', { name }))
    done()
  }
  return (
    <Form send={send} submit={t('action.save')}>
      <div class="form-row">
        <VhostField value={host} change={setHost} />
        <TextField label={t('field.name')} value={name} change={setName} required />
      </div>
      <div class="form-row">
        <TextField
          label={t('field.pattern')}
          hint={t('policies.patternHint')}
          value={pattern}
          change={setPattern}
          required
          mono
        />
        <SelectField
          label={t('field.applyTo')}
          value={applyTo}
          change={setApplyTo}
          options={targets
            .filter((target) => !isOperator || (target !== 'all' && target !== 'exchanges'))
            .map((value) => ({ value, label: value }))}
        />
        <TextField
          label={t('field.priority')}
          type="number"
          value={priority}
          change={setPriority}
        />
      </div>
      <ArgumentsEditor
        label={t('field.definition')}
        rows={rows}
        change={setRows}
        hints={isOperator ? hints.filter((hint) => operatorNames.includes(hint.name)) : hints}
      />
    </Form>
  )
}
