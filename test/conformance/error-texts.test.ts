// Runs the tables of error conditions against Warren and against RabbitMQ: the exact reply code and
// text, the ids of the method that was wrong, and whether the channel or the connection ends.
import { describe, test } from 'node:test'
import { onEachBroker, usualDefinitions } from '../support/broker-under-test.ts'
import { everything, user } from '../support/definitions.ts'
import { checkErrorCase, type Difference, type ErrorCase } from '../support/error-case.ts'
import { argumentErrors } from './argument-errors.ts'
import { channelErrors } from './channel-errors.ts'
import { connectionErrors } from './connection-errors.ts'

/** Where RabbitMQ 3.10.8, which Debian has, is not what the tables say; the rest is the same. */
const rabbitmqDifferences: Readonly<Record<string, Difference>> = {
  'unknown exchange type': {
    why: 'a connection exception until 3.13.0, a channel exception since 3.13.7 and in 4.x',
    outcome: {
      closes: 'connection',
      code: 503,
      text: "COMMAND_INVALID - unknown exchange type 'nosuch'",
    },
  },
  'more body than announced': {
    why: '3.x waits for ever for a body that has had more than its size; 4.x closes',
    outcome: 'nothing',
  },
}

function differenceOf(errorCase: ErrorCase): Difference | undefined {
  if (!channelErrors.permissions?.includes(errorCase)) return rabbitmqDifferences[errorCase.title]
  return {
    why: 'the text names the kind of access only since 3.11',
    outcome: { text: errorCase.text.replace(/(configure|write|read) access/, 'access') },
  }
}

const definitions = {
  ...usualDefinitions,
  users: [...usualDefinitions.users, user('limited', 'limited'), user('topical', 'topical')],
  vhosts: [...usualDefinitions.vhosts, { name: 'small' }],
  parameters: [
    { component: 'vhost-limits', vhost: 'small', name: 'limits', value: { 'max-queues': 1 } },
  ],
  permissions: [
    ...usualDefinitions.permissions,
    everything('guest', 'small'),
    { user: 'limited', vhost: '/', configure: '^own', write: '^own', read: '^own' },
    everything('topical'),
  ],
  topic_permissions: [
    { user: 'topical', vhost: '/', exchange: 'amq.topic', write: '^a', read: '^a' },
  ],
}

const configuration = ['max_message_size = 2000000']
const groups = { ...channelErrors, ...argumentErrors, ...connectionErrors }

onEachBroker({ definitions, configuration }, (target) => {
  for (const [group, cases] of Object.entries(groups)) {
    // After a malformed frame the socket is closed only seconds later: these are checked at once.
    const concurrency = group === 'malformed frames' ? true : 1
    describe(group, { concurrency }, () => {
      for (const errorCase of cases) {
        test(errorCase.title, async () => {
          const difference = target().kind === 'rabbitmq' ? differenceOf(errorCase) : undefined
          await checkErrorCase(target(), errorCase, difference)
        })
      }
    })
  }
})
