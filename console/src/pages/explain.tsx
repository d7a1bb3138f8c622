// Explains routing: which way a message with this key and these headers would take, drawn, without
// any message being sent.

import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ApiError, request } from '../api/client.ts'
import { apiPath, exchangeSegment } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { Binding, ExchangeInfo, Explanation } from '../api/types.ts'
import { BindingGraphView, edgeId } from '../graph/binding-graph.tsx'
import { buildGraph, destinationId, exchangeId, exchangeNode, queueId } from '../graph/build.ts'
import { reachableBindings } from '../graph/reachable.ts'
import { t } from '../i18n/translate.ts'
import { href, replaceQuery, route } from '../router/route.ts'
import { type ArgumentRow, toArguments } from '../ui/argument-rows.ts'
import { ArgumentsEditor } from '../ui/arguments-editor.tsx'
import { SelectField, TextField } from '../ui/form.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Failure, Loading, Notice } from '../ui/states.tsx'
import { describeFailure } from '../ui/toast.tsx'
import { initialVhost, VhostField } from './vhost-field.tsx'

interface Question {
  readonly vhost: string
  readonly exchange: string
  readonly key: string
  readonly headers: readonly ArgumentRow[]
}

export function ExplainPage(): VNode {
  const { query } = route.value
  const [asked, setAsked] = useState<Question>({
    vhost: query.get('vhost') ?? initialVhost(),
    exchange: query.get('exchange') ?? 'amq.topic',
    key: query.get('key') ?? '',
    headers: [],
  })
  const exchanges = useResource<readonly ExchangeInfo[]>(
    `${apiPath('exchanges', asked.vhost)}?columns=name,type`,
    { repeat: false },
  )
  const change = (part: Partial<Question>): void => {
    const next = { ...asked, ...part }
    setAsked(next)
    replaceQuery({ vhost: next.vhost, exchange: next.exchange, key: next.key })
  }
  const types = new Map((exchanges.data ?? []).map(({ name, type }) => [name, type]))
  const isHeaders = types.get(asked.exchange) === 'headers'
  return (
    <Page title={t('nav.explain')} sub={t('explain.text')}>
      <Panel>
        <div class="form">
          <div class="form-row">
            <VhostField value={asked.vhost} change={(vhost) => change({ vhost })} />
            <SelectField
              label={t('word.exchange')}
              value={asked.exchange}
              change={(exchange) => change({ exchange })}
              options={[...types].map(([name, type]) => ({
                value: name,
                label: `${name === '' ? t('exchange.default') : name} (${type})`,
              }))}
            />
            <TextField
              label={t('field.routingKey')}
              value={asked.key}
              change={(key) => change({ key })}
              placeholder="order.created.eu"
              mono
            />
          </div>
          {isHeaders || asked.headers.length > 0 ? (
            <ArgumentsEditor
              label={t('field.headers')}
              rows={asked.headers}
              change={(headers) => change({ headers })}
            />
          ) : null}
        </div>
      </Panel>
      {exchanges.error === null ? null : (
        <Failure error={exchanges.error} retry={exchanges.reload} />
      )}
      {types.has(asked.exchange) ? (
        <Answer asked={asked} types={types} />
      ) : exchanges.data === null ? (
        <Loading />
      ) : null}
    </Page>
  )
}

interface AnswerProps {
  readonly asked: Question
  readonly types: ReadonlyMap<string, string>
}

function Answer({ asked, types }: AnswerProps): VNode {
  // Asked once: with many queues this is long, and the explanation itself is always fresh.
  const bindings = useResource<readonly Binding[]>(apiPath('bindings', asked.vhost), {
    repeat: false,
  })
  const { explanation, failure } = useExplanation(asked)
  if (failure instanceof ApiError && failure.status === 404) {
    return <Notice kind="info">{t('explain.notOffered')}</Notice>
  }
  if (bindings.error !== null) return <Failure error={bindings.error} retry={bindings.reload} />
  if (bindings.data === null) return <Loading />
  return (
    <>
      {failure === null ? null : <Notice kind="bad">{describeFailure(failure)}</Notice>}
      {explanation === null ? null : <Verdict explanation={explanation} vhost={asked.vhost} />}
      <Drawing asked={asked} types={types} bindings={bindings.data} explanation={explanation} />
    </>
  )
}

