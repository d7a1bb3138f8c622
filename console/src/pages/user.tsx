// One user: permissions, tags, password, and the end of it.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath, exchangeSegment } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { Permission, TopicPermission, UserInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { href, hrefWith, navigate } from '../router/route.ts'
import { tagList } from '../state/session.ts'
import { Button } from '../ui/button.tsx'
import { confirmAction } from '../ui/dialog.tsx'
import { Form, TextField } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { notify } from '../ui/toast.tsx'
import { TagPicker } from './tag-picker.tsx'
import { Tags } from './users.tsx'
import { initialVhost, VhostField } from './vhost-field.tsx'

export function UserPage({ name }: { readonly name: string }): VNode {
  const path = apiPath('users', name)
  const user = useResource<UserInfo>(path)
  const permissions = useResource<readonly Permission[]>(`${path}/permissions`)
  const topics = useResource<readonly TopicPermission[]>(`${path}/topic-permissions`)
  const remove = async (): Promise<void> => {
    const text = t('user.deleteText', { name })
    if (!(await confirmAction({ title: t('user.delete'), text, yes: t('user.delete') }))) return
    await request(path, { method: 'DELETE' })
    notify(t('user.deleted', { name }))
    navigate(href('users'))
  }
  return (
    <Page
      title={name}
      crumb={<a href={href('users')}>{t('nav.users')}</a>}
      sub={user.data === null ? undefined : <Tags user={user.data} />}
      actions={
        <>
          <a class="button" href={hrefWith({ user: name }, 'permissions')}>
            {t('user.test')}
          </a>
          <Button kind="danger" icon="trash" onPress={remove}>
            {t('user.delete')}
          </Button>
        </>
      }
    >
      <Panel title={t('user.permissions')} flush>
        <Loaded from={permissions}>
          {(rows) => <PermissionTable rows={rows} reload={permissions.reload} />}
        </Loaded>
        <div class="panel-body below">
          <SetPermission user={name} reload={permissions.reload} />
        </div>
      </Panel>
      <Panel title={t('user.topicPermissions')} flush>
        <Loaded from={topics}>{(rows) => <TopicTable rows={rows} reload={topics.reload} />}</Loaded>
        <div class="panel-body below">
          <SetTopicPermission user={name} reload={topics.reload} />
        </div>
      </Panel>
      <Loaded from={user}>{(data) => <Update user={data} reload={user.reload} />}</Loaded>
    </Page>
  )
}

interface RowsProps<Row> {
  readonly rows: readonly Row[]
  readonly reload: () => void
}

function PermissionTable({ rows, reload }: RowsProps<Permission>): VNode {
  if (rows.length === 0)
    return <Empty title={t('user.noPermissions')}>{t('user.noPermissionsText')}</Empty>
  const clear = async ({ vhost, user }: Permission): Promise<void> => {
    await request(apiPath('permissions', vhost, user), { method: 'DELETE' })
    notify(t('user.permissionsCleared'))
    reload()
  }
  const pattern = (value: string): VNode =>
    value === '' ? <span class="muted">{t('user.nothing')}</span> : <code>{value}</code>
  return (
    <Table
      label={t('user.permissions')}
      rows={rows}
      rowKey={(row) => row.vhost}
      sortBy="vhost"
      columns={[
        {
          key: 'vhost',
          title: t('word.vhost'),
          sort: (row) => row.vhost,
          cell: (row) => row.vhost,
        },
        { key: 'configure', title: t('right.configure'), cell: (row) => pattern(row.configure) },
        { key: 'write', title: t('right.write'), cell: (row) => pattern(row.write) },
        { key: 'read', title: t('right.read'), cell: (row) => pattern(row.read) },
        {
          key: 'do',
          title: '',
          tail: true,
          cell: (row) => (
            <Button
              small
              icon="close"
              kind="quiet"
              label={t('user.clear')}
              onPress={() => clear(row)}
            />
          ),
        },
      ]}
    />
  )
}

