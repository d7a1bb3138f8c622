// Optional arguments of queues, exchanges, bindings and policies: names with typed values.

import type { VNode } from 'preact'
import { t } from '../i18n/translate.ts'
import type { ArgumentRow } from './argument-rows.ts'
import { Button } from './button.tsx'

export interface ArgumentHint {
  readonly name: string
  readonly type: ArgumentRow['type']
  readonly value?: string
}

export interface ArgumentsEditorProps {
  readonly label: string
  readonly rows: readonly ArgumentRow[]
  readonly change: (rows: readonly ArgumentRow[]) => void
  /** Names that are often wanted, one press each. */
  readonly hints?: readonly ArgumentHint[]
}

const types: readonly ArgumentRow['type'][] = ['string', 'number', 'boolean', 'json']

export function ArgumentsEditor({ label, rows, change, hints = [] }: ArgumentsEditorProps): VNode {
  const edit = (at: number, part: Partial<ArgumentRow>): void =>
    change(rows.map((row, index) => (index === at ? { ...row, ...part } : row)))
  const unused = hints.filter(({ name }) => !rows.some((row) => row.name === name))
  return (
    <fieldset class="arguments">
      <legend class="field-label">{label}</legend>
      {rows.map((row, index) => (
        <div class="argument" key={index}>
          <input
            value={row.name}
            aria-label={t('field.name')}
            placeholder={t('field.name')}
            spellcheck={false}
            class="mono"
            onInput={(event) => edit(index, { name: event.currentTarget.value })}
          />
          <input
            value={row.value}
            aria-label={t('field.value')}
            placeholder={t('field.value')}
            spellcheck={false}
            class="mono"
            onInput={(event) => edit(index, { value: event.currentTarget.value })}
          />
          <select
            value={row.type}
            aria-label={t('field.type')}
            onChange={(event) =>
              edit(index, { type: types.find((type) => type === event.currentTarget.value)! })
            }
          >
            {types.map((type) => (
              <option key={type} value={type}>
                {t(`type.${type}`)}
              </option>
            ))}
          </select>
          <Button
            icon="close"
            kind="quiet"
            label={t('action.remove')}
            onPress={() => change(rows.filter((_, other) => other !== index))}
          />
        </div>
      ))}
      <div class="hints">
        <button
          type="button"
          class="chip"
          onClick={() => change([...rows, { name: '', value: '', type: 'string' }])}
        >
          + {t('action.addArgument')}
        </button>
        {unused.map(({ name, type, value = '' }) => (
          <button
            key={name}
            type="button"
            class="chip mono"
            onClick={() => change([...rows, { name, value, type }])}
          >
            {name}
          </button>
        ))}
      </div>
    </fieldset>
  )
}
