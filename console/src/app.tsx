// The whole: login or shell, and the page that the address names.

import type { VNode } from 'preact'
import { LoginPage } from './pages/login.tsx'
import { pageFor } from './pages/pages.tsx'
import { Shell } from './pages/shell.tsx'
import { route } from './router/route.ts'
import { session } from './state/session.ts'
import { Confirmation } from './ui/dialog.tsx'
import { Toasts } from './ui/toast.tsx'

export function App(): VNode {
  const inside = session.value !== null
  return (
    <>
      {inside ? <Shell>{pageFor(route.value)}</Shell> : <LoginPage />}
      <Confirmation />
      <Toasts />
    </>
  )
}
