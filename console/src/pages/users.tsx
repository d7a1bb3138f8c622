// Users and what they are tagged with.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { Permission, UserInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { href, navigate } from '../router/route.ts'
import { tagList } from '../state/session.ts'
import { Button } from '../ui/button.tsx'
import { Opener } from '../ui/dialog.tsx'
import { Form, TextField } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { notify } from '../ui/toast.tsx'
import { TagPicker } from './tag-picker.tsx'

export function UsersPage(): VNode {
  const users = useResource<readonly UserInfo[]>('users')
  const permissions = useResource<readonly Permission[]>('permissions')
  const vhostsOf = (user: string): string =>
    (permissions.data ?? [])
      .filter((permission) => permission.user === user)
      .map(({ vhost }) => vhost)
      .join(', ')
  return (
    <Page title={t('nav.users')} actions={<AddUser />}>
      <Panel flush>
        <Loaded from={users}>
          {(rows) => (
            <Table
              label={t('nav.users')}
              rows={rows}
              rowKey={(row) => row.name}
              sortBy="name"
              columns={[
                {
                  key: 'name',
                  title: t('field.name'),
                  sort: (row) => row.name,
                  cell: (row) => <a href={href('users', row.name)}>{row.name}</a>,
                },
                { key: 'tags', title: t('field.tags'), cell: (row) => <Tags user={row} /> },
                {
                  key: 'vhosts',
                  title: t('users.canEnter'),
                  cell: (row) =>
                    vhostsOf(row.name) || <span class="badge warn">{t('users.nowhere')}</span>,
                },
                {
                  key: 'password',
                  title: t('field.password'),
                  wide: true,
                  cell: (row) =>
                    row.password_hash === '' ? (
                      <span class="badge warn">{t('users.noPassword')}</span>
                    ) : (
                      t('users.set')
                    ),
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </Page>
  )
}

export function Tags({ user }: { readonly user: UserInfo }): VNode {
  const tags = tagList(user.tags)
  if (tags.length === 0) return <span class="muted">{t('user.noTags')}</span>
  return (
    <span class="badges">
      {tags.map((tag) => (
        <span key={tag} class={`badge ${tag === 'administrator' ? 'violet' : ''}`}>
          {tag}
        </span>
      ))}
    </span>
  )
}

function AddUser(): VNode {
  return (
    <Opener
      label={t('users.add')}
      button={(open) => (
        <Button icon="plus" kind="primary" onPress={open}>
          {t('users.add')}
        </Button>
      )}
    >
      {(close) => <AddUserForm close={close} />}
    </Opener>
  )
}

function AddUserForm({ close }: { readonly close: () => void }): VNode {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [tags, setTags] = useState<readonly string[]>([])
  const send = async (): Promise<void> => {
    await request(apiPath('users', name), {
      method: 'PUT',
      body: { password, tags: tags.join(',') },
    })
    notify(t('users.added', { name }))
    close()
    navigate(href('users', name))
  }
  return (
    <Form send={send} submit={t('users.add')}>
      <div class="form-row">
        <TextField label={t('field.name')} value={name} change={setName} required />
        <TextField
          label={t('field.password')}
          value={password}
          change={setPassword}
          type="password"
          autocomplete="new-password"
          required
        />
      </div>
      <TagPicker tags={tags} change={setTags} />
    </Form>
  )
}
