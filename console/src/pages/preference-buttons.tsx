// Theme and language, one press each.

import type { VNode } from 'preact'
import { t } from '../i18n/translate.ts'
import { language, type Theme, theme } from '../state/preferences.ts'
import { Button } from '../ui/button.tsx'

const nextTheme: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' }
const icons = { auto: 'auto', light: 'sun', dark: 'moon' } as const

export function ThemeButton(): VNode {
  return (
    <Button
      icon={icons[theme.value]}
      kind="quiet"
      label={t('prefs.theme', { theme: t(`theme.${theme.value}`) })}
      onPress={() => {
        theme.value = nextTheme[theme.value]
      }}
    />
  )
}

/** Named in the language that it leads to, for those who cannot read the other. */
export function LanguageButton(): VNode {
  const toChinese = language.value === 'en'
  return (
    <button
      type="button"
      class="button quiet"
      lang={toChinese ? 'zh-CN' : 'en'}
      onClick={() => {
        language.value = toChinese ? 'zh' : 'en'
      }}
    >
      {toChinese ? '中文' : 'English'}
    </button>
  )
}
