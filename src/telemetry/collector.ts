// Posts spans to an OTLP collector [OTLP 1.x, OTLP/HTTP]: one connection that is kept, answers that are
// not read without end, and the difference between what is worth another try and what is not.

import type { Agent, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { Agent as HttpAgent, request as requestHttp } from '../base/node-http.ts'
import type { Sent } from './span-exporter.ts'

export interface CollectorOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

const answerBytesMax = 64 << 10
/** [OTLP/HTTP, Failures: retryable response codes] */
const retryable = [429, 502, 503, 504]

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly text: string
}

export class Collector {
  readonly #options: CollectorOptions
  readonly #agent: Agent | HttpsAgent
  readonly #request: typeof requestHttp

  constructor(options: CollectorOptions) {
    this.#options = options
    const secure = options.url.startsWith('https:')
    const keep = { keepAlive: true, maxSockets: 1 }
    this.#agent = secure ? new HttpsAgent(keep) : new HttpAgent(keep)
    this.#request = secure ? requestHttps : requestHttp
  }

  async post(body: string): Promise<Sent> {
    try {
      return judge(await this.#exchange(body))
    } catch (error) {
      return { kind: 'again', reason: reasonOf(error), afterMs: null }
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #exchange(body: string): Promise<Answer> {
    const { url, headers, timeoutMs: timeout } = this.#options
    return new Promise((resolve, reject) => {
      const call = this.#request(url, {
        method: 'POST',
        agent: this.#agent,
        signal: AbortSignal.timeout(timeout),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'warren-otlp',
          ...headers,
        },
      })
      call.on('error', reject)
      call.on('response', (response) => read(response).then(resolve, reject))
      call.end(body)
    })
  }
}

async function read(response: IncomingMessage): Promise<Answer> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > answerBytesMax) throw new Error('the answer is too long')
  }
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text }
}

function judge({ status, retryAfter, text }: Answer): Sent {
  if (status >= 200 && status < 300) return { kind: 'taken', ...partialSuccess(text) }
  const reason = `the collector answered ${status}`
  if (!retryable.includes(status)) return { kind: 'failed', reason }
  const seconds = Number(retryAfter)
  return { kind: 'again', reason, afterMs: Number.isFinite(seconds) ? seconds * 1000 : null }
}

/** `{"partialSuccess":{"rejectedSpans":"2","errorMessage":"..."}}`; anything else is success. */
function partialSuccess(text: string): { rejectedCount: number; reason: string } {
  try {
    const { partialSuccess: part } = JSON.parse(text) as {
      partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string }
    }
    const rejectedCount = Number(part?.rejectedSpans ?? 0)
    const reason = `the collector rejected spans: ${String(part?.errorMessage ?? '')}`
    return { rejectedCount: Number.isSafeInteger(rejectedCount) ? rejectedCount : 0, reason }
  } catch {
    return { rejectedCount: 0, reason: '' }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
