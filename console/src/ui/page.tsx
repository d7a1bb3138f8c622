// The frame of a page and its panels.

import type { ComponentChildren, VNode } from 'preact'
import { useEffect } from 'preact/hooks'

export interface PageProps {
  readonly title: string
  readonly crumb?: ComponentChildren
  readonly sub?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function Page({ title, crumb, sub, actions, children }: PageProps): VNode {
  useEffect(() => {
    document.title = `${title} · Warren`
  }, [title])
  return (
    <main class="page" id="content" tabIndex={-1}>
      <div class="page-head">
        <div>
          {crumb === undefined ? null : <div class="crumb">{crumb}</div>}
          <h1>{title}</h1>
          {sub === undefined ? null : <div class="sub">{sub}</div>}
        </div>
        {actions === undefined ? null : <div class="actions">{actions}</div>}
      </div>
      {children}
    </main>
  )
}

export interface PanelProps {
  readonly title?: string
  readonly actions?: ComponentChildren
  /** Without padding, for tables that reach the edges. */
  readonly flush?: boolean
  readonly children: ComponentChildren
}

export function Panel({ title, actions, flush = false, children }: PanelProps): VNode {
  return (
    <section class="panel" aria-label={title}>
      {title === undefined && actions === undefined ? null : (
        <header>
          {title === undefined ? null : <h2>{title}</h2>}
          {actions}
        </header>
      )}
      {flush ? children : <div class="panel-body">{children}</div>}
    </section>
  )
}

export interface Fact {
  readonly name: string
  readonly value: ComponentChildren
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }): VNode {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <>
          <dt key={`${name}-t`}>{name}</dt>
          <dd key={`${name}-d`}>{value}</dd>
        </>
      ))}
    </dl>
  )
}

export interface FigureProps {
  readonly label: string
  readonly value: string
  readonly extra?: string
  readonly colour?: string
  readonly to?: string
}

export function Figure({ label, value, extra, colour, to }: FigureProps): VNode {
  const inner = (
    <>
      <span class="label">
        {colour === undefined ? null : <i class="swatch" style={{ background: colour }} />}
        {label}
      </span>
      <div class="value">{value}</div>
      {extra === undefined ? null : <div class="extra">{extra}</div>}
    </>
  )
  if (to === undefined) return <div class="figure">{inner}</div>
  return (
    <a class="figure" href={to}>
      {inner}
    </a>
  )
}

export function Tabs({
  tabs,
}: {
  tabs: readonly { label: string; to: string; on: boolean }[]
}): VNode {
  return (
    <nav class="tabs" aria-label="Tabs">
      {tabs.map(({ label, to, on }) => (
        <a key={to} href={to} aria-current={on ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}
