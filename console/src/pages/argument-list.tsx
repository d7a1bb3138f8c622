// Arguments, definitions, properties: names and values, small.

import type { VNode } from 'preact'

export function ArgumentList({
  values,
}: {
  readonly values: Readonly<Record<string, unknown>>
}): VNode {
  const entries = Object.entries(values)
  if (entries.length === 0) return <span class="muted">–</span>
  return (
    <>
      {entries.map(([name, value]) => (
        <div key={name} class="mono">
          <span class="muted">{name}</span> {showValue(value)}
        </div>
      ))}
    </>
  )
}

export function showValue(value: unknown): string {
  if (typeof value === 'string') return value
  // With room to break: nobody reads what runs out of the frame.
  return JSON.stringify(value, null, 1).replace(/\s+/g, ' ')
}
