// Server-sent events by fetch, since EventSource cannot carry the login's header.

import { openStream } from './client.ts'
import { EventSplitter } from './event-splitter.ts'

/** Calls `take` for each event until the stream or the wish for it ends. */
export async function readEvents(
  path: string,
  take: (name: string, data: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await openStream(path, signal)
  const reader = response.body?.getReader()
  if (reader === undefined) return
  const decoder = new TextDecoder()
  const splitter = new EventSplitter()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    for (const { name, data } of splitter.push(decoder.decode(part.value, { stream: true }))) {
      take(name, data)
    }
  }
}
