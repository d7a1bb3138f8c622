// The tags that mean something to the management API, each with what it allows.

import type { VNode } from 'preact'
import { t } from '../i18n/translate.ts'

const known = ['administrator', 'monitoring', 'policymaker', 'management', 'impersonator'] as const

export interface TagPickerProps {
  readonly tags: readonly string[]
  readonly change: (tags: readonly string[]) => void
}

export function TagPicker({ tags, change }: TagPickerProps): VNode {
  const all = [...known, ...tags.filter((tag) => !known.some((one) => one === tag))]
  return (
    <fieldset class="field">
      <legend class="field-label">{t('field.tags')}</legend>
      <div class="hints">
        {all.map((tag) => (
          <button
            key={tag}
            type="button"
            class="chip"
            aria-pressed={tags.includes(tag)}
            onClick={() =>
              change(tags.includes(tag) ? tags.filter((one) => one !== tag) : [...tags, tag])
            }
          >
            {tag}
          </button>
        ))}
      </div>
      <span class="hint">{t('users.tagHint')}</span>
    </fieldset>
  )
}
