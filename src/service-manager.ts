// Tells systemd (or whoever set NOTIFY_SOCKET) that the broker serves, and that it is stopping, as a
// unit of Type=notify must. Node has no Unix datagram sockets: the program systemd-notify, which comes
// with systemd, says it, beside everything else, so that neither start nor stop waits for it.

import type { Logger } from './base/logger.ts'

const program = 'systemd-notify'

export class ServiceManager {
  readonly #environment: NodeJS.ProcessEnv
  readonly #logger: Logger

  constructor(environment: NodeJS.ProcessEnv, logger: Logger) {
    this.#environment = environment
    this.#logger = logger
  }

  /** `status` is the line that `systemctl status` shows. */
  ready(status: string): void {
    // The one who speaks is a child: systemd is told who the unit's main process is.
    this.#say('READY=1', `STATUS=${status}`, `MAINPID=${process.pid}`)
  }

  stopping(): void {
    this.#say('STOPPING=1', 'STATUS=Stopping')
  }

  #say(...assignments: readonly string[]): void {
    // Nobody listens without the variable, which is the rule outside of systemd.
    if (this.#environment.NOTIFY_SOCKET === undefined) return
    // Loaded only here: it would cost every start some milliseconds.
    const { spawn } = process.getBuiltinModule('node:child_process')
    const child = spawn(program, assignments, { env: this.#environment, stdio: 'ignore' })
    const failed = (reason: string): void =>
      this.#logger.warn(
        'systemd was not told: the unit may be taken for one that failed to start',
        {
          said: assignments[0],
          reason,
        },
      )
    child.once('error', (error) => failed(error.message))
    child.once('exit', (code) => {
      if (code !== 0) failed(`${program} ended with ${code}`)
    })
    // It may outlive the broker when that is stopping.
    child.unref()
  }
}
