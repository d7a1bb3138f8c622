// The names of a function's parameters, read from its source text, for introspection (ZeroRPC's
// inspect, OpenRPC, system.methodHelp) and JSON-RPC's arguments by name. Not a parser: what it does
// not recognise has unknown parameters.
import type { ParameterDescription } from './call.ts'

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** Skips a string or template that starts at `start`; returns the index after it. */
function skipQuoted(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === quote) return at + 1
  }
  return text.length
}

function skipComment(text: string, start: number): number {
  const line = text[start + 1] === '/'
  const end = text.indexOf(line ? '\n' : '*/', start + 2)
  return end < 0 ? text.length : end + (line ? 1 : 2)
}

/** Splits what is between the outer parentheses at its top-level commas. */
function splitList(text: string, open: number): string[] | undefined {
  const stack = [')']
  const parts: string[] = []
  let part = ''
  for (let at = open + 1; at < text.length; ) {
    const char = text[at] as string
    if (char === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      at = skipComment(text, at)
    } else if (char === "'" || char === '"' || char === '`') {
      const end = skipQuoted(text, at)
      part += text.slice(at, end)
      at = end
    } else {
      const close = closers[char]
      if (close !== undefined) stack.push(close)
      else if (char === stack.at(-1)) {
        stack.pop()
        if (stack.length === 0) return [...parts, part]
      }
      if (char === ',' && stack.length === 1) {
        parts.push(part)
        part = ''
      } else part += char
      at += 1
    }
  }
  return undefined
}

function describeOne(text: string, index: number): ParameterDescription | undefined {
  if (text.startsWith('...')) return undefined
  const equals = text.indexOf('=')
  const name = (equals < 0 ? text : text.slice(0, equals)).trim()
  return {
    name: identifier.test(name) ? name : `arg${index}`,
    ...(equals < 0 ? {} : { optional: true }),
  }
}

/** Undefined for native and bound functions and for those that take any number of arguments. */
export function parametersOf(
  callable: (...args: never[]) => unknown,
): ParameterDescription[] | undefined {
  const text = Function.prototype.toString.call(callable)
  if (text.includes('[native code]') || /\barguments\b/.test(text)) return undefined
  const single = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(text)
  if (single?.[1] !== undefined) return [{ name: single[1] }]
  const open = text.indexOf('(')
  if (open < 0) return undefined
  const parts = splitList(text, open)
  if (parts === undefined) return undefined
  const trimmed = parts.map((part) => part.trim())
  if (trimmed.at(-1) === '') trimmed.pop()
  const described = trimmed.map(describeOne)
  return described.every((entry) => entry !== undefined) ? described : undefined
}
