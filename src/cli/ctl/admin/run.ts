// The program rabbitmqadmin: RabbitMQ 3's command line client of the HTTP API, verb for verb, so that
// scripts written for it go on working. rabbitmqctl's commands are in ../run.ts.

import { readFileSync, writeFileSync } from 'node:fs'
import type { Surroundings } from '../run.ts'
import type { Listable, ObjectShape } from './catalog.ts'
import {
  closable,
  declarable,
  deletable,
  listable,
  messageVerbs,
  purgable,
  showable,
} from './catalog.ts'
import { completionScript, completionWords } from './completion.ts'
import { configHelp, optionsHelp, subcommandsHelp, usage } from './help.ts'
import { AdminFailure, ask } from './http.ts'
import type { AdminCall } from './options.ts'
import { AdminUsageError, readOptions } from './options.ts'
import { BadJson, quote, type Shaped, shapeWords } from './shape-words.ts'
import { formats, renderList } from './table.ts'

export interface AdminSurroundings
  extends Pick<Surroundings, 'program' | 'environment' | 'stdout' | 'stderr'> {
  readonly version: string
  /** All of standard input, for `publish` without a payload. */
  readonly readInput: () => Buffer
}

type Verb = (run: Run) => Promise<void>

/** One run: what was asked for, and where the answer goes. */
interface Run {
  readonly call: AdminCall
  /** What follows the verb. */
  readonly words: readonly string[]
  readonly surroundings: AdminSurroundings
  /** For people: not with --quiet. */
  readonly tell: (line: string) => void
}

export async function runAdmin(
  argv: readonly string[],
  surroundings: AdminSurroundings,
): Promise<number> {
  const { program, stdout, stderr } = surroundings
  try {
    // Asked by the completion script on each tab: the words are not this call's options.
    if (argv[0] === 'autocomplete') {
      stdout(
        completionWords(argv.slice(1))
          .map((word) => `${word}\n`)
          .join(''),
      )
      return 0
    }
    const call = readOptions(argv, surroundings.environment)
    await perform(call, surroundings)
    return 0
  } catch (error) {
    if (error instanceof AdminFailure) stderr(`*** ${error.message}\n\n`)
    else if (error instanceof BadJson) stderr(`ERROR: Could not parse JSON:\n  ${error.message}\n`)
    else if (!(error instanceof AdminUsageError)) throw error
    else if (error.exitCode === 2)
      stderr(`${usage(program)}\n${program}: error: ${error.message}\n`)
    else stderr(`\nERROR: ${error.message}\n\n${program} --help for help\n\n`)
    return error instanceof AdminUsageError ? error.exitCode : 1
  }
}

async function perform(call: AdminCall, surroundings: AdminSurroundings): Promise<void> {
  const { program, stdout, version } = surroundings
  if (call.switch('help')) return stdout(optionsHelp(program))
  if (call.switch('version')) return stdout(`rabbitmqadmin ${version}\n`)
  if (call.switch('bash-completion')) return stdout(completionScript(program))
  const [verb, ...words] = call.words
  if (verb === undefined) throw new AdminUsageError('Action not specified')
  const act = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (act === undefined) throw new AdminUsageError(`Action ${verb} not understood`)
  const tell = (line: string): void => {
    if (!call.switch('quiet')) stdout(`${line}\n`)
  }
  await act({ call, words, surroundings, tell })
}

const verbs: Readonly<Record<string, Verb>> = {
  help: async ({ words, surroundings: { program, stdout } }) => {
    const pages = { subcommands: subcommandsHelp, config: configHelp }
    const page =
      words[0] === undefined
        ? optionsHelp
        : Object.entries(pages).find(([name]) => name === words[0])?.[1]
    if (page === undefined) {
      throw new AdminUsageError('help topic must be one of:\n  subcommands\n  config')
    }
    stdout(page(program))
  },
  list: async (run) => {
    const { path, shape, columns } = listing(run, listable, 'list')
    print(run, await ask(run.call, 'GET', path), { shape, columns })
  },
  show: async (run) => {
    const { path, shape, columns } = listing(run, showable, 'show')
    print(run, `[${await ask(run.call, 'GET', path)}]`, { shape, columns })
  },
  declare: async (run) => {
    const { kind, path, upload } = object(run, declarable)
    const method = kind === 'binding' ? 'POST' : 'PUT'
    await ask(run.call, method, path, JSON.stringify(withQueueType(kind, upload)))
    run.tell(`${kind} declared`)
  },
  delete: (run) => remove(run, deletable, 'deleted'),
  close: (run) => remove(run, closable, 'closed'),
  purge: (run) => remove(run, purgable, 'purged'),
  publish,
  get,
  export: async ({ call, words, tell }) => {
    const file = onlyWord(words)
    const text = await ask(call, 'GET', definitionsPath(call))
    settle(() => writeFileSync(file, text))
    tell(`Exported definitions for ${call.option('host')} to "${file}"`)
  },
  import: async ({ call, words, tell }) => {
    const file = onlyWord(words)
    const text = settle(() => readFileSync(file, 'utf8'))
    await ask(call, 'POST', definitionsPath(call), text)
    // The two names stand in this order in RabbitMQ's program.
    tell(
      `Uploaded definitions from "${call.option('host')}" to ${file}. The import process may take some time. Consult server logs to track progress.`,
    )
  },
}

