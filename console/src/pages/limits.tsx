// Limits of virtual hosts and users.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { LimitSet, UserInfo } from '../api/types.ts'
import { formatCount } from '../format/number.ts'
import { t, tOr } from '../i18n/translate.ts'
import { Button } from '../ui/button.tsx'
import { Form, SelectField, TextField } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { notify } from '../ui/toast.tsx'
import { initialVhost, VhostField } from './vhost-field.tsx'

type Kind = 'vhost' | 'user'

const names: Readonly<Record<Kind, readonly string[]>> = {
  vhost: ['max-connections', 'max-queues'],
  user: ['max-connections', 'max-channels'],
}

export function LimitsPage(): VNode {
  return (
    <Page title={t('nav.limits')} sub={t('limits.text')}>
      <div class="columns">
        <LimitPanel kind="vhost" />
        <LimitPanel kind="user" />
      </div>
    </Page>
  )
}

interface Row {
  readonly owner: string
  readonly name: string
  readonly value: number
}

function LimitPanel({ kind }: { readonly kind: Kind }): VNode {
  const limits = useResource<readonly LimitSet[]>(`${kind}-limits`)
  const clear = async ({ owner, name }: Row): Promise<void> => {
    await request(apiPath(`${kind}-limits`, owner, name), { method: 'DELETE' })
    notify(t('limits.cleared'))
    limits.reload()
  }
  return (
    <Panel title={t(`limits.${kind}`)} flush>
      <Loaded from={limits}>
        {(sets) => {
          const rows = sets.flatMap((set) =>
            Object.entries(set.value).map(([name, value]) => ({
              owner: set[kind] ?? '',
              name,
              value,
            })),
          )
          if (rows.length === 0)
            return <Empty title={t('limits.none')}>{t(`limits.none.${kind}`)}</Empty>
          return (
            <Table
              label={t(`limits.${kind}`)}
              rows={rows}
              rowKey={(row) => `${row.owner} ${row.name}`}
              columns={[
                {
                  key: 'owner',
                  title: t(`limits.owner.${kind}`),
                  sort: (row) => row.owner,
                  cell: (row) => row.owner,
                },
                {
                  key: 'name',
                  title: t('limits.limit'),
                  cell: (row) => tOr(`limit.${row.name}`, row.name),
                },
                {
                  key: 'value',
                  title: t('field.value'),
                  number: true,
                  cell: (row) => formatCount(row.value),
                },
                {
                  key: 'do',
                  title: '',
                  tail: true,
                  cell: (row) => (
                    <Button
                      small
                      icon="close"
                      kind="quiet"
                      label={t('limits.clear')}
                      onPress={() => clear(row)}
                    />
                  ),
                },
              ]}
            />
          )
        }}
      </Loaded>
      <div class="panel-body below">
        <SetLimit kind={kind} reload={limits.reload} />
      </div>
    </Panel>
  )
}

function SetLimit({ kind, reload }: { readonly kind: Kind; readonly reload: () => void }): VNode {
  const users = useResource<readonly UserInfo[]>(kind === 'user' ? 'users' : null, {
    repeat: false,
  })
  const [host, setHost] = useState(initialVhost())
  const [user, setUser] = useState('')
  const [name, setName] = useState(names[kind][0] ?? '')
  const [value, setValue] = useState('100')
  const chosen = user === '' ? (users.data?.[0]?.name ?? '') : user
  const send = async (): Promise<void> => {
    const owner = kind === 'vhost' ? host : chosen
    await request(apiPath(`${kind}-limits`, owner, name), {
      method: 'PUT',
      body: { value: Number(value) },
    })
    notify(t('limits.set'))
    reload()
  }
  return (
    <Form send={send} submit={t('limits.setButton')}>
      <div class="form-row">
        {kind === 'vhost' ? (
          <VhostField value={host} change={setHost} />
        ) : (
          <SelectField
            label={t('field.user')}
            value={chosen}
            change={setUser}
            options={(users.data ?? []).map((one) => ({ value: one.name, label: one.name }))}
          />
        )}
        <SelectField
          label={t('limits.limit')}
          value={name}
          change={setName}
          options={names[kind].map((one) => ({ value: one, label: tOr(`limit.${one}`, one) }))}
        />
        <TextField label={t('field.value')} type="number" value={value} change={setValue} />
      </div>
    </Form>
  )
}
