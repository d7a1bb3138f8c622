// Cuts a command line into options and words, in their order; what is unknown is left to the caller,
// who says it in the words of the program that it stands for.

import { parseArgs } from 'node:util'

export interface TokenOption {
  readonly name: string
  readonly short?: string
  /** What help texts call the option's value; none: a switch. */
  readonly value?: string
}

type Tokens = NonNullable<ReturnType<typeof parseArgs<{ tokens: true; strict: false }>>['tokens']>

export function argvTokens(argv: readonly string[], options: Iterable<TokenOption>): Tokens {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      [...options].map(({ name, value, short }) => [
        name,
        {
          type: value === undefined ? ('boolean' as const) : ('string' as const),
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
    strict: false,
    tokens: true,
  })
  return tokens
}
