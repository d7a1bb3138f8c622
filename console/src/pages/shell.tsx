// What is around every page: the map at the side, and the line on top with virtual host, refresh,
// jump, theme, language and leave.

import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { useResource } from '../api/poll.ts'
import type { NodeInfo, Overview, VhostInfo } from '../api/types.ts'
import { formatShort } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { route } from '../router/route.ts'
import { refreshNow, refreshSeconds, vhost } from '../state/preferences.ts'
import { endSession, hasTag, session } from '../state/session.ts'
import { Button } from '../ui/button.tsx'
import { Icon, Mark } from '../ui/icon.tsx'
import { Jump, jumping } from '../ui/jump.tsx'
import { visibleGroups } from './navigation.ts'
import { LanguageButton, ThemeButton } from './preference-buttons.tsx'

export function Shell({ children }: { readonly children: ComponentChildren }): VNode {
  const [open, setOpen] = useState(false)
  const overview = useResource<Overview>(
    'overview?columns=object_totals,cluster_name,product_name,product_version,rabbitmq_version',
  )
  // Each new page closes the map on phones.
  useEffect(() => setOpen(false), [route.value])
  useLayoutEffect(listenForKeys, [])
  return (
    <div class="shell">
      <button type="button" class="button skip" onClick={focusContent}>
        {t('nav.skip')}
      </button>
      <Side open={open} overview={overview.data} close={() => setOpen(false)} />
      <div class="main">
        <TopLine toggle={() => setOpen(!open)} open={open} />
        <Alarms />
        {children}
      </div>
      <Jump />
    </div>
  )
}

interface SideProps {
  readonly open: boolean
  readonly overview: Overview | null
  readonly close: () => void
}

function Side({ open, overview, close }: SideProps): VNode {
  const here = route.value.path[0] ?? ''
  return (
    <nav
      class={`side ${open ? 'open' : ''}`}
      id="side"
      aria-label={t('nav.title')}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <a class="brand" href="#/">
        <Mark />
        Warren
      </a>
      {visibleGroups().map((group) => (
        <div class="nav-group" key={group.label}>
          <h2>{group.label}</h2>
          <ul>
            {group.entries.map(({ key, label, to, count }) => (
              <li key={key}>
                <a
                  class="nav-link"
                  href={to}
                  aria-current={here === key ? 'page' : undefined}
                  onClick={close}
                >
                  {label}
                  {count === undefined || overview?.object_totals?.[count] === undefined ? null : (
                    <span class="nav-count">{formatShort(overview.object_totals[count])}</span>
                  )}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div class="side-foot">
        {overview?.cluster_name ?? ''}
        <br />
        {overview === null
          ? ''
          : t('side.version', {
              version: overview.rabbitmq_version ?? overview.product_version ?? '?',
            })}
      </div>
    </nav>
  )
}

function TopLine({ toggle, open }: { toggle: () => void; open: boolean }): VNode {
  const vhosts = useResource<readonly VhostInfo[]>('vhosts?columns=name')
  return (
    <header class="top">
      <button
        type="button"
        class="button icon-only quiet menu-button"
        aria-label={t('nav.open')}
        aria-expanded={open}
        aria-controls="side"
        onClick={toggle}
      >
        <Icon name="menu" />
      </button>
      <select
        value={vhost.value}
        aria-label={t('word.vhost')}
        onChange={(event) => {
          vhost.value = event.currentTarget.value
        }}
      >
        <option value="">{t('vhost.all')}</option>
        {(vhosts.data ?? []).map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="button jump-button"
        title={t('jump.title')}
        onClick={() => {
          jumping.value = true
        }}
      >
        <Icon name="search" />
        <span>{t('jump.button')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <span class="grow" />
      <select
        class="wide"
        value={String(refreshSeconds.value)}
        aria-label={t('prefs.refresh')}
        onChange={(event) => {
          refreshSeconds.value = Number(event.currentTarget.value)
        }}
      >
        {[1, 5, 10, 30].map((seconds) => (
          <option key={seconds} value={seconds}>
            {t('prefs.every', { seconds })}
          </option>
        ))}
        <option value="0">{t('prefs.never')}</option>
      </select>
      <Button icon="refresh" kind="quiet" label={t('action.refresh')} onPress={refreshNow} />
      <ThemeButton />
      <LanguageButton />
      <span class="muted wide">{session.value?.user}</span>
      <Button
        icon="exit"
        kind="quiet"
        label={t('action.logOut')}
        onPress={() => endSession('logged-out')}
      />
    </header>
  )
}

/** What stops publishers is said on every page. */
function Alarms(): VNode | null {
  const nodes = useResource<readonly NodeInfo[]>(
    hasTag('monitoring') ? 'nodes?columns=name,mem_alarm,disk_free_alarm' : null,
  )
  const raised = (nodes.data ?? []).flatMap(({ name, mem_alarm, disk_free_alarm }) => [
    ...(mem_alarm ? [t('alarm.memory', { node: name })] : []),
    ...(disk_free_alarm ? [t('alarm.disk', { node: name })] : []),
  ])
  if (raised.length === 0) return null
  return (
    <div role="alert" class="notice bad alarm-line">
      <Icon name="warning" />
      <span class="grow">{raised.join(' ')}</span>
    </div>
  )
}

function focusContent(): void {
  document.getElementById('content')?.focus()
}

/** Ctrl+K jumps anywhere, `/` goes to the filter of the list. */
function listenForKeys(): () => void {
  const listen = (event: KeyboardEvent): void => {
    const typing =
      event.target instanceof HTMLElement && event.target.closest('input,textarea,select') !== null
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      jumping.value = true
    } else if (event.key === '/' && !typing) {
      const filter = document.querySelector<HTMLElement>('[data-filter]')
      if (filter === null) return
      event.preventDefault()
      filter.focus()
    }
  }
  document.addEventListener('keydown', listen)
  return () => document.removeEventListener('keydown', listen)
}
