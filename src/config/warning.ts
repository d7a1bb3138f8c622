// Something about the configuration that its author should know and that does not stop the start.

export interface ConfigWarning {
  /** info: taken, but without effect here; warn: probably a mistake. */
  readonly level: 'info' | 'warn'
  readonly message: string
}
