// A page with one long list: search field, count, the virtual table, and its empty states.

import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { type ListQuery, usePagedList } from '../api/paged-list.ts'
import { listPath } from '../api/paths.ts'
import { formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { replaceQuery, route } from '../router/route.ts'
import { language, vhost } from '../state/preferences.ts'
import { Check } from './form.tsx'
import { Icon } from './icon.tsx'
import { Page } from './page.tsx'
import { Empty, Failure, Loading } from './states.tsx'
import type { Order } from './table.tsx'
import { type GridColumn, VirtualTable } from './virtual-table.tsx'

export interface ListPageProps<Row> {
  readonly title: string
  readonly columns: readonly GridColumn<Row>[]
  readonly order: Order
  /** The path of the list for the virtual host chosen; default: `kind` with that. */
  readonly kind: string
  readonly path?: string
  readonly fields: string
  readonly actions?: ComponentChildren
  readonly emptyTitle: string
  readonly emptyText: string
}

export function ListPage<Row>(props: ListPageProps<Row>): VNode {
  const { query } = route.value
  const [name, setName] = useState(query.get('name') ?? '')
  const [useRegex, setUseRegex] = useState(query.get('regex') === '1')
  const [order, setOrder] = useState<Order>({
    by: query.get('sort') ?? props.order.by,
    down: query.has('sort') ? query.get('down') === '1' : props.order.down,
  })
  const asked: ListQuery = {
    path: props.path ?? listPath(props.kind, vhost.value),
    sort: order.by,
    descending: order.down,
    name,
    useRegex,
    columns: props.fields,
  }
  const list = usePagedList<Row>(asked)
  const remember = (part: Partial<{ name: string; useRegex: boolean; order: Order }>): void => {
    const next = { name, useRegex, order, ...part }
    replaceQuery({
      name: next.name,
      regex: next.useRegex ? '1' : '',
      sort:
        next.order.by === props.order.by && next.order.down === props.order.down
          ? ''
          : next.order.by,
      down: next.order.down ? '1' : '',
    })
  }
  return (
    <Page title={props.title} actions={props.actions}>
      <div class="panel">
        <header>
          <div class="search">
            <Icon name="search" />
            <input
              type="search"
              value={name}
              placeholder={t('list.filter')}
              aria-label={t('list.filter')}
              data-filter="true"
              onInput={(event) => {
                setName(event.currentTarget.value)
                remember({ name: event.currentTarget.value })
              }}
            />
          </div>
          <Check
            label={t('list.regex')}
            value={useRegex}
            change={(value) => {
              setUseRegex(value)
              remember({ useRegex: value })
            }}
          />
          <span class="muted nowrap" aria-live="polite" data-count={list.count}>
            {name === ''
              ? t('list.count', { count: formatCount(list.count, language.value) })
              : t('list.countOf', {
                  count: formatCount(list.count, language.value),
                  total: formatCount(list.total, language.value),
                })}
          </span>
        </header>
        {list.error === null ? null : <Failure error={list.error} retry={list.reload} />}
        {list.loading && list.count === 0 && list.error === null ? <Loading /> : null}
        {!list.loading && list.count === 0 && list.error === null ? (
          name === '' ? (
            <Empty title={props.emptyTitle}>{props.emptyText}</Empty>
          ) : (
            <Empty title={t('list.noMatch')}>{t('list.noMatchText', { name })}</Empty>
          )
        ) : null}
        {list.count > 0 ? (
          <VirtualTable
            label={props.title}
            list={list}
            columns={props.columns}
            order={order}
            setOrder={(next) => {
              setOrder(next)
              remember({ order: next })
            }}
          />
        ) : null}
      </div>
    </Page>
  )
}
