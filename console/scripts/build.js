// Builds the console into dist/console, compresses what is worth it so that no request has to, and
// prints what a first visit loads. Ends with 1 when that is more than it may be.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

/** What a first visit may load, compressed with gzip. */
const firstPaintBytesMax = 200 * 1024

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, '..', 'dist', 'console')

await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn' })

const files = readdirSync(out, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !/\.(gz|br)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
const page = readFileSync(join(out, 'index.html'), 'utf8')

let firstPaintBytes = 0
const rows = files.map((file) => {
  const content = readFileSync(file)
  const gzip = gzipSync(content, { level: 9 })
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  })
  writeFileSync(`${file}.gz`, gzip)
  writeFileSync(`${file}.br`, brotli)
  const name = file.slice(out.length + 1)
  const isFirst = name === 'index.html' || page.includes(name)
  if (isFirst) firstPaintBytes += gzip.length
  return { name, isFirst, sizes: [content.length, gzip.length, brotli.length] }
})

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(10)
console.log(`${'console'.padEnd(40)}       raw      gzip    brotli`)
for (const { name, isFirst, sizes } of rows) {
  console.log(`${name.padEnd(40)}${sizes.map(kilobytes).join('')}${isFirst ? '' : '  on demand'}`)
}
console.log(`first visit: ${kilobytes(firstPaintBytes).trim()} with gzip`)
if (firstPaintBytes > firstPaintBytesMax) {
  console.error(`more than the ${kilobytes(firstPaintBytesMax).trim()} that it may be`)
  process.exitCode = 1
}
