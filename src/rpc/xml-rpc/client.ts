// Calls an XML-RPC server, as Python's ServerProxy does, except that nothing is sent twice.
import type { ClientCall, ClientTransport, MethodDescription, ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { HttpChannel } from '../http/client.ts'
import { encodeCall } from './codec.ts'
import { errorOfFault, type Fault, MalformedError } from './errors.ts'
import type { XmlRpcClientOptions } from './options.ts'
import { decodeMessage } from './reader.ts'

export async function openXmlRpc(
  url: URL,
  options: XmlRpcClientOptions = {},
): Promise<ClientTransport> {
  return new XmlRpcClient(url, options)
}

/** Methods whose documentation `$describe` asks for one by one. */
const describedMax = 500

class XmlRpcClient implements ClientTransport {
  readonly #http: HttpChannel
  readonly #options: XmlRpcClientOptions

  constructor(url: URL, options: XmlRpcClientOptions) {
    const target = new URL(
      url.href.replace(/^xmlrpc(\+https?)?:/, (_, kind: string | undefined) =>
        kind === '+https' ? 'https:' : 'http:',
      ),
    )
    // Python's client does the same when the URL names no path.
    if (target.pathname === '/') target.pathname = '/RPC2'
    this.#http = new HttpChannel(target, 'text/xml', options)
    this.#options = options
  }

  call(call: ClientCall): Promise<unknown> {
    return this.#exchange(call.method, call.args, call)
  }

  async #exchange(method: string, args: readonly unknown[], whole: ClientCall): Promise<unknown> {
    const body = await this.#http.post(encodeCall(method, args, this.#options), whole)
    const message = this.#decode(body)
    if (message.kind === 'fault') throw errorOfFault(message.fault)
    return message.value
  }

  /** XML-RPC has no calls without answers: the answer is read and dropped, a fault is not. */
  async notify(call: ClientCall): Promise<void> {
    await this.call(call)
  }

  async batch(
    calls: readonly ClientCall[],
    whole: ClientCall,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const list = calls.map((call) => ({ methodName: call.method, params: call.args }))
    const answers = await this.#exchange('system.multicall', [list], whole)
    if (!Array.isArray(answers) || answers.length !== calls.length) {
      throw new RpcError('INTERNAL', 'system.multicall answered with another number of results')
    }
    return answers.map((answer): PromiseSettledResult<unknown> => {
      if (Array.isArray(answer)) return { status: 'fulfilled', value: answer[0] }
      return { status: 'rejected', reason: errorOfFault(answer as Fault) }
    })
  }

  async describe(whole: ClientCall): Promise<ServiceDescription> {
    const names = await this.#exchange('system.listMethods', [], whole)
    if (!Array.isArray(names)) throw new RpcError('INTERNAL', 'system.listMethods gave no list')
    const methods: MethodDescription[] = []
    for (const name of names.slice(0, describedMax)) {
      if (typeof name !== 'string') continue
      const doc = await this.#exchange('system.methodHelp', [name], whole)
      methods.push({
        name,
        doc: typeof doc === 'string' ? doc : '',
        parameters: undefined,
        stream: false,
        idempotent: false,
      })
    }
    return { name: '', doc: '', methods }
  }

  async close(): Promise<void> {
    this.#http.close()
  }

  #decode(body: Buffer): { kind: 'fault'; fault: Fault } | { kind: 'result'; value: unknown } {
    try {
      const message = decodeMessage(body, this.#options)
      if (message.kind !== 'call') return message
    } catch (cause) {
      if (!(cause instanceof MalformedError)) throw cause
      throw new RpcError('INTERNAL', `the answer is not XML-RPC: ${cause.message}`, { cause })
    }
    throw new RpcError('INTERNAL', 'the answer is a call')
  }
}