function TopicTable({ rows, reload }: RowsProps<TopicPermission>): VNode | null {
  if (rows.length === 0) return null
  const clear = async ({ vhost, user, exchange }: TopicPermission): Promise<void> => {
    await request(apiPath('topic-permissions', vhost, user, exchangeSegment(exchange)), {
      method: 'DELETE',
    })
    reload()
  }
  return (
    <Table
      label={t('user.topicPermissions')}
      rows={rows}
      rowKey={(row) => `${row.vhost} ${row.exchange}`}
      columns={[
        { key: 'vhost', title: t('word.vhost'), cell: (row) => row.vhost },
        { key: 'exchange', title: t('word.exchange'), cell: (row) => row.exchange },
        { key: 'write', title: t('right.write'), cell: (row) => <code>{row.write}</code> },
        { key: 'read', title: t('right.read'), cell: (row) => <code>{row.read}</code> },
        {
          key: 'do',
          title: '',
          tail: true,
          cell: (row) => (
            <Button
              small
              icon="close"
              kind="quiet"
              label={t('user.clear')}
              onPress={() => clear(row)}
            />
          ),
        },
      ]}
    />
  )
}

interface SetProps {
  readonly user: string
  readonly reload: () => void
}

function SetPermission({ user, reload }: SetProps): VNode {
  const [host, setHost] = useState(initialVhost())
  const [rights, setRights] = useState({ configure: '.*', write: '.*', read: '.*' })
  const send = async (): Promise<void> => {
    await request(apiPath('permissions', host, user), { method: 'PUT', body: rights })
    notify(t('user.permissionsSet'))
    reload()
  }
  return (
    <Form send={send} submit={t('user.setPermissions')}>
      <div class="form-row">
        <VhostField value={host} change={setHost} />
        {(['configure', 'write', 'read'] as const).map((right) => (
          <TextField
            key={right}
            label={t(`right.${right}`)}
            value={rights[right]}
            change={(value) => setRights({ ...rights, [right]: value })}
            mono
          />
        ))}
      </div>
    </Form>
  )
}

function SetTopicPermission({ user, reload }: SetProps): VNode {
  const [host, setHost] = useState(initialVhost())
  const [exchange, setExchange] = useState('amq.topic')
  const [rights, setRights] = useState({ write: '.*', read: '.*' })
  const send = async (): Promise<void> => {
    const body = { exchange, ...rights }
    await request(apiPath('topic-permissions', host, user), { method: 'PUT', body })
    notify(t('user.permissionsSet'))
    reload()
  }
  return (
    <Form send={send} submit={t('user.setTopicPermissions')}>
      <div class="form-row">
        <VhostField value={host} change={setHost} />
        <TextField label={t('word.exchange')} value={exchange} change={setExchange} mono />
        {(['write', 'read'] as const).map((right) => (
          <TextField
            key={right}
            label={t(`right.${right}`)}
            value={rights[right]}
            change={(value) => setRights({ ...rights, [right]: value })}
            mono
          />
        ))}
      </div>
    </Form>
  )
}

function Update({ user, reload }: { readonly user: UserInfo; readonly reload: () => void }): VNode {
  const [password, setPassword] = useState('')
  const [tags, setTags] = useState<readonly string[]>(tagList(user.tags))
  const send = async (): Promise<void> => {
    // Without a new password the old one stays: its hash goes back as it came.
    const secret = password === '' ? { password_hash: user.password_hash ?? '' } : { password }
    const body = { ...secret, tags: tags.join(',') }
    await request(apiPath('users', user.name), { method: 'PUT', body })
    notify(t('user.updated', { name: user.name }))
    setPassword('')
    reload()
  }
  return (
    <Panel title={t('user.update')}>
      <Form send={send} submit={t('action.save')}>
        <TextField
          label={t('user.newPassword')}
          hint={t('user.newPasswordHint')}
          value={password}
          change={setPassword}
          type="password"
          autocomplete="new-password"
        />
        <TagPicker tags={tags} change={setTags} />
      </Form>
    </Panel>
  )
}
