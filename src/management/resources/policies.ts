// Policies and operator policies.

import type { Policy, PolicyKind } from '../../broker/policies.ts'
import { findPolicyFault, isPolicyTarget } from '../../broker/policies.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { badRequest, objectNotFound, requireKeys } from '../errors.ts'
import type { Listed, View } from '../listing.ts'
import { answerList } from '../listing.ts'
import type { Asked, Body, Resource, Route } from '../route.ts'
import { answerPut, textField, visibleVhost, visibleVhosts } from '../route.ts'

interface PolicyOfVhost {
  readonly vhost: VirtualHost
  readonly policy: Policy
}

export const policies: Resource = (context) => [
  ...routesOf(context, 'policy'),
  ...routesOf(context, 'operator-policy'),
]

const listed: Listed<PolicyOfVhost> = {
  name: ({ policy }) => policy.name,
  view: ({ vhost, policy }) => policyView(vhost, policy),
}

export function policyView(vhost: VirtualHost, policy: Policy): View {
  return {
    vhost: vhost.name,
    name: policy.name,
    pattern: policy.pattern,
    'apply-to': policy.applyTo,
    definition: policy.definition,
    priority: policy.priority,
  }
}

export function policiesOf({ policies: book }: VirtualHost, kind: PolicyKind): readonly Policy[] {
  return [...(kind === 'policy' ? book.policies : book.operatorPolicies).values()]
}

function routesOf(context: Context, kind: PolicyKind): Route[] {
  const base = kind === 'policy' ? '/policies' : '/operator-policies'
  const title = kind === 'policy' ? 'policy' : 'operator policy'
  const find = (asked: Asked): PolicyOfVhost => {
    const vhost = visibleVhost(context, asked)
    const policy = policiesOf(vhost, kind).find(({ name }) => name === asked.param('name'))
    if (policy === undefined) throw objectNotFound()
    return { vhost, policy }
  }
  const writers = kind === 'policy' ? 'policymaker' : 'administrator'
  return [
    ...([base, `${base}/:vhost`] as const).map(
      (path): Route => ({
        method: 'GET',
        path,
        access: 'policymaker',
        summary: `Each ${title}`,
        answer: (asked) => {
          const all = visibleVhosts(context, asked).flatMap((vhost) =>
            policiesOf(vhost, kind).map((policy) => ({ vhost, policy })),
          )
          return answerList(asked.query, all, listed)
        },
      }),
    ),
    {
      method: 'GET',
      path: `${base}/:vhost/:name`,
      access: 'policymaker',
      summary: `One ${title}`,
      answer: (asked) => listed.view(find(asked)),
    },
    {
      method: 'PUT',
      path: `${base}/:vhost/:name`,
      access: writers,
      summary: `Sets the ${title}: pattern, definition, priority, apply-to`,
      body: 'policy',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const name = asked.param('name')
        const isNew = !policiesOf(vhost, kind).some((policy) => policy.name === name)
        putPolicy(vhost, kind, name, asked.body)
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:vhost/:name`,
      access: writers,
      summary: `Deletes the ${title}`,
      answer: (asked) => {
        const { vhost, policy } = find(asked)
        vhost.policies.delete(kind, policy.name)
      },
    },
  ]
}

/** Also what an import of definitions does with each policy. */
export function putPolicy(vhost: VirtualHost, kind: PolicyKind, name: string, body: Body): void {
  requireKeys(body, ['pattern', 'definition'])
  const applyTo = textField(body, 'apply-to') ?? 'all'
  if (!isPolicyTarget(applyTo)) {
    throw badRequest(`Validation failed\n\napply-to '${applyTo}' unrecognised\n`)
  }
  const priority = Number(body.priority ?? 0)
  if (!Number.isInteger(priority)) {
    throw badRequest('Validation failed\n\npriority must be a whole number\n')
  }
  const { definition } = body
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    throw badRequest('Validation failed\n\ndefinition must be an object\n')
  }
  const policy: Policy = {
    name,
    pattern: String(body.pattern),
    applyTo,
    priority,
    definition: Object.fromEntries(Object.entries(definition)),
  }
  const fault = findPolicyFault(policy)
  if (fault !== null) throw badRequest(`Validation failed\n\n${fault}\n`)
  vhost.policies.put(kind, policy)
}
