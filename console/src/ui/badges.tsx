// Small marks: what kind of thing a row is, and in which state.

import type { VNode } from 'preact'
import type { Arguments, ExchangeInfo, QueueInfo } from '../api/types.ts'
import { t, tOr } from '../i18n/translate.ts'

export function State({ state }: { readonly state: string | undefined }): VNode {
  const text = state ?? ''
  return <span class={`state ${toneOf(text)}`}>{tOr(`state.${text}`, text || '–')}</span>
}

function toneOf(state: string): string {
  if (state === 'running') return 'good'
  if (state === 'flow' || state === 'blocked' || state === 'blocking') return 'warn'
  if (state === 'down' || state === 'stopped' || state === 'crashed' || state === 'closed')
    return 'bad'
  return ''
}

export interface Mark {
  readonly text: string
  readonly title: string
  readonly tone: string
}

/** What a queue is and what its arguments and policies make of it. */
export function queueMarks(queue: QueueInfo): readonly Mark[] {
  const settings: Arguments = {
    ...queue.effective_policy_definition,
    ...withoutPrefix(queue.arguments),
  }
  const marks: (Mark | false)[] = [
    queue.type !== undefined &&
      queue.type !== 'classic' && { text: queue.type, title: t('field.type'), tone: 'blue' },
    !queue.durable && { text: t('mark.transient'), title: t('mark.transientTitle'), tone: 'warn' },
    queue.auto_delete && { text: 'AD', title: t('mark.autoDelete'), tone: '' },
    queue.exclusive === true && {
      text: t('mark.exclusive'),
      title: t('mark.exclusiveTitle'),
      tone: '',
    },
    'message-ttl' in settings && {
      text: 'TTL',
      title: `message-ttl ${settings['message-ttl']}`,
      tone: '',
    },
    'expires' in settings && { text: 'Exp', title: `expires ${settings.expires}`, tone: '' },
    ('max-length' in settings || 'max-length-bytes' in settings) && {
      text: 'Lim',
      title: `max-length ${settings['max-length'] ?? settings['max-length-bytes']}`,
      tone: '',
    },
    'dead-letter-exchange' in settings && {
      text: 'DLX',
      title: `dead-letter-exchange ${settings['dead-letter-exchange']}`,
      tone: 'violet',
    },
    'max-priority' in settings && {
      text: 'Pri',
      title: `max-priority ${settings['max-priority']}`,
      tone: '',
    },
    settings['single-active-consumer'] === true && {
      text: 'SAC',
      title: 'single-active-consumer',
      tone: '',
    },
    typeof queue.policy === 'string' &&
      queue.policy !== '' && { text: queue.policy, title: t('field.policy'), tone: 'good' },
  ]
  return marks.filter((mark) => mark !== false)
}

export function exchangeMarks(exchange: ExchangeInfo): readonly Mark[] {
  const marks: (Mark | false)[] = [
    !exchange.durable && {
      text: t('mark.transient'),
      title: t('mark.transientTitle'),
      tone: 'warn',
    },
    exchange.auto_delete && { text: 'AD', title: t('mark.autoDelete'), tone: '' },
    exchange.internal && { text: t('mark.internal'), title: t('mark.internalTitle'), tone: '' },
    'alternate-exchange' in exchange.arguments && {
      text: 'AE',
      title: `alternate-exchange ${exchange.arguments['alternate-exchange']}`,
      tone: 'violet',
    },
    typeof exchange.policy === 'string' &&
      exchange.policy !== '' && { text: exchange.policy, title: t('field.policy'), tone: 'good' },
  ]
  return marks.filter((mark) => mark !== false)
}

export function Marks({ marks }: { readonly marks: readonly Mark[] }): VNode {
  return (
    <span class="badges">
      {marks.map(({ text, title, tone }) => (
        <span key={text} class={`badge ${tone}`} title={title}>
          {text}
        </span>
      ))}
    </span>
  )
}

function withoutPrefix(values: Arguments): Arguments {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name.replace(/^x-/, ''), value]),
  )
}
