// `warren rpc`: calls and inspects RPC servers of any protocol from the command line. Each command is
// a file; this one gives them their words and the options that they share.
import type { Command } from 'commander'
import { bench } from './bench.ts'
import { call } from './call.ts'
import type { ConnectionFlags } from './connection.ts'
import { describeMethods, listMethods } from './describe.ts'

const urls = `
URLs:
  xmlrpc://host:4242               XML-RPC
  zerorpc://host:4243              ZeroRPC
  http://host:4244  ws://…         JSON-RPC 2.0
  grpc://host:4245/rpc.Service     gRPC (grpcs:// with TLS)
  amqp://user:pass@host?queue=q    a queue (&profile=json|message-pack|raw|nest)

Arguments are JSON where they can be read as JSON, text otherwise.`

function withConnection(command: Command): Command {
  return command
    .option('--timeout <seconds>', 'how long to wait for an answer', '30')
    .option('--metadata <key=value...>', 'sent beside the arguments')
    .option('--token <token>', 'a bearer token (HTTP and gRPC)')
    .option('--proto <file>', 'the .proto of a gRPC service')
    .option('--service <name>', 'the full name of the service in the .proto')
    .addHelpText('after', urls)
}

/** Adds `rpc` with its subcommands to a program. */
export function registerRpcCommands(program: Command): void {
  const rpc = program.command('rpc').description('call and inspect RPC servers of any protocol')
  withConnection(rpc.command('call <url> <method> [args...]'))
    .description('call a method and print its result as JSON, a stream item by item')
    .option('--text', 'take all arguments as text')
    .action((url: string, method: string, args: string[], flags: ConnectionFlags) =>
      call({ url, method, args, flags }),
    )
  withConnection(rpc.command('list <url>'))
    .description('print the names of the methods')
    .action((url: string, flags: ConnectionFlags) => listMethods(url, flags))
  withConnection(rpc.command('describe <url> [method]'))
    .description('print what the server says of its methods')
    .action((url: string, method: string | undefined, flags: ConnectionFlags) =>
      describeMethods(url, method, flags),
    )
  withConnection(rpc.command('bench <url> <method> [args...]'))
    .description('call a method over and over and print rate and latencies')
    .option('--in-flight <count>', 'calls under way at once', '1')
    .option('--duration <seconds>', 'how long to measure', '5')
    .option('--text', 'take all arguments as text')
    .action((url: string, method: string, args: string[], flags: ConnectionFlags) =>
      bench({ url, method, args, flags }),
    )
}
