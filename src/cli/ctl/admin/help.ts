// What rabbitmqadmin says of itself, all of it from the tables of options and objects.

import type { ObjectShape } from './catalog.ts'
import {
  closable,
  declarable,
  deletable,
  listable,
  messageVerbs,
  purgable,
  showable,
} from './catalog.ts'
import { adminOptions } from './options.ts'

const optionWidth = 40

export function usage(program: string): string {
  return `Usage\n=====\n  ${program} [options] subcommand\n`
}

export function optionsHelp(program: string): string {
  const lines = adminOptions.map(({ name, short, value, byDefault, help }) => {
    const long = `--${name}${value === undefined ? '' : `=${value}`}`
    const both =
      short === undefined ? long : `${long}, -${short}${value === undefined ? '' : ` ${value}`}`
    const given = byDefault === undefined || byDefault === '' ? '' : ` [default: ${byDefault}]`
    return `${both.padEnd(optionWidth)}${help}${given}`
  })
  return `${usage(program)}
Options
=======
${lines.join('\n')}

More Help
=========

For more help use the help subcommand:

  ${program} help subcommands  # For a list of available subcommands
  ${program} help config       # For help with the configuration file
`
}

export function subcommandsHelp(program: string): string {
  const title = (text: string): string => `\n${text}\n${'='.repeat(text.length)}\n\n`
  const listings = (verb: string, names: readonly string[]): string =>
    names.map((name) => `  ${verb} ${name} [<column>...]\n`).join('')
  return [
    `${usage(program)}\n  where subcommand is one of:\n`,
    title('Display'),
    listings('list', Object.keys(listable)),
    listings('show', Object.keys(showable)),
    title('Object Manipulation'),
    stanza('  declare', declarable),
    stanza('  delete', deletable),
    stanza('  close', closable),
    stanza('  purge', purgable),
    title('Broker Definitions'),
    '  export <file>\n  import <file>\n',
    title('Publishing and Consuming'),
    stanza(' ', messageVerbs),
    `
  * If payload is not specified on publish, standard input is used

  * If payload_file is not specified on get, the payload will be shown on
    standard output along with the message metadata

  * If payload_file is specified on get, count must not be set

Examples
========

  ${program} declare queue name=orders durable=true arguments='{"x-max-length": 1000}'
  ${program} publish exchange=amq.default routing_key=orders payload=hello
  ${program} get queue=orders ackmode=ack_requeue_false
  ${program} -f tsv -q list queues name messages
`,
  ].join('')
}

function stanza(verb: string, shapes: Readonly<Record<string, ObjectShape>>): string {
  const words = ({ mandatory, optional }: ObjectShape): string => {
    const needed = mandatory.map((names) => `${[names].flat().join('=... OR ')}=...`)
    const others = Object.keys(optional ?? {}).map((name) => `${name}=...`)
    return [...needed, ...(others.length === 0 ? [] : [`[${others.join(' ')}]`])].join(' ')
  }
  return Object.entries(shapes)
    .map(([name, shape]) => `${verb} ${name} ${words(shape)}\n`)
    .join('')
}

export function configHelp(program: string): string {
  return `${usage(program)}
Configuration File
==================

  Sections of ~/.rabbitmqadmin.conf, or of the file after -c, hold options under
  their long names with underscores (the host is hostname). -N chooses the section,
  which is [default] otherwise; options on the command line win.

Example
=======

  [default]
  hostname = localhost
  port = 15672
  username = guest
  password = guest
  declare_vhost = /      # for declare and delete when there is no vhost
  vhost = /              # for declare, delete and list

  [behind_a_proxy]
  hostname = broker.example
  port = 443
  ssl = True
  path_prefix = /rabbitmq

Use
===

  ${program} -c rabbitmqadmin.conf -N behind_a_proxy list queues
`
}
