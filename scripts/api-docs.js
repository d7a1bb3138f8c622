// Copies the few files of Swagger UI that the page /api/docs needs into dist/api-docs, with its licence,
// and compresses them so that no request has to.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import getAbsoluteFSPath from 'swagger-ui-dist/absolute-path.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const from = getAbsoluteFSPath()
const to = join(root, 'dist', 'api-docs')

mkdirSync(to, { recursive: true })
for (const name of ['LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt']) {
  copyFileSync(join(from, name), join(to, name))
}
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
  copyFileSync(join(from, name), join(to, name))
  writeFileSync(join(to, `${name}.gz`), gzipSync(readFileSync(join(from, name)), { level: 9 }))
}
