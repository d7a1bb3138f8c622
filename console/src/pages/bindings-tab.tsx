// The bindings of a queue or an exchange: drawn, listed, added and removed.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { apiPath, exchangeSegment } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { Binding } from '../api/types.ts'
import { BindingGraphView } from '../graph/binding-graph.tsx'
import { buildGraph, exchangeId, exchangeNode, queueId, queueNode } from '../graph/build.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import type { ArgumentRow } from '../ui/argument-rows.ts'
import { toArguments } from '../ui/argument-rows.ts'
import { ArgumentsEditor } from '../ui/arguments-editor.tsx'
import { Button } from '../ui/button.tsx'
import { confirmAction } from '../ui/dialog.tsx'
import { Form, SelectField, TextField } from '../ui/form.tsx'
import { Panel } from '../ui/page.tsx'
import { Empty, Failure, Loading } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { notify } from '../ui/toast.tsx'
import { ArgumentList } from './argument-list.tsx'
import { NameOptions } from './name-options.tsx'

export interface BindingsTabProps {
  readonly vhost: string
  readonly name: string
  readonly kind: 'queue' | 'exchange'
  /** For an exchange: its type, shown in the drawing. */
  readonly type?: string
}

export function BindingsTab(props: BindingsTabProps): VNode {
  const { vhost, name, kind } = props
  const own =
    kind === 'queue'
      ? apiPath('queues', vhost, name)
      : apiPath('exchanges', vhost, exchangeSegment(name))
  const incoming = useResource<readonly Binding[]>(
    kind === 'queue' ? `${own}/bindings` : `${own}/bindings/destination`,
  )
  const outgoing = useResource<readonly Binding[]>(
    kind === 'queue' ? null : `${own}/bindings/source`,
  )
  const isDefault = kind === 'exchange' && name === ''
  const all = unique([...(incoming.data ?? []), ...(outgoing.data ?? [])])
  // Each queue is bound to the default exchange by its name; that is only worth a line, not a tunnel.
  const drawn = isDefault ? [] : all.filter(({ source }) => source !== '')
  const reload = (): void => {
    incoming.reload()
    outgoing.reload()
  }
  const error = incoming.error ?? outgoing.error
  if (error !== null) return <Failure error={error} retry={reload} />
  if (incoming.data === null || (kind === 'exchange' && outgoing.data === null)) return <Loading />
  return (
    <>
      <Drawing {...props} bindings={drawn} isDefault={isDefault} />
      {isDefault ? null : (
        <>
          {drawn.length === 0 ? null : <BindingTable bindings={drawn} reload={reload} />}
          <AddBinding {...props} reload={reload} />
        </>
      )}
    </>
  )
}

function unique(bindings: readonly Binding[]): readonly Binding[] {
  return [...new Map(bindings.map((binding) => [JSON.stringify(binding), binding])).values()]
}

interface DrawingProps extends BindingsTabProps {
  readonly bindings: readonly Binding[]
  readonly isDefault: boolean
}

function Drawing({ vhost, name, kind, type, bindings, isDefault }: DrawingProps): VNode {
  const types = new Map(type === undefined ? [] : [[name, type]])
  const notes = new Map<string, string>()
  const root = kind === 'queue' ? queueNode(name, notes) : exchangeNode(name, types)
  const graph = buildGraph({ bindings, exchangeTypes: types, queueNotes: notes, root })
  if (isDefault) {
    return (
      <Panel title={t('bindings.graph')}>
        <Empty title={t('bindings.default')}>{t('bindings.defaultText')}</Empty>
      </Panel>
    )
  }
  if (bindings.length === 0) {
    return (
      <Panel title={t('bindings.graph')}>
        <Empty title={t('bindings.empty')}>
          {t(kind === 'queue' ? 'bindings.emptyQueue' : 'bindings.emptyExchange')}
        </Empty>
      </Panel>
    )
  }
  return (
    <Panel title={t('bindings.graph')}>
      <BindingGraphView
        label={t('bindings.graph')}
        nodes={graph.nodes}
        edges={graph.edges}
        root={kind === 'queue' ? queueId(name) : exchangeId(name)}
        vhost={vhost}
      />
      {graph.hidden === 0 ? null : (
        <p class="muted small">{t('bindings.hidden', { count: graph.hidden })}</p>
      )}
    </Panel>
  )
}

