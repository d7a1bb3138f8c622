// What every part of the broker logs through, and a logger that keeps silent. Which library writes
// the lines, where to and how, is decided in src/logging.ts alone.

export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger for one category ("connection", "queue"), whose level is configured on its own. */
  category(name: string): Logger
}

function ignore(): void {}

export const nullLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  category: () => nullLogger,
}
