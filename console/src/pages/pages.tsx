// From an address to its page. Keys make a page start over when it is about something else.

import type { VNode } from 'preact'
import { t } from '../i18n/translate.ts'
import type { Route } from '../router/route.ts'
import { vhost } from '../state/preferences.ts'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { ChannelPage } from './channel.tsx'
import { ChannelsPage } from './channels.tsx'
import { ConnectionPage } from './connection.tsx'
import { ConnectionsPage } from './connections.tsx'
import { ConsumersPage } from './consumers.tsx'
import { DeadLettersPage } from './dead-letters.tsx'
import { DefinitionsPage } from './definitions.tsx'
import { DelayedPage } from './delayed.tsx'
import { EventsPage } from './events.tsx'
import { ExchangePage } from './exchange.tsx'
import { ExchangesPage } from './exchanges.tsx'
import { ExplainPage } from './explain.tsx'
import { LimitsPage } from './limits.tsx'
import { OverviewPage } from './overview.tsx'
import { PermissionsPage } from './permissions.tsx'
import { PoliciesPage } from './policies.tsx'
import { QueuePage } from './queue.tsx'
import { QueuesPage } from './queues.tsx'
import { RpcPage } from './rpc.tsx'
import { UserPage } from './user.tsx'
import { UsersPage } from './users.tsx'
import { VhostsPage } from './vhosts.tsx'

type Draw = (segments: readonly string[], scope: string) => VNode

const lists: Readonly<Record<string, Draw>> = {
  '': () => <OverviewPage />,
  connections: (_, scope) => <ConnectionsPage key={scope} />,
  channels: (_, scope) => <ChannelsPage key={scope} />,
  consumers: (_, scope) => <ConsumersPage key={scope} />,
  exchanges: (_, scope) => <ExchangesPage key={scope} />,
  queues: (_, scope) => <QueuesPage key={scope} />,
  rpc: (_, scope) => <RpcPage key={scope} />,
  'dead-letters': (_, scope) => <DeadLettersPage key={scope} />,
  delayed: (_, scope) => <DelayedPage key={scope} />,
  explain: () => <ExplainPage />,
  users: () => <UsersPage />,
  permissions: () => <PermissionsPage />,
  vhosts: () => <VhostsPage />,
  limits: () => <LimitsPage />,
  policies: (_, scope) => <PoliciesPage key={scope} />,
  definitions: () => <DefinitionsPage />,
  events: () => <EventsPage />,
}

const details: Readonly<Record<string, Draw>> = {
  connections: ([name = '']) => <ConnectionPage key={name} name={name} />,
  channels: ([name = '']) => <ChannelPage key={name} name={name} />,
  users: ([name = '']) => <UserPage key={name} name={name} />,
  exchanges: ([host = '', name = '', tab = '']) => (
    <ExchangePage key={`${host} ${name}`} vhost={host} name={name} tab={tab} />
  ),
  queues: ([host = '', name = '', tab = '']) => (
    <QueuePage key={`${host} ${name}`} vhost={host} name={name} tab={tab} />
  ),
}

export function pageFor({ path }: Route): VNode {
  const [first = '', ...rest] = path
  const draw = (rest.length === 0 ? lists : details)[first]
  return draw === undefined ? <NotFound /> : draw(rest, vhost.value)
}

function NotFound(): VNode {
  return (
    <Page title={t('notFound.title')}>
      <Empty title={t('notFound.title')}>
        <a href="#/">{t('notFound.back')}</a>
      </Empty>
    </Page>
  )
}
