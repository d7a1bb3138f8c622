// Ids of JSON-RPC requests, which a response must repeat as they were. The values are in json/.

export type Id = string | number | null

interface ReviverContext {
  readonly source?: string
}

/**
 * The id as JSON text that a response must repeat. A number is repeated digit for digit: 1.0 or an
 * id of twenty digits would come back changed from a JavaScript number.
 */
export function idText(id: Id, requestText: string): string {
  if (typeof id !== 'number' || requestText.includes(`"id":${id},`)) return JSON.stringify(id)
  if (requestText.includes(`"id":${id}}`)) return JSON.stringify(id)
  let source: string | undefined
  JSON.parse(requestText, (key: string, value: unknown, context?: ReviverContext) => {
    if (key === 'id' && value === id) source ??= context?.source
    return value
  })
  return source ?? JSON.stringify(id)
}
