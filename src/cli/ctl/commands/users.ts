// Commands about users and their passwords.

import { createHash, randomBytes } from 'node:crypto'
import type { Item } from '../api-client.ts'
import { ApiClient, segment } from '../api-client.ts'
import type { Call, Command } from '../command.ts'
import { nothing } from '../command.ts'
import { basicAuthorization } from '../connection-settings.ts'
import { ExitCode, Failure } from '../failure.ts'

const group = 'Users'
const tools = ['ctl'] as const
const username = { name: 'username', documentation: 'The user’s name.' }

export const userCommands: readonly Command[] = [
  {
    name: 'add_user',
    tools,
    group,
    summary:
      'Creates a new user in the internal database. This user will have no permissions for any virtual hosts by default.',
    positionals: [
      username,
      {
        name: 'password',
        optional: true,
        documentation:
          'The password the user will log in with; read from standard input if it is left out. A blank one switches logging in by password off.',
      },
    ],
    options: [
      {
        name: 'pre-hashed-password',
        documentation: 'takes the password for a hash (see hash_password)',
      },
    ],
    details: `  PROGRAM add_user alice s3cret
  echo s3cret | PROGRAM add_user alice
  PROGRAM set_permissions -p / alice '.*' '.*' '.*'`,
    banner: ({ positionals }) => `Adding user "${positionals[0]}" ...`,
    async run(call) {
      const [name, given] = call.positionals as [string, string | undefined]
      const password = given ?? (await call.readSecret('Password: '))
      if ((await call.api.find(`/users/${segment(name)}`)) !== null) {
        throw new Failure(ExitCode.software, `User "${name}" already exists`)
      }
      await call.api.put(`/users/${segment(name)}`, {
        ...(call.switch('pre-hashed-password')
          ? { password_hash: password }
          : passwordFields(password)),
        tags: '',
      })
      return {
        kind: 'text',
        text: "Done. Don't forget to grant the user permissions to some virtual hosts! See 'rabbitmqctl help set_permissions' to learn more.",
        value: { user: name },
      }
    },
  },
  {
    name: 'delete_user',
    tools,
    group,
    summary: 'Removes a user from the internal database.',
    positionals: [username],
    details: '  PROGRAM delete_user alice',
    banner: ({ positionals }) => `Deleting user "${positionals[0]}" ...`,
    async run({ api, positionals }) {
      const name = positionals[0]!
      if (!(await api.delete(`/users/${segment(name)}`))) throw noSuchUser(name)
      return nothing
    },
  },
  {
    name: 'change_password',
    tools,
    group,
    summary: 'Changes the user password',
    positionals: [
      username,
      { name: 'password', optional: true, documentation: 'The new one; read if it is left out.' },
    ],
    details: '  PROGRAM change_password alice n3w',
    banner: ({ positionals }) => `Changing password for user "${positionals[0]}" ...`,
    async run(call) {
      const name = call.positionals[0]!
      const { tags } = await getUser(call, name)
      const password = call.positionals[1] ?? (await call.readSecret('Password: '))
      await call.api.put(`/users/${segment(name)}`, { ...passwordFields(password), tags })
      return nothing
    },
  },
  {
    name: 'clear_password',
    tools,
    group,
    summary: 'Clears (resets) password and disables password login for a user',
    details: '  PROGRAM clear_password alice',
    positionals: [username],
    banner: ({ positionals }) => `Clearing password for user "${positionals[0]}" ...`,
    async run(call) {
      const name = call.positionals[0]!
      const { tags } = await getUser(call, name)
      await call.api.put(`/users/${segment(name)}`, { password_hash: '', tags })
      return nothing
    },
  },
  {
    name: 'set_user_tags',
    tools,
    group,
    summary: 'Sets user tags',
    positionals: [
      username,
      {
        name: 'tag',
        optional: true,
        rest: true,
        documentation:
          'administrator, monitoring, policymaker, management or a word of your own. They take the place of those the user had.',
      },
    ],
    details: `  PROGRAM set_user_tags alice administrator
  PROGRAM set_user_tags alice               takes all tags away`,
    banner: ({ positionals: [name, ...tags] }) =>
      `Setting tags for user "${name}" to [${tags.join(', ')}] ...`,
    async run(call) {
      const [name, ...tags] = call.positionals as [string, ...string[]]
      const user = await getUser(call, name)
      await call.api.put(`/users/${segment(name)}`, {
        password_hash: user.password_hash,
        hashing_algorithm: user.hashing_algorithm,
        tags: tags.join(','),
      })
      return nothing
    },
  },
  {
    name: 'list_users',
    tools,
    group,
    summary: 'List user names and tags',
    details: '  PROGRAM list_users --formatter json',
    banner: () => 'Listing users ...',
    async run({ api }) {
      const users = await api.list('/users')
      return {
        kind: 'table',
        columns: ['user', 'tags'],
        rows: users.map((user) => ({ user: user.name, tags: tagList(user.tags) })),
      }
    },
  },
  {
    name: 'authenticate_user',
    tools,
    group,
    summary: 'Attempts to authenticate a user. Exits with a non-zero code if authentication fails.',
    details:
      '  PROGRAM authenticate_user alice s3cret\n\nExits with 65 when the password is wrong.',
    positionals: [
      username,
      { name: 'password', optional: true, documentation: 'Read if it is left out.' },
    ],
    banner: ({ positionals }) => `Authenticating user "${positionals[0]}" ...`,
    async run(call) {
      const name = call.positionals[0]!
      const password = call.positionals[1] ?? (await call.readSecret('Password: '))
      const asUser = new ApiClient({
        ...call.api.settings,
        authorization: basicAuthorization(name, password),
      })
      const { status, body } = await asUser.request('GET', '/whoami', { expect: [401] })
      // A user without a management tag is let in by password and turned away afterwards.
      const reason =
        typeof body === 'object' && body !== null && 'reason' in body ? body.reason : ''
      if (status === 200 || !/login failed/i.test(String(reason))) {
        return { kind: 'text', text: 'Success' }
      }
      throw new Failure(
        ExitCode.dataError,
        `Error: failed to authenticate user "${name}"\nuser '${name}' - invalid credentials`,
      )
    },
  },
  {
    name: 'hash_password',
    tools,
    group,
    summary: 'Hashes a password as definitions files and add_user --pre-hashed-password take it',
    positionals: [{ name: 'password', optional: true, documentation: 'Read if it is left out.' }],
    details: '  PROGRAM hash_password s3cret',
    async run(call) {
      const password = call.positionals[0] ?? (await call.readSecret('Password: '))
      return { kind: 'text', text: saltedHash(password) }
    },
  },
]

/** base64(salt + SHA-256(salt + password)) with four bytes of salt [RabbitMQ: passwords.md]. */
function saltedHash(password: string): string {
  const salt = randomBytes(4)
  const hash = createHash('sha256').update(salt).update(password).digest()
  return Buffer.concat([salt, hash]).toString('base64')
}

function passwordFields(password: string): Record<string, string> {
  return password === '' ? { password_hash: '' } : { password }
}

async function getUser({ api }: Call, name: string): Promise<Item> {
  const user = await api.find(`/users/${segment(name)}`)
  if (user === null) throw noSuchUser(name)
  return user
}

function noSuchUser(name: string): Failure {
  return new Failure(ExitCode.noUser, `User "${name}" does not exist`)
}

/** Tags are a list since RabbitMQ 3.9 and words with commas before. */
function tagList(tags: unknown): readonly unknown[] {
  if (Array.isArray(tags)) return tags
  return typeof tags === 'string' && tags !== '' ? tags.split(',') : []
}
