// The console's own icons, drawn on a grid of 16 with one line width.

import type { VNode } from 'preact'

const paths = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.6 10.6 14 14',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5 6.5 12 13 4.5',
  warning: 'M8 2.5 14.5 13.5h-13ZM8 6.5v3M8 11.6v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.5V11M8 5v.1',
  refresh: 'M13.5 8A5.5 5.5 0 1 1 11.7 3.9M12 1.5v2.8H9.2',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  sun: 'M8 11A3 3 0 1 0 8 5a3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z',
  auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8 5l4.5 0M8 8h6M8 11h4.5',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.700 9.5h6.6L12 4M6.7 6.5v4.5M9.3 6.5v4.5',
  copy: 'M5.5 5.5h8v8h-8ZM3.5 10.5h-1v-8h8v1',
  send: 'M2 8 14 2.5 10.5 13.5 7.5 9ZM7.5 9 14 2.5',
  back: 'M6 3.5 2.5 7 6 10.5M2.5 7H10a3.5 3.5 0 0 1 0 7H8',
  move: 'M2 8h11M9.5 4.5 13 8l-3.5 3.5',
  replay: 'M2.5 8a5.5 5.5 0 1 1 1.8 4.1M4 14.5v-2.8h2.8M6.8 6v4l3.2-2Z',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  exit: 'M6 2.5H3v11h3M7 8h7M11 5l3 3-3 3',
  download: 'M8 2v8M5 7.5 8 10.5l3-3M2.5 13.5h11',
  upload: 'M8 10.5v-8M5 5l3-3 3 3M2.5 13.5h11',
  edit: 'M2.5 13.5 3 10.5 10.5 3l2.5 2.5L5.5 13Z',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}

/** Two arches, one in the other: an entrance. */
export function Mark(): VNode {
  return (
    <svg viewBox="4 3 24 26" aria-hidden="true" focusable="false">
      <path class="brand-arch" d="M7 26V15.5a9 9 0 0 1 18 0V26" />
      <path class="brand-arch inner" d="M13 26v-10a3 3 0 0 1 6 0v10" />
    </svg>
  )
}
