// The exchange types that a broker knows, by the name a client declares.

import { consistentHash } from './consistent-hash.ts'
import { delayedMessage } from './delayed-message.ts'
import { direct } from './direct.ts'
import type { ExchangeType } from './exchange-type.ts'
import { fanout } from './fanout.ts'
import { headers } from './headers.ts'
import { messageDeduplication } from './message-deduplication.ts'
import { modulusHash } from './modulus-hash.ts'
import { localRandom, random } from './random.ts'
import { recentHistory } from './recent-history.ts'
import { topic } from './topic.ts'

const plainTypes: ReadonlyMap<string, ExchangeType> = new Map(
  [
    direct,
    fanout,
    topic,
    headers,
    consistentHash,
    modulusHash,
    random,
    localRandom,
    recentHistory,
    messageDeduplication,
  ].map((type) => [type.name, type]),
)
const delayed = delayedMessage(plainTypes)

export const exchangeTypes: ReadonlyMap<string, ExchangeType> = new Map([
  ...plainTypes,
  [delayed.name, delayed],
])
