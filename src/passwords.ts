// Password hashes as RabbitMQ keeps them, so that users can be imported and exported:
//
//   base64( salt, 4 bytes | digest(salt | password) )            [RMQ: passwords, internal database]

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PasswordHash, PasswordHasher } from './broker/access.ts'

const digestByAlgorithm: Readonly<Record<string, string>> = {
  rabbit_password_hashing_sha256: 'sha256',
  rabbit_password_hashing_sha512: 'sha512',
  rabbit_password_hashing_md5: 'md5',
}
const saltBytes = 4
const defaultAlgorithm = 'rabbit_password_hashing_sha256'

function salted(salt: Uint8Array, password: string, algorithm: string): Buffer {
  const digest = digestByAlgorithm[algorithm] ?? 'sha256'
  return createHash(digest).update(salt).update(password).digest()
}

export const passwordHasher: PasswordHasher = {
  hash(password: string): PasswordHash {
    const salt = randomBytes(saltBytes)
    const hash = Buffer.concat([salt, salted(salt, password, defaultAlgorithm)]).toString('base64')
    return { hash, algorithm: defaultAlgorithm }
  },
  verify(password: string, { hash, algorithm }: PasswordHash): boolean {
    const bytes = Buffer.from(hash, 'base64')
    const expected = bytes.subarray(saltBytes)
    const actual = salted(bytes.subarray(0, saltBytes), password, algorithm)
    return expected.length === actual.length && timingSafeEqual(expected, actual)
  },
}
