// Patterns of policies and permissions: written for Erlang's `re`, which is PCRE, and run here by
// JavaScript's expressions. What the two write differently is translated; what JavaScript cannot do is
// refused with a clear text, rather than taken for something else.

/** Outside of classes. `\A` in JavaScript without the flag `u` would be the letter A. */
const escapes: Readonly<Record<string, string>> = {
  A: '(?<![^])',
  z: '(?![^])',
  Z: '(?=\\n?(?![^]))',
  h: '[\\t ]',
  H: '[^\\t ]',
  v: '[\\n\\v\\f\\r]',
  V: '[^\\n\\v\\f\\r]',
  N: '[^\\n]',
  R: '(?:\\r\\n|[\\n\\v\\f\\r])',
}
const escapesInClass: Readonly<Record<string, string>> = {
  h: '\\t ',
  v: '\\n\\v\\f\\r',
  b: '\\x08',
}
const characters: Readonly<Record<string, string>> = { e: '\\x1b', a: '\\x07', 0: '\\x00' }

const posix: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: '\\t ',
  punct: '!-\\/:-@\\[-`\\{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
}

/** Throws SyntaxError with a reason for people when it cannot be had here. */
export function compilePattern(source: string): RegExp {
  return new RegExp(new Translation(source).run(), 'u')
}

/**
 * For patterns that are already stored, checked by whatever version stored them: one that is not
 * understood any more matches nothing, so that it grants nothing and does not keep the broker from
 * starting.
 */
export function compileStoredPattern(source: string): RegExp {
  try {
    return compilePattern(source)
  } catch {
    return /(?!)/
  }
}

