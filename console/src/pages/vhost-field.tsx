// Which virtual host something new goes to.

import type { VNode } from 'preact'
import { useResource } from '../api/poll.ts'
import type { VhostInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { vhost } from '../state/preferences.ts'
import { SelectField } from '../ui/form.tsx'

export interface VhostFieldProps {
  readonly value: string
  readonly change: (value: string) => void
}

export function VhostField({ value, change }: VhostFieldProps): VNode {
  const vhosts = useResource<readonly VhostInfo[]>('vhosts?columns=name', { repeat: false })
  const names = vhosts.data?.map(({ name }) => name) ?? [value]
  return (
    <SelectField
      label={t('word.vhost')}
      value={value}
      change={change}
      options={names.map((name) => ({ value: name, label: name }))}
    />
  )
}

/** The one chosen on top, or the one that every broker has. */
export function initialVhost(): string {
  return vhost.value === '' ? '/' : vhost.value
}
