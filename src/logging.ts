// The one place that knows the logging library: lines for people on a terminal, JSON otherwise, to
// standard error and to a file, each category with a level of its own, and never a password.

import { resolve } from 'node:path'
import type { Level, Logger as PinoLogger, StreamEntry } from 'pino'
import { destination, multistream, pino, stdTimeFunctions } from 'pino'
import type { LogFields, Logger } from './base/logger.ts'
import type { LogConfig, LogLevel } from './config/config.ts'

/** Field names whose values are replaced, at the top and one level down. */
const secretFields = ['password', 'default_pass', 'secret', 'token', 'authorization', 'cookie']

const pinoLevels: Readonly<Record<LogLevel, Level | 'silent'>> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
  none: 'silent',
}

/** `standardError` is another stream only in tests. */
export async function createLogger(
  config: LogConfig,
  standardError: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
): Promise<Logger> {
  const streams: StreamEntry[] = []
  if (config.console && config.consoleLevel !== 'none') {
    const asJson =
      config.format === 'json' || (config.format === 'auto' && standardError.isTTY !== true)
    const stream = asJson ? standardError : await prettyStream(standardError)
    streams.push({ level: streamLevel(config.consoleLevel), stream })
  }
  if (config.file !== null && config.fileLevel !== 'none') {
    const path = resolve(config.directory, config.file)
    streams.push({
      level: streamLevel(config.fileLevel),
      stream: destination({ dest: path, mkdir: true, sync: false }),
    })
  }
  const root = pino(
    {
      level: streams.length === 0 ? 'silent' : pinoLevels[config.level],
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((name) => [name, `*.${name}`]),
        censor: '********',
      },
    },
    multistream(streams),
  )
  return new PinoBackedLogger(root, root, config)
}

/** A stream without a level of its own takes all that the logger's level and its category's let pass. */
function streamLevel(level: LogLevel | null): Level {
  const own = level === null ? 'debug' : pinoLevels[level]
  return own === 'silent' ? 'fatal' : own
}

/** Loaded only where a person reads along: it costs a tenth of the whole start. */
async function prettyStream(target: NodeJS.WritableStream): Promise<NodeJS.WritableStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    destination: target,
    messageKey: 'message',
    errorLikeObjectKeys: ['error'],
    ignore: 'category',
    messageFormat: '{if category}{category}: {end}{message}',
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    colorize: process.env.NO_COLOR === undefined,
    sync: true,
  })
}

class PinoBackedLogger implements Logger {
  readonly #root: PinoLogger
  readonly #pino: PinoLogger
  readonly #config: LogConfig

  constructor(root: PinoLogger, own: PinoLogger, config: LogConfig) {
    this.#root = root
    this.#pino = own
    this.#config = config
  }

  debug(message: string, fields?: LogFields): void {
    this.#pino.debug(fields ?? {}, message)
  }

  info(message: string, fields?: LogFields): void {
    this.#pino.info(fields ?? {}, message)
  }

  warn(message: string, fields?: LogFields): void {
    this.#pino.warn(fields ?? {}, message)
  }

  error(message: string, fields?: LogFields): void {
    this.#pino.error(fields ?? {}, message)
  }

  category(name: string): Logger {
    const level = this.#config.categories[name]
    const options = level === undefined ? {} : { level: pinoLevels[level] }
    return new PinoBackedLogger(
      this.#root,
      this.#root.child({ category: name }, options),
      this.#config,
    )
  }
}
