// A button that does something, which may take a while: it waits, and reports what goes wrong.

import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Icon, type IconName } from './icon.tsx'
import { reportFailure } from './toast.tsx'

export interface ButtonProps {
  readonly children?: ComponentChildren
  readonly icon?: IconName
  /** For buttons that only show an icon; also their tooltip. */
  readonly label?: string
  readonly kind?: 'primary' | 'danger' | 'quiet' | ''
  readonly small?: boolean
  readonly disabled?: boolean
  readonly submit?: boolean
  readonly onPress?: () => void | Promise<void>
}

export function Button(props: ButtonProps): VNode {
  const { children, icon, label, kind = '', small = false, submit = false } = props
  const [busy, setBusy] = useState(false)
  const press = async (): Promise<void> => {
    setBusy(true)
    try {
      await props.onPress?.()
    } catch (error) {
      reportFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const look = `button ${kind} ${small ? 'small' : ''} ${children === undefined ? 'icon-only' : ''}`
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={look}
      disabled={(props.disabled ?? false) || busy}
      aria-label={label}
      title={label}
      onClick={props.onPress === undefined ? undefined : () => void press()}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  )
}
