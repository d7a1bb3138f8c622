// All permissions, and a tester: may this user do that?

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useResource } from '../api/poll.ts'
import type { Permission, TopicPermission, UserInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { href, route } from '../router/route.ts'
import { SelectField, TextField } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { matches, testRights, type Verdicts } from './permission-test.ts'
import { initialVhost, VhostField } from './vhost-field.tsx'

export function PermissionsPage(): VNode {
  const permissions = useResource<readonly Permission[]>('permissions')
  return (
    <Page title={t('nav.permissions')} sub={t('permissions.text')}>
      <Loaded from={permissions}>
        {(rows) => (
          <>
            <Tester permissions={rows} />
            <Panel title={t('permissions.all')} flush>
              <Table
                label={t('permissions.all')}
                rows={rows}
                rowKey={(row) => `${row.user} ${row.vhost}`}
                sortBy="user"
                columns={[
                  {
                    key: 'user',
                    title: t('field.user'),
                    sort: (row) => row.user,
                    cell: (row) => <a href={href('users', row.user)}>{row.user}</a>,
                  },
                  {
                    key: 'vhost',
                    title: t('word.vhost'),
                    sort: (row) => row.vhost,
                    cell: (row) => row.vhost,
                  },
                  {
                    key: 'configure',
                    title: t('right.configure'),
                    cell: (row) => <code>{row.configure || '–'}</code>,
                  },
                  {
                    key: 'write',
                    title: t('right.write'),
                    cell: (row) => <code>{row.write || '–'}</code>,
                  },
                  {
                    key: 'read',
                    title: t('right.read'),
                    cell: (row) => <code>{row.read || '–'}</code>,
                  },
                ]}
              />
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Tester({ permissions }: { readonly permissions: readonly Permission[] }): VNode {
  const users = useResource<readonly UserInfo[]>('users', { repeat: false })
  const topics = useResource<readonly TopicPermission[]>('topic-permissions', { repeat: false })
  const [user, setUser] = useState(route.value.query.get('user') ?? permissions[0]?.user ?? '')
  const [host, setHost] = useState(initialVhost())
  const [name, setName] = useState('')
  const [key, setKey] = useState('')
  const permission = permissions.find((row) => row.user === user && row.vhost === host)
  const topic = (topics.data ?? []).find(
    (row) => row.user === user && row.vhost === host && row.exchange === name,
  )
  return (
    <Panel title={t('permissions.tester')}>
      <div class="form">
        <div class="form-row">
          <SelectField
            label={t('field.user')}
            value={user}
            change={setUser}
            options={(users.data ?? [{ name: user }]).map((one) => ({
              value: one.name,
              label: one.name,
            }))}
          />
          <VhostField value={host} change={setHost} />
          <TextField
            label={t('permissions.resource')}
            value={name}
            change={setName}
            placeholder="orders"
            hint={t('permissions.emptyHint')}
            mono
          />
          {topic === undefined ? null : (
            <TextField label={t('field.routingKey')} value={key} change={setKey} mono />
          )}
        </div>
        {permission === undefined ? (
          <div class="verdict">
            <div class="no">
              <b>{t('permissions.noEntry')}</b>
              <span class="small">{t('permissions.noEntryText', { user, vhost: host })}</span>
            </div>
          </div>
        ) : (
          <VerdictRow verdicts={testRights(permission, name)} />
        )}
        {topic === undefined ? null : <TopicVerdict topic={topic} routingKey={key} />}
      </div>
    </Panel>
  )
}

function VerdictRow({ verdicts }: { readonly verdicts: Verdicts }): VNode {
  return (
    <div class="verdict" aria-live="polite">
      {(['configure', 'write', 'read'] as const).map((right) => (
        <div key={right} class={verdicts[right].allowed ? 'yes' : 'no'}>
          <b>
            {t(`right.${right}`)}: {t(verdicts[right].allowed ? 'word.yes' : 'word.no')}
          </b>
          <span class="small">{t(`right.${right}Means`)}</span>
          <div>
            <code>{verdicts[right].pattern || t('user.nothing')}</code>
          </div>
        </div>
      ))}
    </div>
  )
}

function TopicVerdict({
  topic,
  routingKey,
}: {
  topic: TopicPermission
  routingKey: string
}): VNode {
  return (
    <div class="verdict">
      {(['write', 'read'] as const).map((right) => {
        const allowed = matches(topic[right], routingKey)
        return (
          <div key={right} class={allowed ? 'yes' : 'no'}>
            <b>
              {t('permissions.topic')} {t(`right.${right}`)}: {t(allowed ? 'word.yes' : 'word.no')}
            </b>
            <code>{topic[right]}</code>
          </div>
        )
      })}
    </div>
  )
}