function BindingTable({
  bindings,
  reload,
}: {
  bindings: readonly Binding[]
  reload: () => void
}): VNode {
  const remove = async (binding: Binding): Promise<void> => {
    const { source, vhost, destination, routing_key: key } = binding
    const text = t('bindings.removeText', { source, destination, key })
    if (!(await confirmAction({ title: t('bindings.remove'), text, yes: t('action.remove') })))
      return
    const letter = binding.destination_type === 'queue' ? 'q' : 'e'
    const path = apiPath(
      'bindings',
      vhost,
      'e',
      source,
      letter,
      destination,
      binding.properties_key ?? '~',
    )
    await request(path, { method: 'DELETE' })
    notify(t('bindings.removed'))
    reload()
  }
  return (
    <Panel title={t('bindings.list')} flush>
      <Table
        label={t('bindings.list')}
        rows={bindings}
        rowKey={(row) =>
          `${row.source} ${row.destination_type} ${row.destination} ${row.properties_key}`
        }
        sortBy="key"
        columns={[
          {
            key: 'from',
            title: t('field.from'),
            sort: (row) => row.source,
            cell: (row) => (
              <a href={href('exchanges', row.vhost, exchangeSegment(row.source))}>{row.source}</a>
            ),
          },
          {
            key: 'key',
            title: t('field.routingKey'),
            sort: (row) => row.routing_key,
            cell: (row) =>
              row.routing_key === '' ? (
                <span class="muted">–</span>
              ) : (
                <code>{row.routing_key}</code>
              ),
          },
          {
            key: 'arguments',
            title: t('field.arguments'),
            wide: true,
            cell: (row) => <ArgumentList values={row.arguments} />,
          },
          {
            key: 'to',
            title: t('field.to'),
            sort: (row) => row.destination,
            cell: (row) => <Destination binding={row} />,
          },
          {
            key: 'do',
            title: '',
            tail: true,
            cell: (row) => (
              <Button
                small
                icon="close"
                kind="quiet"
                label={t('bindings.remove')}
                onPress={() => remove(row)}
              />
            ),
          },
        ]}
      />
    </Panel>
  )
}

export function Destination({ binding }: { readonly binding: Binding }): VNode {
  const { vhost, destination, destination_type: type } = binding
  return (
    <>
      <a href={href(type === 'queue' ? 'queues' : 'exchanges', vhost, destination)}>
        {destination}
      </a>{' '}
      {type === 'queue' ? null : <span class="badge">{t('word.exchange')}</span>}
    </>
  )
}

interface AddBindingProps extends BindingsTabProps {
  readonly reload: () => void
}

function AddBinding({ vhost, name, kind, type, reload }: AddBindingProps): VNode {
  const [other, setOther] = useState('')
  const [otherKind, setOtherKind] = useState('queue')
  const [key, setKey] = useState('')
  const [rows, setRows] = useState<readonly ArgumentRow[]>([])
  const send = async (): Promise<void> => {
    const [source, destination] = kind === 'queue' ? [other, name] : [name, other]
    const letter = kind === 'queue' || otherKind === 'queue' ? 'q' : 'e'
    const body = { routing_key: key, arguments: toArguments(rows) }
    const path = apiPath('bindings', vhost, 'e', source, letter, destination)
    await request(path, { method: 'POST', body })
    notify(t('bindings.added'))
    setKey('')
    setRows([])
    reload()
  }
  const hints = [{ name: 'x-match', type: 'string', value: 'all' }] as const
  return (
    <Panel title={t('bindings.add')}>
      <Form send={send} submit={t('bindings.addButton')}>
        <div class="form-row">
          {kind === 'exchange' ? (
            <SelectField
              label={t('bindings.toKind')}
              value={otherKind}
              change={setOtherKind}
              options={[
                { value: 'queue', label: t('word.queue') },
                { value: 'exchange', label: t('word.exchange') },
              ]}
            />
          ) : null}
          <TextField
            label={
              kind === 'queue'
                ? t('field.fromExchange')
                : t(otherKind === 'queue' ? 'field.toQueue' : 'field.toExchange')
            }
            value={other}
            change={setOther}
            list="binding-names"
            required
            mono
          />
          <TextField
            label={t('field.routingKey')}
            value={key}
            change={setKey}
            mono
            {...(type === 'topic' ? { hint: t('bindings.topicHint') } : {})}
          />
        </div>
        <NameOptions
          id="binding-names"
          kind={kind === 'queue' || otherKind === 'exchange' ? 'exchanges' : 'queues'}
          vhost={vhost}
          name={other}
        />
        <ArgumentsEditor
          label={t('field.arguments')}
          rows={rows}
          change={setRows}
          hints={type === 'headers' ? hints : []}
        />
      </Form>
    </Panel>
  )
}
