// Node's HTTP without what comes with it. Whoever imports `node:http` is given all of its exports, and
// is so asked for `WebSocket`, `MessageEvent` and others that are only loaded when somebody asks: undici,
// HTTP/2 and the streams of the web, 13 MB and 30 ms that nothing here needs.

import { createRequire } from 'node:module'

type Http = typeof import('node:http')

const http = createRequire(import.meta.url)('node:http') as Http

export const Agent: Http['Agent'] = http.Agent
export const createServer: Http['createServer'] = http.createServer
export const request: Http['request'] = http.request
