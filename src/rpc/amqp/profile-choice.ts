// Which profile a message is of.
import type { ConsumeMessage } from 'amqplib'
import type { Profile, Routing } from './codec.ts'
import type { AmqpServerOptions, ProfileName } from './options.ts'
import { jsonProfile, messagePackProfile } from './profiles/json-rpc-object.ts'
import { namekoProfile } from './profiles/nameko.ts'
import { nestProfile } from './profiles/nest.ts'
import { rawProfile } from './profiles/raw.ts'

const makers: Readonly<Record<ProfileName, (rawMethod?: string) => Profile>> = {
  json: jsonProfile,
  'message-pack': messagePackProfile,
  nameko: namekoProfile,
  nest: nestProfile,
  raw: rawProfile,
}

export function isProfileName(text: string): text is ProfileName {
  return Object.hasOwn(makers, text)
}

export function clientProfile(name: ProfileName): Profile {
  return makers[name]()
}

/** What a worker of that profile declares besides its queue. */
export function serverRouting(options: AmqpServerOptions): Routing | undefined {
  const name = options.profile ?? 'auto'
  return name === 'auto' ? undefined : makers[name]().routing
}

/** Picks by message; the most telling first, raw takes the rest. */
export function serverProfiles(
  options: AmqpServerOptions,
  rawMethod: string | undefined,
): (message: ConsumeMessage) => Profile {
  const name = options.profile ?? 'auto'
  if (name !== 'auto') {
    const only = makers[name](rawMethod)
    return () => only
  }
  const fallback = rawProfile(rawMethod)
  const all = [namekoProfile(), jsonProfile(), messagePackProfile(), nestProfile()]
  return (message) => all.find((profile) => profile.recognises(message)) ?? fallback
}
