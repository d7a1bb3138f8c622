// Every text of the console in English: the dictionary that decides which keys there are.

import { pages } from './en-pages.ts'
import { words } from './en-words.ts'

export const en: typeof words & typeof pages = { ...words, ...pages }