/** What begins a group, and what it becomes; a text that begins with `!` says what is not supported. */
const groups: readonly (readonly [RegExp, string])[] = [
  [/\(\?#[^)]*\)/y, ''],
  [/\(\?P?<([A-Za-z_]\w*)>/y, '(?<$1>'],
  [/\(\?'([A-Za-z_]\w*)'/y, '(?<$1>'],
  [/\(\?P=(\w+)\)/y, '\\k<$1>'],
  [/\(\?(?:[:=!]|<[=!])/y, '$&'],
  [/\(\?>/y, '!atomic groups'],
  [/\(\?\|/y, '!branch resets'],
  [/\(\?\(/y, '!conditions'],
  [/\(\?(?:R|[+-]?\d|&|P>)/y, '!recursion'],
  [/\(\?C/y, '!callouts'],
  [/\(\*/y, '!verbs'],
]

class Translation {
  readonly #source: string
  #at = 0
  #out = ''
  /** For each open group: options that were switched on in the middle of it. */
  readonly #options: string[] = ['']

  constructor(source: string) {
    // Names here are Unicode anyway.
    this.#source = source.replace(/^(?:\(\*(?:UTF8?|UCP)\))+/, '')
  }

  run(): string {
    while (this.#at < this.#source.length) this.#step()
    return this.#out + closing(this.#options.at(-1) ?? '')
  }

  #step(): void {
    const char = this.#source[this.#at]!
    if (char === '\\') this.#escape()
    else if (char === '[') this.#class()
    else if (char === '(') this.#group()
    else if (char === ')') {
      this.#put(`${closing(this.#options.pop() ?? '')})`, 1)
    } else if (char === '|') {
      const options = this.#options.at(-1) ?? ''
      this.#put(`${closing(options)}|${options}`, 1)
    } else if ('*+?'.includes(char)) this.#quantifier(char)
    else if (char === '{') this.#brace()
    else this.#put(char === ']' || char === '}' ? `\\${char}` : char, 1)
  }

  #put(text: string, length: number): void {
    this.#out += text
    this.#at += length
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#source)
  }

  #quantifier(text: string): void {
    this.#put(text, text.length)
    const next = this.#source[this.#at]
    if (next === '+') throw new SyntaxError('possessive quantifiers are not supported')
    if (next === '?') this.#put('?', 1)
  }

  #brace(): void {
    const found = this.#match(/\{\d+(?:,\d*)?\}/y)
    if (found === null) this.#put('\\{', 1)
    else this.#quantifier(found[0])
  }

  #group(): void {
    const options = this.#match(/\(\?([a-zJUX]*)(?:-([a-zJUX]+))?([:)])/y)
    if (options !== null && options[0] !== '(?:') this.#switch(options)
    else if (this.#source[this.#at + 1] === '?' || this.#source[this.#at + 1] === '*') {
      this.#special()
    } else {
      this.#options.push('')
      this.#put('(', 1)
    }
  }

  #special(): void {
    for (const [pattern, becomes] of groups) {
      const found = this.#match(pattern)
      if (found === null) continue
      if (becomes.startsWith('!')) throw new SyntaxError(`${becomes.slice(1)} are not supported`)
      if (!found[0].endsWith(')')) this.#options.push('')
      this.#put(becomes.replace('$1', found[1] ?? '').replace('$&', found[0]), found[0].length)
      return
    }
    throw new SyntaxError(`unknown group at ${this.#at}`)
  }

  /** `(?i:…)` is JavaScript's as well; `(?i)` goes on to the end of the group that it is in. */
  #switch([text, on = '', off = '', end]: RegExpExecArray): void {
    const unknown = /[^ims]/.exec(on + off)
    if (unknown !== null) throw new SyntaxError(`option ${unknown[0]} is not supported`)
    const opening = `(?${on}${off === '' ? '' : `-${off}`}:`
    if (end === ':') this.#options.push('')
    else this.#options.push(`${this.#options.pop() ?? ''}${opening}`)
    this.#put(opening, text.length)
  }

  #escape(): void {
    const known = this.#literal() ?? this.#named()
    if (known !== null) return
    const char = this.#source[this.#at + 1]
    if (char === undefined) throw new SyntaxError('\\ at end of pattern')
    this.#put(escapes[char] ?? escaped(char), 2)
  }

  /** `\Q…\E` */
  #literal(): true | null {
    const found = this.#match(/\\Q([\s\S]*?)(?:\\E|$)/y)
    if (found === null) return null
    this.#put((found[1] ?? '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), found[0].length)
    return true
  }

  /** Escapes of more than one letter, which mean the same inside and outside of classes. */
  #named(): true | null {
    const found = this.#match(
      /\\(?:x\{([0-9a-fA-F]+)\}|([pP])(?:([A-Z])|\{(\w+)\})|k[{'](\w+)[}'])/y,
    )
    if (found === null) return null
    const [text, code, sign, letter, property = letter, name] = found
    if (code !== undefined) this.#put(`\\u{${code}}`, text.length)
    else if (sign !== undefined) this.#put(`\\${sign}{${property}}`, text.length)
    else this.#put(`\\k<${name}>`, text.length)
    return true
  }

  #class(): void {
    const start = this.#match(/\[\^?\]?/y)?.[0] ?? '['
    this.#put(start.endsWith(']') ? `${start.slice(0, -1)}\\]` : start, start.length)
    while (this.#source[this.#at] !== ']') {
      if (this.#at >= this.#source.length) throw new SyntaxError('missing terminating ]')
      this.#inClass()
    }
    this.#put(']', 1)
  }

  #inClass(): void {
    const named = this.#match(/\[:(\^?)(\w+):\]/y)
    const char = this.#source[this.#at]!
    if (named !== null) {
      const range = posix[named[2] ?? '']
      if (range === undefined || named[1] !== '') {
        throw new SyntaxError(`class ${named[0]} is not supported`)
      }
      this.#put(range, named[0].length)
      this.#dash()
    } else if (char === '\\') {
      if (this.#named() !== null) return
      const next = this.#source[this.#at + 1] ?? ''
      this.#put(escapesInClass[next] ?? escaped(next), 2)
      if ('dDwWsShv'.includes(next)) this.#dash()
    } else this.#put(char === '[' ? '\\[' : char, 1)
  }

  /** After a class a dash begins no range. */
  #dash(): void {
    if (this.#source[this.#at] === '-') this.#put('\\-', 1)
  }
}

const closing = (options: string): string => ')'.repeat(options.split('(').length - 1)

/** A character after a backslash. JavaScript knows fewer letters and allows no needless backslash. */
function escaped(char: string): string {
  if (/[dDwWsSbBtnrfcx1-9pPk\\^$.*+?()[\]{}|/-]/.test(char)) {
    return char === '-' ? '\\x2d' : `\\${char}`
  }
  if (characters[char] !== undefined) return characters[char]
  if (/[A-Za-z]/.test(char)) throw new SyntaxError(`\\${char} is not supported`)
  return char
}
