// Settings of TLS: the same rows for AMQP, for the HTTP API and for metrics, each under a prefix of its
// own. What the files hold is looked at when the node starts, not here.

import { type Config, type TlsConfig, type TlsVersion, TlsVersions } from '../config.ts'
import type { Setting } from '../setting.ts'
import { joinedSection, section } from '../setting.ts'
import type { ValueType } from '../value-types.ts'
import { boolean, integer, oneOf, text } from '../value-types.ts'

type TlsSection = {
  [Name in keyof Config]: Config[Name] extends TlsConfig ? Name : never
}[keyof Config]

/** Erlang's default, which RabbitMQ keeps. */
const depthByDefault = 10

const outdated = ['tlsv1.1', 'tlsv1', 'sslv3'] as const
const anyVersion = oneOf(...TlsVersions, ...outdated)
const version: ValueType<TlsVersion | null> = {
  name: TlsVersions.join(', '),
  parse(given) {
    const word = anyVersion.parse(given)
    return TlsVersions.find((known) => known === word) ?? null
  },
}

function rowsFor(name: TlsSection, prefix: string, forWhom: string): readonly Setting[] {
  // The sections have one type; `TlsConfig` stands for it, since a union has no fields to name.
  const row = section(name as 'tls')
  return [
    row('certificateFile', {
      key: `${prefix}.certfile`,
      type: text,
      byDefault: null,
      reloadable: true,
      documentation: `The certificate that ${forWhom} are shown, in PEM, followed by those between it and the root. Read again on SIGHUP, and within a minute of a change.`,
    }),
    row('keyFile', {
      key: `${prefix}.keyfile`,
      type: text,
      byDefault: null,
      reloadable: true,
      documentation: 'The private key of the certificate, in PEM.',
    }),
    row('passphrase', {
      key: `${prefix}.password`,
      type: text,
      byDefault: null,
      secret: true,
      reloadable: true,
      documentation: 'The password of the private key, if it has one.',
    }),
    row('caFile', {
      key: `${prefix}.cacertfile`,
      type: text,
      byDefault: null,
      reloadable: true,
      documentation: `The authorities that certificates of ${forWhom} have to come from, in PEM. Nobody else is trusted, not even the authorities that browsers know.`,
    }),
    ...verificationRows(row, prefix, forWhom),
    ...algorithmRows(name, prefix),
  ]
}

function verificationRows(
  row: ReturnType<typeof section<'tls'>>,
  prefix: string,
  forWhom: string,
): readonly Setting[] {
  return [
    row('verify', {
      key: `${prefix}.verify`,
      type: oneOf('verify_none', 'verify_peer'),
      byDefault: 'verify_none',
      documentation: `Whether ${forWhom} are asked for a certificate; one that is not trusted ends the connection.`,
    }),
    row('failIfNoPeerCertificate', {
      key: `${prefix}.fail_if_no_peer_cert`,
      type: boolean,
      byDefault: false,
      documentation: `Whether ${forWhom} without a certificate are turned away; needs \`verify_peer\`.`,
    }),
    row('depth', {
      key: `${prefix}.depth`,
      type: integer(0, 255),
      byDefault: depthByDefault,
      documentation: `How many certificates may stand between that of one of the ${forWhom} and its authority.`,
    }),
  ]
}

function algorithmRows(name: TlsSection, prefix: string): readonly Setting[] {
  const joined = joinedSection(name as 'tls')
  const row = section(name as 'tls')
  return [
    joined('versions', {
      key: `${prefix}.versions.$number`,
      type: version,
      byDefault: [...TlsVersions],
      join: ({ current, value, first }) => {
        const before = first ? [] : current
        return value === null ? before : [...before, value]
      },
      defaultText: TlsVersions.join(', '),
      documentation:
        'Versions of TLS that are spoken. Older ones are taken and not spoken: nobody should [RFC 8996].',
    }),
    joined('ciphers', {
      key: `${prefix}.ciphers.$number`,
      type: text,
      byDefault: [],
      defaultText: 'those of Node.js',
      join: ({ current, value, first }) => (first ? [value] : [...current, value]),
      documentation: 'Cipher suites by their OpenSSL names, the best first.',
    }),
    row('honorCipherOrder', {
      key: `${prefix}.honor_cipher_order`,
      type: boolean,
      byDefault: true,
      documentation: 'Whether the broker’s order of cipher suites decides, not the client’s.',
    }),
  ]
}

export const tlsSettings: readonly Setting[] = [
  ...rowsFor('tls', 'ssl_options', 'AMQP clients'),
  ...rowsFor('managementTls', 'management.ssl', 'HTTP clients'),
  ...rowsFor('prometheusTls', 'prometheus.ssl', 'monitoring clients'),
  ...rowsFor('gatewayTls', 'gateway.ssl', 'callers of RPC gateways'),
]
