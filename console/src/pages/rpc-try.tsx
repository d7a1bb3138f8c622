// Tries a call through a gateway: the worker's answer, or why there was none, and how long it took.

import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import type { GatewayInfo, GatewayMethod, TrialOutcome } from '../api/gateway-types.ts'
import { t } from '../i18n/translate.ts'
import { Field, Form, SelectField, TextField } from '../ui/form.tsx'
import { Panel } from '../ui/page.tsx'
import { JsonView } from '../ui/payload-box.tsx'
import { formatLatency, parseParameters, protocolName } from './rpc-format.ts'

export interface Trial {
  readonly gateway: string
  readonly method: string
}

export interface TryCallProps {
  readonly gateways: readonly GatewayInfo[]
  readonly methods: readonly GatewayMethod[]
  readonly trial: Trial
  readonly change: (trial: Trial) => void
}

interface Answered extends Trial {
  readonly outcome: TrialOutcome
}

export function TryCall({ gateways, methods, trial, change }: TryCallProps): VNode {
  const [parameters, setParameters] = useState('[]')
  const [timeout, setTimeoutMs] = useState('5000')
  const [answered, setAnswered] = useState<Answered | null>(null)
  const id = useId()
  const { gateway, method } = trial
  const send = async (): Promise<void> => {
    setAnswered(null)
    const body = { gateway, method, parameters: parsed(parameters), timeout_ms: Number(timeout) }
    const outcome = await request<TrialOutcome>('gateways/try', { method: 'POST', body })
    setAnswered({ ...trial, outcome })
  }
  return (
    <Panel title={t('rpc.try')}>
      <Form send={send} submit={t('rpc.call')}>
        <div class="try-row">
          <SelectField
            label={t('rpc.gateway')}
            value={gateway}
            change={(name) => change({ ...trial, gateway: name })}
            options={gateways.map(({ name, protocol }) => ({
              value: name,
              label: `${name} (${protocolName(protocol)})`,
            }))}
          />
          <TextField
            label={t('rpc.method')}
            value={method}
            change={(name) => change({ ...trial, method: name })}
            placeholder="fib"
            list={id}
            required
            mono
          />
          <TextField
            label={t('rpc.timeoutMs')}
            type="number"
            value={timeout}
            change={setTimeoutMs}
          />
        </div>
        <datalist id={id}>
          {suggestions(gateways, methods, gateway).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Field label={t('rpc.parameters')} hint={t('rpc.parametersHint')}>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={4}
              value={parameters}
              spellcheck={false}
              onInput={(event) => setParameters(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault()
                  event.currentTarget.form?.requestSubmit()
                }
              }}
            />
          )}
        </Field>
      </Form>
      <div aria-live="polite">{answered === null ? null : <Answer {...answered} />}</div>
    </Panel>
  )
}

function Answer({ method, outcome }: Answered): VNode {
  return (
    <div class="trial">
      <div class="trial-head">
        <span class={`badge ${outcome.ok ? 'good' : 'bad'}`}>
          {outcome.ok ? t('rpc.answered') : outcome.code}
        </span>
        <code>{method}</code>
        <span class="muted">{formatLatency(outcome.milliseconds)}</span>
      </div>
      {outcome.ok ? (
        <JsonView text={JSON.stringify(outcome.result, null, 2)} />
      ) : (
        <p class="bad-text">{outcome.message}</p>
      )}
    </div>
  )
}

/** What was called, and what routes name; patterns name nothing that could be called. */
function suggestions(
  gateways: readonly GatewayInfo[],
  methods: readonly GatewayMethod[],
  gateway: string,
): readonly string[] {
  const routes = gateways.find(({ name }) => name === gateway)?.routes ?? []
  const names = [
    ...routes.map(({ method }) => method).filter((name) => !name.endsWith('*')),
    ...methods.filter((one) => one.gateway === gateway).map(({ name }) => name),
  ]
  return [...new Set(names)].sort()
}

function parsed(text: string): readonly unknown[] {
  try {
    return parseParameters(text)
  } catch (error) {
    throw new Error(t('rpc.notJson', { reason: error instanceof Error ? error.message : '' }))
  }
}
