// Asks for user and password, and tries them before it lets anybody in.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { ApiError, request } from '../api/client.ts'
import type { WhoAmI } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { basicAuthorization, beginSession, sessionEnd, tagList } from '../state/session.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/form.tsx'
import { Mark } from '../ui/icon.tsx'
import { Notice } from '../ui/states.tsx'
import { describeFailure } from '../ui/toast.tsx'
import { LanguageButton, ThemeButton } from './preference-buttons.tsx'

export function LoginPage(): VNode {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const enter = async (): Promise<void> => {
    setBusy(true)
    setFailure(null)
    try {
      const authorization = basicAuthorization(user, password)
      const me = await request<WhoAmI>('whoami', { authorization })
      beginSession({ user: me.name, tags: tagList(me.tags), authorization })
    } catch (error) {
      const refused = error instanceof ApiError && error.status === 401
      setFailure(refused ? t('login.refused') : describeFailure(error))
      setBusy(false)
    }
  }
  const expired = sessionEnd.value === 'expired' && failure === null
  return (
    <div class="login">
      <header class="login-art">
        <Tunnels />
        <div class="brand">
          <Mark />
          Warren
        </div>
        <p>{t('login.claim')}</p>
      </header>
      <main class="login-form">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void enter()
          }}
        >
          <h1>{t('login.title')}</h1>
          <Field label={t('field.user')}>
            {(attributes) => (
              <input
                {...attributes}
                name="username"
                autocomplete="username"
                required
                value={user}
                onInput={(event) => setUser(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label={t('field.password')}>
            {(attributes) => (
              <input
                {...attributes}
                name="password"
                type="password"
                autocomplete="current-password"
                value={password}
                onInput={(event) => setPassword(event.currentTarget.value)}
              />
            )}
          </Field>
          {failure === null ? null : <Notice kind="bad">{failure}</Notice>}
          {expired ? <Notice>{t('login.expired')}</Notice> : null}
          <Button kind="primary" submit disabled={busy}>
            {t('login.enter')}
          </Button>
        </form>
        <div class="login-foot">
          <ThemeButton />
          <LanguageButton />
        </div>
      </main>
    </div>
  )
}

/** What the product is, drawn: many ways under one ground, and something that runs along them. */
function Tunnels(): VNode {
  const ways = [
    'M-20 210C140 210 150 330 300 330S480 200 660 200',
    'M-20 520C120 520 190 330 300 330',
    'M300 330C420 330 400 520 500 600S580 690 660 690',
    'M-20 610C160 610 240 600 330 600S420 600 500 600',
    'M500 600C560 640 560 840 660 840',
  ]
  const chambers: readonly (readonly [number, number, number])[] = [
    [300, 330, 34],
    [500, 600, 28],
    [205, 606, 20],
  ]
  return (
    <svg
      class="tunnels"
      viewBox="0 0 640 900"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
    >
      {ways.map((d) => (
        <path key={d} d={d} />
      ))}
      {chambers.map(([cx, cy, r]) => (
        <circle key={cx} cx={cx} cy={cy} r={r} />
      ))}
      {ways.map((d) => (
        <path key={`t${d}`} class="trail" d={d} />
      ))}
      {ways.map((d) => (
        <path key={`r${d}`} class="run" d={d} />
      ))}
    </svg>
  )
}
