// Windows over the page, by the browser's own <dialog>: it keeps the focus inside and closes on Escape.

import { type Signal, signal } from '@preact/signals'
import type { ComponentChildren, VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { t } from '../i18n/translate.ts'
import { Button } from './button.tsx'

export interface DialogProps {
  readonly title: string
  readonly close: () => void
  readonly children: ComponentChildren
}

export function Dialog({ title, close, children }: DialogProps): VNode {
  const element = useRef<HTMLDialogElement>(null)
  // Before it is drawn: keys that follow at once are for the window already.
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={element} aria-label={title} onClose={close}>
      <div class="dialog-head">
        <h2>{title}</h2>
        <Button icon="close" kind="quiet" label={t('action.close')} onPress={close} />
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  )
}

export interface OpenerProps {
  readonly label: string
  readonly title?: string
  readonly button: (open: () => void) => VNode
  readonly children: (close: () => void) => ComponentChildren
}

/** A button with the window that it opens. */
export function Opener({ label, title, button, children }: OpenerProps): VNode {
  const [open, setOpen] = useState(false)
  const close = (): void => setOpen(false)
  return (
    <>
      {button(() => setOpen(true))}
      {open ? (
        <Dialog title={title ?? label} close={close}>
          {children(close)}
        </Dialog>
      ) : null}
    </>
  )
}

interface Question {
  readonly title: string
  readonly text: string
  readonly yes: string
  readonly danger: boolean
  readonly answer: (yes: boolean) => void
}

const question: Signal<Question | null> = signal(null)

/** Asks before what cannot be taken back. */
export function confirmAction(ask: {
  title: string
  text: string
  yes: string
  danger?: boolean
}): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = { danger: true, ...ask, answer: resolve }
  })
}

export function Confirmation(): VNode | null {
  const asked = question.value
  if (asked === null) return null
  const answer = (yes: boolean): void => {
    question.value = null
    asked.answer(yes)
  }
  return (
    <Dialog title={asked.title} close={() => answer(false)}>
      <p>{asked.text}</p>
      <div class="dialog-foot">
        <Button onPress={() => answer(false)}>{t('action.cancel')}</Button>
        <Button kind={asked.danger ? 'danger' : 'primary'} onPress={() => answer(true)}>
          {asked.yes}
        </Button>
      </div>
    </Dialog>
  )
}
