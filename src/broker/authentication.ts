// Decides whether a name and a password belong to a user who may come from where he comes.

import type { AccessControl, PasswordHasher } from './access.ts'

export interface AuthenticationRules {
  readonly access: AccessControl
  readonly hasher: PasswordHasher
  /** Users that may connect from this machine only (`loopback_users`). */
  readonly loopbackUsers: readonly string[]
}

export interface Claim {
  readonly user: string
  readonly password: string
  readonly fromLoopback: boolean
}

/** Null when the user is welcome, else the reason for the log; clients are not told it. */
export function refusalReason(rules: AuthenticationRules, claim: Claim): string | null {
  const user = rules.access.users.get(claim.user)
  if (user === undefined || user.password.hash === '') {
    // As much work as for a user that exists, so that the time tells nothing.
    rules.hasher.verify(claim.password, rules.hasher.hash('no such user'))
    return `user '${claim.user}' - invalid credentials`
  }
  if (!rules.hasher.verify(claim.password, user.password)) {
    return `user '${claim.user}' - invalid credentials`
  }
  return originRefusal(rules, claim)
}

/** The same for a name that a certificate vouches for. */
export function certifiedRefusal(
  rules: AuthenticationRules,
  claim: Omit<Claim, 'password'>,
): string | null {
  if (!rules.access.users.has(claim.user)) return `user '${claim.user}' - invalid credentials`
  return originRefusal(rules, claim)
}

function originRefusal(
  { loopbackUsers }: AuthenticationRules,
  { user, fromLoopback }: Omit<Claim, 'password'>,
): string | null {
  if (fromLoopback || !loopbackUsers.includes(user)) return null
  return `user '${user}' can only connect via localhost`
}
