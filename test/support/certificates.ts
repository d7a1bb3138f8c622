// Certificates for tests of TLS, made with the openssl command: an authority, the broker's own, and
// those of clients. Nothing of them outlives the test.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, skipUnless } from './peers.ts'

const program = findProgram('openssl')

export const skipWithoutOpenssl: string | false = skipUnless(
  program !== undefined,
  'openssl is not installed',
)

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

interface IssueOptions {
  readonly isAuthority?: boolean
  /** Whose key signs; the folder's authority unless it is another that has come from it. */
  readonly by?: CertificateFiles
}

export class Certificates {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'warren-certificates-'))
  readonly authority: CertificateFiles

  constructor(name = 'Authority') {
    const files = this.#files('ca')
    this.authority = files
    const subject = ['-subj', `/O=Warren tests/CN=${name}`]
    openssl(['req', '-x509', ...newKey(files), '-out', files.cert, '-days', '2', ...subject])
  }

  /** A certificate from the authority, or from another that has come from it. */
  issue(
    file: string,
    subject: string,
    { isAuthority = false, by = this.authority }: IssueOptions = {},
  ): CertificateFiles {
    const files = this.#files(file)
    const request = join(this.folder, `${file}.csr`)
    const extensions = join(this.folder, `${file}.ext`)
    const basic = isAuthority
      ? 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign'
      : 'basicConstraints=CA:FALSE'
    writeFileSync(extensions, `${basic}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n`)
    openssl(['req', '-new', ...newKey(files), '-out', request, '-utf8', '-subj', subject])
    const authority = ['-CA', by.cert, '-CAkey', by.key, '-CAcreateserial']
    const sign = ['x509', '-req', '-in', request, ...authority, '-extfile', extensions]
    openssl([...sign, '-days', '2', '-out', files.cert])
    return files
  }

  /** The contents, as clients want them. */
  read({ cert, key }: CertificateFiles): { ca: Buffer[]; cert: Buffer; key: Buffer } {
    return {
      ca: [readFileSync(this.authority.cert)],
      cert: readFileSync(cert),
      key: readFileSync(key),
    }
  }

  /** Puts a certificate into another one's place, as a renewal does. */
  replace(old: CertificateFiles, by: CertificateFiles): void {
    copyFileSync(by.key, old.key)
    copyFileSync(by.cert, old.cert)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #files(file: string): CertificateFiles {
    return { cert: join(this.folder, `${file}.pem`), key: join(this.folder, `${file}.key`) }
  }
}

function newKey({ key }: CertificateFiles): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key]
}

function openssl(args: readonly string[]): void {
  if (program === undefined) throw new Error('openssl is not installed')
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
