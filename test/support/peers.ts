// Decides what happens when a peer that a test talks to (RabbitMQ, pika, Celery ...) is not
// installed: the test is skipped with the reason, unless WARREN_REQUIRE_PEERS=1 says that a
// missing peer is a failure.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const required = process.env.WARREN_REQUIRE_PEERS === '1'

/** For node:test's `skip`: false to run, else the reason. */
export function skipUnless(present: boolean, reason: string): string | false {
  return present || required ? false : reason
}

export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

/** A Python that has the modules. Debian's packages serve /usr/bin/python3, not a shim on PATH. */
export function findPython(modules: readonly string[]): string | undefined {
  const candidates = [process.env.WARREN_PYTHON, '/usr/bin/python3', 'python3']
  return candidates.find(
    (python) =>
      python !== undefined &&
      spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0,
  )
}

export function rubyHas(library: string): boolean {
  return spawnSync('ruby', ['-e', `require "${library}"`], { stdio: 'ignore' }).status === 0
}
