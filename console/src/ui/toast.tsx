// Short notes in the corner: what was done, what failed. Read out by screen readers.

import { type Signal, signal } from '@preact/signals'
import type { VNode } from 'preact'
import { ApiError } from '../api/client.ts'
import { t } from '../i18n/translate.ts'
import { Icon } from './icon.tsx'

interface Toast {
  readonly id: number
  readonly text: string
  readonly bad: boolean
}

const toasts: Signal<readonly Toast[]> = signal([])
const toastsMax = 4
const shownMs = 5_000
const badShownMs = 10_000

export function notify(text: string, bad = false): void {
  const id = (toasts.value.at(-1)?.id ?? 0) + 1
  toasts.value = [...toasts.value, { id, text, bad }].slice(-toastsMax)
  setTimeout(
    () => {
      toasts.value = toasts.value.filter((toast) => toast.id !== id)
    },
    bad ? badShownMs : shownMs,
  )
}

export function reportFailure(error: unknown): void {
  notify(describeFailure(error), true)
}

export function describeFailure(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 0) return t('error.unreachable')
    if (error.status === 404) return t('error.notFound')
    return error.message
  }
  return error instanceof Error ? error.message : String(error)
}

export function Toasts(): VNode {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, bad }) => (
        <div key={id} class={`toast ${bad ? 'bad' : ''}`}>
          <Icon name={bad ? 'warning' : 'check'} />
          <span>{text}</span>
        </div>
      ))}
    </div>
  )
}
