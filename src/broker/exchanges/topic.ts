// Topic: keys are words between dots; in a binding `*` stands for one word and `#` for any number,
// none included [AMQP 0-9-1, 3.1.3.3]. Bindings live in a trie of words, so that routing costs as
// much as the key is long, not as many bindings as there are.

import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router } from './exchange-type.ts'

class Node {
  readonly children = new Map<string, Node>()
  /** Bindings whose pattern ends here. */
  readonly bindings = new Set<Binding>()

  get empty(): boolean {
    return this.children.size === 0 && this.bindings.size === 0
  }
}

class TopicRouter implements Router {
  readonly #root = new Node()

  add(binding: Binding): void {
    let node = this.#root
    for (const word of words(binding.routingKey)) {
      let child = node.children.get(word)
      if (child === undefined) {
        child = new Node()
        node.children.set(word, child)
      }
      node = child
    }
    node.bindings.add(binding)
  }

  remove(binding: Binding): void {
    prune(this.#root, words(binding.routingKey), 0, binding)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    walk(this.#root, 0, { key: words(input.routingKey), found, visited: new Map() })
  }
}

interface Walk {
  readonly key: readonly string[]
  readonly found: (binding: Binding) => void
  /** Word indexes at which a `#` node has been entered: bounds the cost of patterns like `#.#.#`. */
  readonly visited: Map<Node, Set<number>>
}

/** The empty key has no word, so that `#` matches it and `*` does not. */
function words(key: string): string[] {
  return key === '' ? [] : key.split('.')
}

function walk(node: Node, index: number, state: Walk): void {
  const { key, found } = state
  const hash = node.children.get('#')
  if (hash !== undefined) walkHash(hash, index, state)
  if (index === key.length) {
    for (const binding of node.bindings) found(binding)
    return
  }
  const word = key[index]!
  // A published word may itself be `*` or `#`; the wildcard branches cover those.
  const literal = word === '#' || word === '*' ? undefined : node.children.get(word)
  if (literal !== undefined) walk(literal, index + 1, state)
  const star = node.children.get('*')
  if (star !== undefined) walk(star, index + 1, state)
}

function walkHash(hash: Node, index: number, state: Walk): void {
  let visited = state.visited.get(hash)
  if (visited === undefined) {
    visited = new Set()
    state.visited.set(hash, visited)
  }
  for (let next = index; next <= state.key.length; next += 1) {
    if (visited.has(next)) continue
    visited.add(next)
    walk(hash, next, state)
  }
}

/** Removes the binding and the branches that it leaves empty. */
function prune(node: Node, pattern: readonly string[], index: number, binding: Binding): void {
  if (index === pattern.length) {
    node.bindings.delete(binding)
    return
  }
  const child = node.children.get(pattern[index]!)
  if (child === undefined) return
  prune(child, pattern, index + 1, binding)
  if (child.empty) node.children.delete(pattern[index]!)
}

export const topic: ExchangeType = {
  name: 'topic',
  description: 'AMQP topic exchange, as per the AMQP specification',
  routesByKeyOnly: true,
  create: () => new TopicRouter(),
}
