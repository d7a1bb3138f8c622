// The route of the API's own document. The document is made for each request and then dropped: it is
// asked for seldom, and a copy of it would stay in memory for good.

import type { Context } from '../context.ts'
import type { Route } from '../route.ts'

export function documentRoute(context: Context, routes: () => readonly Route[]): Route {
  return {
    method: 'GET',
    path: '/openapi.json',
    access: 'none',
    summary: 'This document',
    answer: async () => {
      const { describeApi } = await import('./document.ts')
      return describeApi(context.node, routes())
    },
  }
}
