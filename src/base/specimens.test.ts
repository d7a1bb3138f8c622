import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { findCollector } from './collector.ts'
import { Specimens } from './specimens.ts'

/** More private fields than V8 keeps outside of an object before it makes it a dictionary. */
class ManyFields {
  #a = 1
  #b = 1
  #c = 1
  #d = 1
  #e = 1
  #f = 1
  #g = 1
  #h = 1
  #i = 1
  #j = 1
  #k = 1
  #l = 1
  #m = 1
  #n = 1
  #o = 1
  #p = 1
  #q = 1
  #r = 1
  #s = 1
  #t = 1

  sum(): number {
    const first = this.#a + this.#b + this.#c + this.#d + this.#e + this.#f + this.#g
    const second = this.#h + this.#i + this.#j + this.#k + this.#l + this.#m + this.#n
    return first + second + this.#o + this.#p + this.#q + this.#r + this.#s + this.#t
  }
}

/** V8's own question, for which there is no function. */
function isFastQuestion(): (object: object) => boolean {
  setFlagsFromString('--allow-natives-syntax')
  try {
    return new Function('object', 'return %HasFastProperties(object)') as (o: object) => boolean
  } finally {
    setFlagsFromString('--no-allow-natives-syntax')
  }
}

/** As many as V8 looks at before it settles on the size of a class's objects, but for one. */
const almostSettled = 6

/** A function of its own: nothing of it stays on the stack. */
function makeSome(specimens: Specimens): void {
  for (let i = 0; i < almostSettled; i += 1) {
    const object = new ManyFields()
    object.sum()
    specimens.keep(object)
  }
}

test('objects keep their layout through a collection that finds none in use', async () => {
  const isFast = isFastQuestion()
  const specimens = new Specimens()
  makeSome(specimens)
  await new Promise((resolve) => setImmediate(resolve))
  const collect = findCollector()
  for (let i = 0; i < 2; i += 1) collect({ type: 'major', flavor: 'last-resort' })
  assert.ok(isFast(new ManyFields()))
})
