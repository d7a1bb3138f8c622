// Reads a user name and password out of a SASL response [AMQP 0-9-1, connection.start-ok].

import { plainValue, readTableEntries } from '../protocol/amqp/field-table.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Who the client is was settled before AMQP [RFC 4422, appendix A]. */
export const externalMechanism = 'EXTERNAL'

/** Null when the response makes no sense for the mechanism. */
export function readCredentials(mechanism: string, response: Buffer): Credentials | null {
  if (mechanism === 'PLAIN') return readPlain(response)
  return mechanism === 'AMQPLAIN' ? readAmqplain(response) : null
}

/** authorization identity NUL user NUL password [RFC 4616] */
function readPlain(response: Buffer): Credentials | null {
  const parts = response.toString('utf8').split('\0')
  const [, user, password] = parts
  if (parts.length !== 3 || user === undefined || password === undefined) return null
  return { user, password }
}

/** The entries of a field table without its length: LOGIN and PASSWORD. */
function readAmqplain(response: Buffer): Credentials | null {
  try {
    const table = readTableEntries(response, 0, response.length)
    const user = plainValue(table.LOGIN ?? null)
    const password = plainValue(table.PASSWORD ?? null)
    if (typeof user !== 'string' || typeof password !== 'string') return null
    return { user, password }
  } catch {
    return null
  }
}
