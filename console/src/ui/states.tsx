// What a page shows when it has nothing to show: nothing there, nothing yet, or a failure.

import type { ComponentChildren, VNode } from 'preact'
import type { ApiError } from '../api/client.ts'
import type { Resource } from '../api/poll.ts'
import { t } from '../i18n/translate.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { describeFailure } from './toast.tsx'

export interface EmptyProps {
  readonly title: string
  readonly children?: ComponentChildren
}

export function Empty({ title, children }: EmptyProps): VNode {
  return (
    <div class="empty">
      <svg class="burrow" viewBox="0 0 92 46" aria-hidden="true">
        <path d="M2 44c10 0 12-30 26-30s12 18 22 18 8-22 22-22 14 34 18 34" />
        <circle class="dot" cx="28" cy="14" r="4" />
      </svg>
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  )
}

export function Loading(): VNode {
  return (
    <div class="loading" role="status">
      {t('state.loading')}
    </div>
  )
}

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }): VNode {
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <span class="grow">{describeFailure(error)}</span>
      {retry === undefined ? null : (
        <Button small onPress={retry}>
          {t('action.retry')}
        </Button>
      )}
    </div>
  )
}

export interface LoadedProps<T> {
  readonly from: Resource<T>
  readonly children: (data: T) => ComponentChildren
}

/** Shows what has come; old data stays in sight, with a note above, while the broker is away. */
export function Loaded<T>({ from, children }: LoadedProps<T>): VNode {
  const { data, error, reload } = from
  if (data === null) return error === null ? <Loading /> : <Failure error={error} retry={reload} />
  return (
    <>
      {error === null ? null : <Failure error={error} retry={reload} />}
      {children(data)}
    </>
  )
}

export function Notice({
  kind = '',
  children,
}: {
  kind?: 'bad' | 'info' | ''
  children: ComponentChildren
}): VNode {
  return (
    <div class={`notice ${kind}`}>
      <Icon name={kind === 'info' ? 'info' : 'warning'} />
      <span class="grow">{children}</span>
    </div>
  )
}
