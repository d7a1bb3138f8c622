// From the configuration's file names to what a TLS listener needs. Part of the composition root. A file
// that cannot be used is a mistake in the configuration, told in one line that names key, file, reason.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls'
import type { TlsSettings } from './base/tls-settings.ts'
import type { TlsConfig, TlsVersion } from './config/config.ts'
import { ConfigError } from './config/config-error.ts'

/** `prefix` is what the keys begin with, such as `ssl_options`. */
export function loadTls(config: TlsConfig, prefix: string): TlsSettings {
  const verifyPeer = config.verify === 'verify_peer'
  if (config.failIfNoPeerCertificate && !verifyPeer) {
    throw new ConfigError(`${prefix}.fail_if_no_peer_cert`, `needs ${prefix}.verify = verify_peer`)
  }
  if (verifyPeer && config.caFile === null) {
    // Node would trust every authority that browsers trust.
    throw new ConfigError(`${prefix}.verify`, `verify_peer needs ${prefix}.cacertfile`)
  }
  const { expiresAtMs, ...pair } = readPair(config, prefix)
  const context = { ...pair, ...algorithms(config, prefix) }
  const settings = {
    context: config.caFile === null ? context : { ...context, ca: readAuthorities(config, prefix) },
    expiresAtMs,
    verifyPeer,
    requirePeer: config.failIfNoPeerCertificate,
    depth: config.depth,
  }
  try {
    createSecureContext(settings.context)
  } catch (error) {
    throw new ConfigError(`${prefix}.ciphers`, reasonOf(error), { cause: error })
  }
  return settings
}

/** Names of the files and when they were written: another text when one of them has changed. */
export function tlsFilesState(config: TlsConfig): string {
  const { certificateFile, keyFile, caFile } = config
  return [certificateFile, keyFile, caFile]
    .map((file) => {
      const found = file === null ? undefined : statSync(file, { throwIfNoEntry: false })
      return `${file} ${found?.mtimeMs} ${found?.ino}`
    })
    .join('\n')
}

function readPair(
  config: TlsConfig,
  prefix: string,
): SecureContextOptions & Pick<TlsSettings, 'expiresAtMs'> {
  const { certificateFile, keyFile, passphrase } = config
  if (certificateFile === null || keyFile === null) {
    const missing = certificateFile === null ? 'certfile' : 'keyfile'
    throw new ConfigError(`${prefix}.${missing}`, 'has to be set where TLS is to be served')
  }
  const cert = read(`${prefix}.certfile`, certificateFile)
  const key = read(`${prefix}.keyfile`, keyFile)
  const certificates = certificatesIn(cert, `${prefix}.certfile`, certificateFile)
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(passphrase === null ? key : { key, passphrase })
  } catch (error) {
    const reason = `${keyFile}: holds no private key that can be read: ${reasonOf(error)}`
    throw new ConfigError(`${prefix}.keyfile`, reason, { cause: error })
  }
  if (!certificates[0]!.checkPrivateKey(privateKey)) {
    throw new ConfigError(`${prefix}.keyfile`, `${keyFile}: is not the key of ${certificateFile}`)
  }
  const expiresAtMs = Math.min(...certificates.map(({ validToDate }) => validToDate.getTime()))
  return { expiresAtMs, cert, key, ...(passphrase === null ? {} : { passphrase }) }
}

function readAuthorities({ caFile }: TlsConfig, prefix: string): string {
  const key = `${prefix}.cacertfile`
  const text = read(key, caFile!)
  certificatesIn(text, key, caFile!)
  return text
}

const secureVersions: Readonly<Record<TlsVersion, SecureVersion>> = {
  'tlsv1.2': 'TLSv1.2',
  'tlsv1.3': 'TLSv1.3',
}

function algorithms(config: TlsConfig, prefix: string): SecureContextOptions {
  const versions = config.versions.map((name) => secureVersions[name]).sort()
  const [minVersion] = versions
  const maxVersion = versions.at(-1)
  if (minVersion === undefined || maxVersion === undefined) {
    throw new ConfigError(`${prefix}.versions`, 'names no version that is safe: tlsv1.2 or tlsv1.3')
  }
  const ciphers = config.ciphers.length === 0 ? {} : { ciphers: config.ciphers.join(':') }
  return { minVersion, maxVersion, honorCipherOrder: config.honorCipherOrder, ...ciphers }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** All of them, at least one. */
function certificatesIn(text: string, key: string, file: string): X509Certificate[] {
  const found = text.match(pemCertificate) ?? []
  if (found.length === 0) throw new ConfigError(key, `${file}: holds no certificate in PEM`)
  try {
    return found.map((pem) => new X509Certificate(pem))
  } catch (error) {
    const reason = `${file}: holds a damaged certificate: ${reasonOf(error)}`
    throw new ConfigError(key, reason, { cause: error })
  }
}

function read(key: string, file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    throw new ConfigError(key, reasonOf(error), { cause: error })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
