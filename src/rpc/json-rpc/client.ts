// Calls a JSON-RPC 2.0 server: over HTTP a POST per call or batch, over WebSocket one connection for
// all of them (web-socket-client.ts).
import type { ClientCall, ClientTransport, ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { HttpChannel } from '../http/client.ts'
import { decodeJson } from '../json/codec.ts'
import { errorOfObject } from '../json/error-object.ts'
import { isRecord } from '../value.ts'
import { descriptionOf } from './open-rpc.ts'
import type { JsonRpcClientOptions } from './options.ts'
import { requestText, resultOf } from './request.ts'

export async function openJsonRpc(
  url: URL,
  options: JsonRpcClientOptions = {},
): Promise<ClientTransport> {
  const target = new URL(url.href.replace(/^jsonrpc\+/, ''))
  if (target.protocol === 'ws:' || target.protocol === 'wss:') {
    return (await import('./web-socket-client.ts')).openWebSocket(target, options)
  }
  return new JsonRpcHttpClient(target, options)
}

function decoded(body: Buffer): unknown {
  try {
    return decodeJson(body.toString('utf8'))
  } catch (cause) {
    throw new RpcError('INTERNAL', 'the answer is not JSON', { cause })
  }
}

class JsonRpcHttpClient implements ClientTransport {
  readonly #http: HttpChannel
  #lastId = 0

  constructor(url: URL, options: JsonRpcClientOptions) {
    this.#http = new HttpChannel(url, 'application/json', options)
  }

  call(call: ClientCall): Promise<unknown> {
    return this.#exchange(call.method, call.args, call)
  }

  async #exchange(method: string, args: readonly unknown[], whole: ClientCall): Promise<unknown> {
    this.#lastId += 1
    const text = requestText(method, args, `,"id":${this.#lastId}`)
    const response = decoded(await this.#http.post(text, whole))
    if (!isRecord(response)) throw new RpcError('INTERNAL', 'the answer is not a response')
    return resultOf(response)
  }

  async notify(call: ClientCall): Promise<void> {
    await this.#http.post(requestText(call.method, call.args, ''), call)
  }

  async batch(
    calls: readonly ClientCall[],
    whole: ClientCall,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const first = this.#lastId + 1
    this.#lastId += calls.length
    const texts = calls.map((call, index) =>
      requestText(call.method, call.args, `,"id":${first + index}`),
    )
    const answers = decoded(await this.#http.post(`[${texts.join(',')}]`, whole))
    if (!Array.isArray(answers)) {
      // The whole batch was refused, with one error.
      throw isRecord(answers) ? errorOfObject(answers.error) : new RpcError('INTERNAL', 'no batch')
    }
    return calls.map((call, index) => settledFrom(answers, first + index, call.method))
  }

  async describe(whole: ClientCall): Promise<ServiceDescription> {
    return descriptionOf(await this.#exchange('rpc.discover', [], whole))
  }

  async close(): Promise<void> {
    this.#http.close()
  }
}

function settledFrom(
  answers: readonly unknown[],
  id: number,
  method: string,
): PromiseSettledResult<unknown> {
  // [6] Answers may come in any order.
  const answer = answers.filter(isRecord).find((entry) => entry.id === id)
  try {
    if (answer === undefined) throw new RpcError('INTERNAL', `no answer to ${method} in the batch`)
    return { status: 'fulfilled', value: resultOf(answer) }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}
