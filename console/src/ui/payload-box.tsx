// Text in a frame of its own that scrolls, and JSON in it with colours.

import type { VNode } from 'preact'
import { jsonTokens } from '../decode/payload.ts'

/** Colouring more than this would be felt. */
const colouredMax = 100_000

export function PayloadBox({ text, hex = false }: { text: string; hex?: boolean }): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre class={`payload ${hex ? 'hex' : ''}`} tabIndex={0}>
      {text}
    </pre>
  )
}

export function JsonView({ text }: { readonly text: string }): VNode {
  if (text.length > colouredMax) return <PayloadBox text={text} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre class="payload" tabIndex={0}>
      {jsonTokens(text).map(([kind, part], index) =>
        kind === 'plain' ? (
          part
        ) : (
          <span key={index} class={`j-${kind}`}>
            {part}
          </span>
        ),
      )}
    </pre>
  )
}
