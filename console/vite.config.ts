// Builds the console to static files in dist/console that work behind any path prefix; `vite` alone
// serves it for development against the broker named by WARREN_MANAGEMENT_URL.

import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vite'

const broker = process.env.WARREN_MANAGEMENT_URL ?? 'http://127.0.0.1:15672'

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no `data:` modules, and small files are few.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy: { '/api': { target: broker, changeOrigin: true } } },
})

// biome-ignore lint/style/noDefaultExport: vite reads its configuration so.
export default config
