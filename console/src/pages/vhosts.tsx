// Virtual hosts: worlds apart within one broker.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { VhostInfo } from '../api/types.ts'
import { formatBytes, formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { vhost } from '../state/preferences.ts'
import { hasTag } from '../state/session.ts'
import { Button } from '../ui/button.tsx'
import { confirmAction, Opener } from '../ui/dialog.tsx'
import { Form, SelectField, TextField } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { notify } from '../ui/toast.tsx'

export function VhostsPage(): VNode {
  const vhosts = useResource<readonly VhostInfo[]>('vhosts')
  const isAdministrator = hasTag('administrator')
  return (
    <Page
      title={t('nav.vhosts')}
      actions={isAdministrator ? <AddVhost reload={vhosts.reload} /> : undefined}
    >
      <Panel flush>
        <Loaded from={vhosts}>
          {(rows) => (
            <VhostTable rows={rows} reload={vhosts.reload} isAdministrator={isAdministrator} />
          )}
        </Loaded>
      </Panel>
    </Page>
  )
}

interface VhostTableProps {
  readonly rows: readonly VhostInfo[]
  readonly reload: () => void
  readonly isAdministrator: boolean
}

function VhostTable({ rows, reload, isAdministrator }: VhostTableProps): VNode {
  const remove = async ({ name }: VhostInfo): Promise<void> => {
    const text = t('vhosts.deleteText', { name })
    if (!(await confirmAction({ title: t('vhosts.delete'), text, yes: t('vhosts.delete') }))) return
    await request(apiPath('vhosts', name), { method: 'DELETE' })
    if (vhost.value === name) vhost.value = ''
    notify(t('vhosts.deleted', { name }))
    reload()
  }
  const traffic = (rate: number | undefined): string => (rate ? `${formatBytes(rate)}/s` : '–')
  return (
    <Table
      label={t('nav.vhosts')}
      rows={rows}
      rowKey={(row) => row.name}
      sortBy="name"
      columns={[
        {
          key: 'name',
          title: t('field.name'),
          sort: (row) => row.name,
          cell: (row) => (
            <>
              <a
                href={href('queues')}
                onClick={() => {
                  vhost.value = row.name
                }}
              >
                {row.name}
              </a>{' '}
              {row.tracing ? <span class="badge warn">{t('vhosts.tracing')}</span> : null}
            </>
          ),
        },
        {
          key: 'description',
          title: t('field.description'),
          wide: true,
          cell: (row) => row.description || '–',
        },
        {
          key: 'type',
          title: t('vhosts.queueType'),
          wide: true,
          cell: (row) => row.default_queue_type ?? 'classic',
        },
        {
          key: 'ready',
          title: t('stat.ready'),
          number: true,
          sort: (row) => row.messages_ready ?? 0,
          cell: (row) => formatCount(row.messages_ready ?? 0),
        },
        {
          key: 'unacked',
          title: t('stat.unackedShort'),
          number: true,
          sort: (row) => row.messages_unacknowledged ?? 0,
          cell: (row) => formatCount(row.messages_unacknowledged ?? 0),
        },
        {
          key: 'from',
          title: t('stat.fromClient'),
          number: true,
          wide: true,
          cell: (row) => traffic(row.recv_oct_details?.rate),
        },
        {
          key: 'to',
          title: t('stat.toClient'),
          number: true,
          wide: true,
          cell: (row) => traffic(row.send_oct_details?.rate),
        },
        {
          key: 'do',
          title: '',
          tail: true,
          cell: (row) =>
            isAdministrator ? (
              <Button
                small
                icon="trash"
                kind="quiet"
                label={t('vhosts.delete')}
                onPress={() => remove(row)}
              />
            ) : null,
        },
      ]}
    />
  )
}

function AddVhost({ reload }: { readonly reload: () => void }): VNode {
  return (
    <Opener
      label={t('vhosts.add')}
      button={(open) => (
        <Button icon="plus" kind="primary" onPress={open}>
          {t('vhosts.add')}
        </Button>
      )}
    >
      {(close) => (
        <AddVhostForm
          done={() => {
            close()
            reload()
          }}
        />
      )}
    </Opener>
  )
}

function AddVhostForm({ done }: { readonly done: () => void }): VNode {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [tags, setTags] = useState('')
  const [type, setType] = useState('classic')
  const send = async (): Promise<void> => {
    const body = { description, tags, default_queue_type: type }
    await request(apiPath('vhosts', name), { method: 'PUT', body })
    notify(t('vhosts.added', { name }))
    done()
  }
  return (
    <Form send={send} submit={t('vhosts.add')}>
      <div class="form-row">
        <TextField label={t('field.name')} value={name} change={setName} required mono />
        <SelectField
          label={t('vhosts.queueType')}
          value={type}
          change={setType}
          options={['classic', 'quorum'].map((value) => ({ value, label: value }))}
        />
      </div>
      <TextField label={t('field.description')} value={description} change={setDescription} />
      <TextField
        label={t('field.tags')}
        value={tags}
        change={setTags}
        hint={t('vhosts.tagsHint')}
      />
    </Form>
  )
}
