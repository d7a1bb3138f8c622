// A setting that cannot be used: where it was written and why it was refused, on one line.

export class ConfigError extends Error {
  /** `file:line`, the name of the environment variable, or the flag. */
  readonly origin: string
  readonly reason: string

  constructor(origin: string, reason: string, options?: ErrorOptions) {
    super(`${origin}: ${reason}`, options)
    this.name = 'ConfigError'
    this.origin = origin
    this.reason = reason
  }
}
