// The parameters of paths, queries and headers, in groups that routes take together.

import { type TSchema, Type } from 'typebox'
import { pageSizeDefault, pageSizeMax } from '../listing.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly required?: true
  readonly description: string
  readonly schema: TSchema
}

export type ParameterGroup =
  | 'list'
  | 'page'
  | 'columns'
  | 'charts'
  | 'browsing'
  | 'limit'
  | 'ifUnused'
  | 'deletion'
  | 'download'
  | 'overview'
  | 'reason'

const yesOrNo = Type.Enum(['true', 'false'])
const positive = Type.Integer({ minimum: 1 })
const natural = Type.Integer({ minimum: 0 })

function query(name: string, description: string, schema: TSchema = Type.String()): Parameter {
  return { name, in: 'query', description, schema }
}

const columns = query('columns', 'Only these members, by commas; `a.b` reaches into one.')
const page = [
  query('page', 'Which page of the list, from 1; without it, all of it.', positive),
  query(
    'page_size',
    'How many a page has.',
    Type.Integer({ minimum: 1, maximum: pageSizeMax, default: pageSizeDefault }),
  ),
]
const ifUnused = query('if-unused', 'Only when nobody uses it.', yesOrNo)

function span(prefix: string, what: string): Parameter[] {
  return [
    query(`${prefix}_age`, `With samples of ${what}, so many seconds back.`, positive),
    query(`${prefix}_incr`, 'Seconds between two samples; goes with the age.', positive),
  ]
}

const groups: Readonly<Record<ParameterGroup, readonly Parameter[]>> = {
  list: [
    ...page,
    query('pagination', '`false` answers with all, whatever page is asked for.', yesOrNo),
    query('name', 'Only what has this in its name.'),
    query('use_regex', 'Whether `name` is a regular expression.', yesOrNo),
    query('sort', 'The member to sort by; `a.b` reaches into one.'),
    query('sort_reverse', 'The largest first.', yesOrNo),
    columns,
  ],
  page,
  columns: [columns],
  charts: [
    ...span('msg_rates', 'message rates'),
    ...span('lengths', 'lengths of queues'),
    ...span('data_rates', 'bytes received and sent'),
  ],
  browsing: [
    query('offset', 'How many matching messages to pass over.', natural),
    query('limit', 'How many messages to show, 200 at most.', natural),
    query('search', 'Only messages with this in key, exchange, properties or body.'),
    query('truncate', 'How many bytes of each body to show.', natural),
  ],
  limit: [query('limit', 'How many at most, the newest first.', natural)],
  ifUnused: [ifUnused],
  deletion: [query('if-empty', 'Only when no message is in it.', yesOrNo), ifUnused],
  download: [query('download', 'The name of the file that a browser saves the answer as.')],
  overview: [query('overview', '`false`: only the events.', yesOrNo)],
  reason: [
    {
      name: 'x-reason',
      in: 'header',
      description: 'What the client is told.',
      schema: Type.String(),
    },
  ],
}

export function parametersOf(names: readonly ParameterGroup[]): Parameter[] {
  return names.flatMap((name) => [...groups[name]])
}

const inPaths: Readonly<Record<string, string>> = {
  vhost: 'A virtual host; `/` is written `%2F` in paths.',
  name: 'Its name.',
  user: 'A user’s name.',
  source: 'An exchange’s name; the default exchange is `amq.default`.',
  destination: 'What the binding leads to.',
  key: 'Which one: `properties_key` of a binding, `key` of a message or setting.',
  id: 'Which one.',
  limit: 'Which limit.',
  component: 'What the parameter is for.',
  exchange: 'An exchange’s name.',
  node: 'A node’s name.',
  port: 'A port’s number.',
  protocol: 'A protocol: `amqp`, `http`, `http/prometheus`.',
  number: 'How many units.',
  unit: '`days`, `weeks`, `months` or `years`.',
  password: 'A password.',
}

export function pathParameter(name: string): Parameter {
  const description = inPaths[name] ?? ''
  return { name, in: 'path', required: true, description, schema: Type.String() }
}
