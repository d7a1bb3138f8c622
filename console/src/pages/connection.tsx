// One connection: who is at the other end, its channels, and closing it.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { ChannelInfo, ConnectionInfo } from '../api/types.ts'
import { formatBytes, formatTime } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { href, navigate } from '../router/route.ts'
import { State } from '../ui/badges.tsx'
import { Button } from '../ui/button.tsx'
import { Opener } from '../ui/dialog.tsx'
import { Form, TextField } from '../ui/form.tsx'
import { Facts, Figure, Page, Panel } from '../ui/page.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { notify } from '../ui/toast.tsx'
import { ArgumentList } from './argument-list.tsx'
import { ChannelTable } from './channel-table.tsx'
import { clientOf } from './connections.tsx'

export function ConnectionPage({ name }: { readonly name: string }): VNode {
  const path = apiPath('connections', name)
  const connection = useResource<ConnectionInfo>(path)
  const channels = useResource<readonly ChannelInfo[]>(`${path}/channels`)
  return (
    <Page
      title={connection.data?.user_provided_name ?? name}
      crumb={<a href={href('connections')}>{t('nav.connections')}</a>}
      sub={
        connection.data === null ? undefined : (
          <>
            <State state={connection.data.state} /> <span class="mono">{name}</span>
          </>
        )
      }
      actions={<ForceClose path={path} />}
    >
      <Loaded from={connection}>{(data) => <Details connection={data} />}</Loaded>
      <Panel title={t('nav.channels')} flush>
        <Loaded from={channels}>
          {(rows) =>
            rows.length === 0 ? (
              <Empty title={t('channels.empty')}>{t('channels.emptyText')}</Empty>
            ) : (
              <ChannelTable channels={rows} />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}

function Details({ connection }: { readonly connection: ConnectionInfo }): VNode {
  const rate = (value: number | undefined): string => `${formatBytes(value ?? 0)}/s`
  return (
    <>
      <div class="figures">
        <Figure
          label={t('stat.fromClient')}
          value={rate(connection.recv_oct_details?.rate)}
          extra={formatBytes(connection.recv_oct)}
        />
        <Figure
          label={t('stat.toClient')}
          value={rate(connection.send_oct_details?.rate)}
          extra={formatBytes(connection.send_oct)}
        />
        <Figure label={t('nav.channels')} value={String(connection.channels ?? 0)} />
        <Figure label={t('field.heartbeat')} value={`${connection.timeout ?? 0} s`} />
      </div>
      <div class="columns">
        <Panel title={t('connection.details')}>
          <Facts
            facts={[
              { name: t('field.user'), value: connection.user ?? '–' },
              { name: t('word.vhost'), value: connection.vhost ?? '–' },
              { name: t('field.protocol'), value: connection.protocol ?? '–' },
              { name: t('field.login'), value: connection.auth_mechanism ?? '–' },
              {
                name: 'TLS',
                value: connection.ssl
                  ? `${connection.ssl_protocol ?? ''} ${connection.ssl_cipher ?? ''}`
                  : t('word.no'),
              },
              { name: t('field.connectedAt'), value: formatTime(connection.connected_at) },
              { name: t('field.frameMax'), value: formatBytes(connection.frame_max) },
              { name: t('field.channelMax'), value: String(connection.channel_max ?? '–') },
            ]}
          />
        </Panel>
        <Panel title={`${t('field.client')}: ${clientOf(connection)}`}>
          <ArgumentList values={connection.client_properties ?? {}} />
        </Panel>
      </div>
    </>
  )
}

function ForceClose({ path }: { readonly path: string }): VNode {
  const [reason, setReason] = useState('')
  const send = async (): Promise<void> => {
    const headers = reason === '' ? {} : { 'x-reason': reason }
    await request(path, { method: 'DELETE', headers })
    notify(t('connection.closed'))
    navigate(href('connections'))
  }
  return (
    <Opener
      label={t('connection.close')}
      button={(open) => (
        <Button kind="danger" onPress={open}>
          {t('connection.close')}
        </Button>
      )}
    >
      {() => (
        <Form send={send} submit={t('connection.close')}>
          <p>{t('connection.closeText')}</p>
          <TextField label={t('connection.reason')} value={reason} change={setReason} />
        </Form>
      )}
    </Opener>
  )
}
