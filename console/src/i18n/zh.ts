// Every text of the console in Chinese; the type sees to it that none is missing.

import type { en } from './en.ts'
import { pages } from './zh-pages.ts'
import { words } from './zh-words.ts'

export const zh: Readonly<Record<keyof typeof en, string>> = { ...words, ...pages }