function useExplanation({ vhost, exchange, key, headers }: Question): {
  explanation: Explanation | null
  failure: unknown
} {
  const [state, setState] = useState<{ explanation: Explanation | null; failure: unknown }>({
    explanation: null,
    failure: null,
  })
  const shape = JSON.stringify(headers)
  // The shape stands for the headers.
  useEffect(() => {
    const abort = new AbortController()
    const ask = async (): Promise<void> => {
      try {
        const body = { routing_key: key, headers: toArguments(headers) }
        const path = `${apiPath('exchanges', vhost, exchangeSegment(exchange))}/explain`
        const explanation = await request<Explanation>(path, {
          method: 'POST',
          body,
          signal: abort.signal,
        })
        setState({ explanation, failure: null })
      } catch (failure) {
        if (!abort.signal.aborted) setState({ explanation: null, failure })
      }
    }
    const timer = setTimeout(() => void ask(), 80)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [vhost, exchange, key, shape])
  return state
}

function Verdict({ explanation, vhost }: { explanation: Explanation; vhost: string }): VNode {
  const { queues } = explanation
  if (queues.length === 0) return <Notice>{t('explain.nowhere')}</Notice>
  return (
    <div class="notice info" aria-live="polite">
      <span class="grow">
        {t('explain.reaches', { count: queues.length })}{' '}
        {queues.slice(0, 30).map((name) => (
          <a key={name} class="badge good" href={href('queues', vhost, name)}>
            {name}
          </a>
        ))}
      </span>
    </div>
  )
}

interface DrawingProps extends AnswerProps {
  readonly bindings: readonly Binding[]
  readonly explanation: Explanation | null
}

function Drawing({ asked, types, bindings, explanation }: DrawingProps): VNode {
  const direct = explanation === null ? [] : extraBindings(explanation, asked)
  const shown = [...reachableBindings(bindings, asked.exchange, explanation), ...direct]
  const root = exchangeNode(asked.exchange, types)
  const graph = buildGraph({ bindings: shown, exchangeTypes: types, queueNotes: new Map(), root })
  if (shown.length === 0) {
    return (
      <Panel title={t('explain.path')}>
        <Empty title={t('bindings.empty')}>{t('explain.noBindings')}</Empty>
      </Panel>
    )
  }
  return (
    <Panel title={t('explain.path')}>
      <BindingGraphView
        label={t('explain.path')}
        nodes={graph.nodes}
        edges={graph.edges}
        root={root.id}
        vhost={asked.vhost}
        lit={explanation === null ? null : litPath(explanation, asked.exchange)}
      />
      {graph.hidden === 0 ? null : (
        <p class="muted small">{t('bindings.hidden', { count: graph.hidden })}</p>
      )}
    </Panel>
  )
}

/** Ways that are no bindings of the list: the default exchange's, and alternate exchanges. */
function extraBindings({ steps }: Explanation, { vhost }: Question): readonly Binding[] {
  return steps.flatMap(({ exchange, matched, alternate }) => [
    ...(exchange === '' ? matched : []),
    ...(alternate === null
      ? []
      : [
          {
            source: exchange,
            vhost,
            destination: alternate,
            destination_type: 'exchange',
            routing_key: 'alternate',
            arguments: {},
          },
        ]),
  ])
}

function litPath({ steps, queues }: Explanation, start: string): ReadonlySet<string> {
  const lit = new Set([exchangeId(start), ...queues.map(queueId)])
  for (const { exchange, matched, alternate } of steps) {
    const from = exchangeId(exchange)
    lit.add(from)
    for (const binding of matched) lit.add(edgeId({ from, to: destinationId(binding) }))
    if (alternate !== null) lit.add(edgeId({ from, to: exchangeId(alternate) }))
  }
  return lit
}
