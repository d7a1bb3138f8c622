// Gives a text in the language chosen. Components that call `t` are drawn anew when that changes.

import { language } from '../state/preferences.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

export type TextKey = keyof typeof en

export function t(key: TextKey, values?: Readonly<Record<string, string | number>>): string {
  const text: string = language.value === 'zh' ? zh[key] : en[key]
  if (values === undefined) return text
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** For keys made of data, such as `reason.` and what the broker says: the data itself if unknown. */
export function tOr(key: string, otherwise: string): string {
  return key in en ? t(key as TextKey) : otherwise
}
