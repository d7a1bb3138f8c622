// What a person has chosen about the page itself: theme, language, how often it asks, virtual host.

import { effect, type Signal, signal } from '@preact/signals'
import { readStored, store } from './storage.ts'

export type Theme = 'auto' | 'light' | 'dark'
export type Language = 'en' | 'zh'

export const theme: Signal<Theme> = signal(
  oneOf(readStored('local', 'theme'), ['light', 'dark'], 'auto'),
)
export const language: Signal<Language> = signal(
  oneOf(readStored('local', 'language'), ['en', 'zh'], browserLanguage()),
)
/** Seconds between two looks at the broker; 0: only when asked. */
export const refreshSeconds: Signal<number> = signal(storedSeconds())
/** The virtual host that lists show; '' for all. */
export const vhost: Signal<string> = signal(readStored('local', 'vhost') ?? '')
/** Rises with each wish to have everything anew. */
export const refreshWish: Signal<number> = signal(0)
/** Whether the dark colours are in force, chosen or from the system. */
export const isDark: Signal<boolean> = signal(false)

/** Writes choices through to the document and to storage, for as long as the page lives. */
export function applyPreferences(): void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const applyTheme = (): void => {
    isDark.value = theme.value === 'dark' || (theme.value === 'auto' && system.matches)
    document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light'
  }
  system.addEventListener('change', applyTheme)
  effect(applyTheme)
  effect(() => store('local', 'theme', theme.value))
  effect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
    store('local', 'language', language.value)
  })
  effect(() => store('local', 'refresh', String(refreshSeconds.value)))
  effect(() => store('local', 'vhost', vhost.value))
}

export function refreshNow(): void {
  refreshWish.value += 1
}

function oneOf<T extends string>(value: string | null, known: readonly T[], otherwise: T): T
function oneOf<T extends string, O extends string>(
  value: string | null,
  known: readonly T[],
  otherwise: O,
): T | O
function oneOf(value: string | null, known: readonly string[], otherwise: string): string {
  return value !== null && known.includes(value) ? value : otherwise
}

function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

function storedSeconds(): number {
  const seconds = Number(readStored('local', 'refresh') ?? '5')
  return [0, 1, 5, 10, 30].includes(seconds) ? seconds : 5
}
