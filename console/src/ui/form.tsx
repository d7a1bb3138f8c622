// Forms: labelled fields, and a form that sends and reports.

import type { ComponentChildren, VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { Notice } from './states.tsx'
import { describeFailure } from './toast.tsx'

/** What ties a control to its label and hint. */
export interface ControlAttributes {
  readonly id: string
  readonly 'aria-describedby'?: string
}

export interface FieldProps {
  readonly label: string
  readonly hint?: string
  readonly children: (attributes: ControlAttributes) => VNode
}

export function Field({ label, hint, children }: FieldProps): VNode {
  const id = useId()
  const described = hint === undefined ? {} : { 'aria-describedby': `${id}-hint` }
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {children({ id, ...described })}
      {hint === undefined ? null : (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  )
}

export interface TextFieldProps {
  readonly label: string
  readonly value: string
  readonly change: (value: string) => void
  readonly hint?: string
  readonly type?: 'text' | 'password' | 'number'
  readonly required?: boolean
  readonly placeholder?: string
  readonly mono?: boolean
  readonly list?: string
  readonly autocomplete?: string
}

export function TextField(props: TextFieldProps): VNode {
  const { label, value, change, hint, type = 'text', mono = false } = props
  const shared = {
    value,
    class: mono ? 'mono' : '',
    required: props.required ?? false,
    placeholder: props.placeholder ?? '',
    spellcheck: false,
    autocomplete: props.autocomplete ?? 'off',
    onInput: (event: { readonly currentTarget: HTMLInputElement }) =>
      change(event.currentTarget.value),
  } as const
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(attributes) =>
        type === 'text' ? (
          <input
            type="text"
            {...attributes}
            {...shared}
            {...(props.list === undefined ? {} : { list: props.list })}
          />
        ) : type === 'number' ? (
          <input type="number" {...attributes} {...shared} />
        ) : (
          <input type="password" {...attributes} {...shared} />
        )
      }
    </Field>
  )
}

export interface SelectFieldProps {
  readonly label: string
  readonly value: string
  readonly change: (value: string) => void
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly hint?: string
}

export function SelectField({ label, value, change, options, hint }: SelectFieldProps): VNode {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(attributes) => (
        <select
          {...attributes}
          value={value}
          onChange={(event) => change(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export interface CheckProps {
  readonly label: string
  readonly value: boolean
  readonly change: (value: boolean) => void
}

export function Check({ label, value, change }: CheckProps): VNode {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      {label}
    </label>
  )
}

export interface FormProps {
  readonly send: () => Promise<void>
  readonly submit: string
  readonly children: ComponentChildren
  readonly foot?: ComponentChildren
}

/** Says beside the button what the broker did not like; what was typed stays. */
export function Form({ send, submit, children, foot }: FormProps): VNode {
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    setFailure(null)
    try {
      await send()
    } catch (error) {
      setFailure(describeFailure(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        void run()
      }}
    >
      {children}
      {failure === null ? null : <Notice kind="bad">{failure}</Notice>}
      <div class="actions">
        <Button kind="primary" submit disabled={busy}>
          {submit}
        </Button>
        {foot}
      </div>
    </form>
  )
}
