// The one place that knows the logging library: lines for people on a terminal, JSON otherwise, to
// standard error and to a file, each category with a level of its own, and never a password.

import { resolve } from 'node:path'
import type { Level, Logger as PinoLogger, StreamEntry } from 'pino'
import { destination, multistream, pino, stdTimeFunctions } from 'pino'
import type { LogFields, Logger } from './base/logger.ts'
import { type LogConfig, LogLevel } from './config/config.ts'

/** Field names whose values are replaced, at the top and one level down. */
const secretFields = ['password', 'default_pass', 'secret', 'token', 'authorization', 'cookie']

const pinoLevels: Readonly<Record<LogLevel, Level | 'silent'>> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
  none: 'silent',
}

/** A logger whose level can be changed while the node runs. */
export interface AdjustableLogger extends Logger {
  /** For all categories without a level of their own. Throws RangeError for an unknown level. */
  setLevel(level: string): void
}

/** `standardError` is another stream only in tests. */
export async function createLogger(
  config: LogConfig,
  standardError: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
): Promise<AdjustableLogger> {
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
  return new PinoBackedLogger(root, config)
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

class PinoBackedLogger implements AdjustableLogger {
  readonly #pino: PinoLogger
  readonly #config: LogConfig
  /** Loggers of categories that follow the general level. */
  readonly #followers: PinoLogger[] = []

  constructor(own: PinoLogger, config: LogConfig) {
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

  /** Made once for each part of the node, and so may be kept for `setLevel`. */
  category(name: string): Logger {
    const level = this.#config.categories[name]
    const options = level === undefined ? {} : { level: pinoLevels[level] }
    const child = this.#pino.child({ category: name }, options)
    if (level === undefined) this.#followers.push(child)
    return new PinoBackedLogger(child, this.#config)
  }

  setLevel(level: string): void {
    const known = LogLevel.find((one) => one === level)
    if (known === undefined) {
      throw new RangeError(`level ${level} is not supported. Try one of ${LogLevel.join(', ')}`)
    }
    for (const logger of [this.#pino, ...this.#followers]) logger.level = pinoLevels[known]
  }
}
