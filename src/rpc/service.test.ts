// What of an object is a method, what its parameters are called, and how several services live side
// by side.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServerCall } from './call.ts'
import { ServiceDispatcher } from './dispatcher.ts'
import { parametersOf } from './parameters.ts'
import { service } from './service.ts'

class Base {
  inherited(): string {
    return 'base'
  }
}

class Sample extends Base {
  static shared(): void {}
  readonly arrow = (): string => 'arrow'
  readonly data = 12
  #count = 0

  get danger(): () => void {
    throw new Error('a getter was called')
  }

  increase(by: number): number {
    this.#count += by
    return this.#count
  }

  _internal(): void {}
}

describe('a service', () => {
  test('of a class has its public methods and no more', async () => {
    const made = service('Sample', new Sample())
    assert.deepEqual([...made.methods.keys()].sort(), ['arrow', 'increase', 'inherited'])
    const dispatcher = new ServiceDispatcher([made])
    const call = (): Promise<unknown> =>
      dispatcher.dispatch(new ServerCall({ method: 'increase', args: [2], transport: 'test' }))
    assert.equal(await call(), 2)
    assert.equal(await call(), 4)
  })

  test('of a map may have any names but private ones', () => {
    const made = service('Map', {
      'sub.hi': () => 1,
      __proto__x: () => 2,
      constructor: () => 3,
      ok: () => 4,
    })
    assert.deepEqual([...made.methods.keys()], ['sub.hi', 'ok'])
  })

  test('without methods or with an impossible name is refused', () => {
    assert.throws(() => service('Empty', {}), TypeError)
    assert.throws(() => service('a b', { x: () => 1 }), TypeError)
  })

  test('beside others has its name before its methods', () => {
    const one = service('One', { go: () => 1 })
    const two = service('Two', { go: () => 2 })
    const names = new ServiceDispatcher([one, two]).describe().methods.map((each) => each.name)
    assert.deepEqual(names, ['One.go', 'Two.go'])
    assert.throws(() => new ServiceDispatcher([one, one]), /defined twice/)
  })

  test('knows streams by their functions', () => {
    const { methods } = service('Streams', {
      a: function* () {
        yield 1
      },
      b: async function* () {
        yield 1
      },
      c: async () => 1,
    })
    assert.deepEqual(
      [...methods.values()].map((each) => each.description.stream),
      [true, true, false],
    )
  })
})

describe('parameters', () => {
  const names = (f: (...args: never[]) => unknown): string[] | undefined =>
    parametersOf(f)?.map(({ name, optional }) => (optional === true ? `${name}?` : name))

  test('are read from every form of function', () => {
    assert.deepEqual(
      names(function (this: unknown, a: number, b: number) {
        return [a, b]
      }),
      ['a', 'b'],
    )
    assert.deepEqual(
      names((a: number) => a),
      ['a'],
    )
    assert.deepEqual(
      names(async (a: number) => a),
      ['a'],
    )
    // biome-ignore format: the parentheses are the point.
    assert.deepEqual(parametersOf(new Function('return a => a')()), [{ name: 'a' }])
    assert.deepEqual(
      names(() => 1),
      [],
    )
    assert.deepEqual(
      names((a: number, b = ')', c: unknown = { x: [1, '('] }) => [a, b, c]),
      ['a', 'b?', 'c?'],
    )
    assert.deepEqual(
      names(({ x }: { x: number }, [y]: number[]) => [x, y]),
      ['arg0', 'arg1'],
    )
    assert.deepEqual(
      names((/* a, */ größe: number, $b: number) => [größe, $b]),
      ['größe', '$b'],
    )
    assert.deepEqual(names(new Sample().increase), ['by'])
    assert.deepEqual(
      names(function* (n: number) {
        yield n
      }),
      ['n'],
    )
  })

  test('are unknown where any number is taken or the source cannot be seen', () => {
    assert.equal(
      parametersOf((...rest: number[]) => rest),
      undefined,
    )
    assert.equal(parametersOf(Math.max), undefined)
    assert.equal(parametersOf(((a: number) => a).bind(null)), undefined)
    const legacy = new Function('return arguments.length') as () => unknown
    assert.equal(parametersOf(legacy), undefined)
  })
})