async function remove(
  run: Run,
  shapes: Readonly<Record<string, ObjectShape>>,
  done: string,
): Promise<void> {
  const { kind, path } = object(run, shapes)
  await ask(run.call, 'DELETE', path)
  run.tell(`${kind} ${done}`)
}

async function publish({ call, words, surroundings, tell }: Run): Promise<void> {
  const { path, upload } = shapeWords(words, messageVerbs.publish, vhostOf(call))
  const sent =
    'payload' in upload
      ? upload
      : {
          ...upload,
          payload: surroundings.readInput().toString('base64'),
          payload_encoding: 'base64',
        }
  const answer: unknown = JSON.parse(await ask(call, 'POST', path, JSON.stringify(sent)))
  const routed =
    typeof answer === 'object' && answer !== null && 'routed' in answer && answer.routed
  tell(routed ? 'Message published' : 'Message published but NOT routed')
}

async function get(run: Run): Promise<void> {
  const { call, words } = run
  const { path, upload } = shapeWords(words, messageVerbs.get, vhostOf(call))
  const file = upload.payload_file
  if (file !== undefined && upload.count !== '1') {
    throw new AdminUsageError('Cannot get multiple messages using payload_file')
  }
  const answer = await ask(call, 'POST', path, JSON.stringify(upload))
  if (file === undefined) return print(run, answer, { shape: {}, columns: [] })
  writePayload(String(file), answer)
  const columns = ['routing_key', 'exchange', 'message_count', 'payload_bytes', 'redelivered']
  print(run, answer, { shape: {}, columns })
}

function writePayload(file: string, answer: string): void {
  const [message]: { payload: string; payload_encoding: string }[] = JSON.parse(answer)
  if (message === undefined) return
  const encoding = message.payload_encoding === 'base64' ? 'base64' : 'utf8'
  settle(() => writeFileSync(file, Buffer.from(message.payload, encoding)))
}

interface Listing {
  readonly shape: Listable
  readonly columns: readonly string[]
}

function listing(
  { call, words: [kind, ...given] }: Run,
  shapes: Readonly<Record<string, Listable>>,
  verb: string,
): Listing & { readonly path: string } {
  const shape = kind !== undefined && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
  if (kind === undefined) throw new AdminUsageError('Type not specified')
  if (shape === undefined) throw new AdminUsageError(`Don't know how to ${verb} ${kind}`)
  // Those of the table are left out when JSON or another depth asks for all there is.
  const usual = call.option('depth') === '1' && !call.option('format')!.includes('json')
  const columns = given.length > 0 ? given : usual ? (shape.columns ?? []) : []
  const vhost = call.option('vhost')
  const query = [
    ...(columns.length === 0 ? [] : [`columns=${columns.map(quote).join(',')}`]),
    ...(call.option('sort') === undefined ? [] : [`sort=${quote(call.option('sort')!)}`]),
    ...(call.switch('sort-reverse') ? ['sort_reverse=true'] : []),
  ].join('&')
  const scope = shape.scoped === true && vhost !== undefined ? `/${quote(vhost)}` : ''
  const path = `/${kind.replaceAll('_', '-')}${scope}${query === '' ? '' : `?${query}`}`
  return { shape, columns, path }
}

function object(
  { call, words: [kind, ...rest] }: Run,
  shapes: Readonly<Record<string, ObjectShape>>,
): Shaped & { readonly kind: string } {
  if (kind === undefined) throw new AdminUsageError('Type not specified')
  const shape = Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
  if (shape === undefined) throw new AdminUsageError(`Type ${kind} not recognised`)
  return { kind, ...shapeWords(rest, shape, vhostOf(call)) }
}

/** `queue_type=quorum` is short for an argument. */
function withQueueType(kind: string, upload: Shaped['upload']): Shaped['upload'] {
  if (kind !== 'queue' || upload.queue_type === undefined) return upload
  const given = Object.entries(upload.arguments ?? {})
  return {
    ...upload,
    arguments: { ...Object.fromEntries(given), 'x-queue-type': upload.queue_type },
  }
}

function print({ call, surroundings }: Run, json: string, { shape, columns }: Listing): void {
  const format = call.option('format')!
  if (!formats.includes(format)) throw new AdminUsageError(`Format ${format} not recognised`)
  surroundings.stdout(
    renderList(json, {
      format,
      depth: Number(call.option('depth')),
      verbose: !call.switch('quiet'),
      columns,
      json: shape.json ?? [],
    }),
  )
}

const vhostOf = (call: AdminCall): string => call.option('vhost') ?? call.declareVhost

function definitionsPath(call: AdminCall): string {
  const vhost = call.option('vhost')
  return vhost === undefined ? '/definitions' : `/definitions/${quote(vhost)}`
}

function onlyWord(words: readonly string[]): string {
  if (words.length !== 1) throw new AdminUsageError('Exactly one argument required')
  return words[0]!
}

/** Files that cannot be read or written are told as they are, not as a fault of the program. */
function settle<T>(task: () => T): T {
  try {
    return task()
  } catch (error) {
    throw new AdminFailure(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
