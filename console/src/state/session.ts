// Who is logged in. Kept for the browser tab only, so that closing it logs out.

import { type Signal, signal } from '@preact/signals'
import { readStored, store } from './storage.ts'

export interface Session {
  readonly user: string
  readonly tags: readonly string[]
  /** The Basic header: the API has no tokens that RabbitMQ's tools would also know. */
  readonly authorization: string
}

export type SessionEnd = 'expired' | 'logged-out' | null

export const session: Signal<Session | null> = signal(restored())
export const sessionEnd: Signal<SessionEnd> = signal(null)

export function beginSession(next: Session): void {
  session.value = next
  sessionEnd.value = null
  store('session', 'session', JSON.stringify(next))
}

export function endSession(why: SessionEnd): void {
  session.value = null
  sessionEnd.value = why
  store('session', 'session', null)
}

export function basicAuthorization(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

/** Tags come as a list, or as one text from older brokers. */
export function tagList(tags: readonly string[] | string): readonly string[] {
  if (typeof tags !== 'string') return tags
  return tags
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
}

export function hasTag(...tags: readonly string[]): boolean {
  const own = session.value?.tags ?? []
  return own.includes('administrator') || tags.some((tag) => own.includes(tag))
}

function restored(): Session | null {
  const text = readStored('session', 'session')
  if (text === null) return null
  try {
    const value = JSON.parse(text) as Partial<Session>
    const { user, tags, authorization } = value
    if (user === undefined || tags === undefined || authorization === undefined) return null
    return { user, tags, authorization }
  } catch {
    return null
  }
}
