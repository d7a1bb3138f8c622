// Keeps the first object of each class for as long as the broker lives. V8 forgets the layout of a
// class's objects when a thorough collection, as it makes at rest, finds none of them. It drops the
// code compiled for them, and if the class is young (fewer than eight objects were made so far) it
// sizes all later ones by what it has forgotten: those with many private fields become dictionaries,
// and everything that touches them takes twice as long, until the program ends.
//
// For classes of which there may be none between two clients.

export class Specimens {
  readonly #kept = new Map<unknown, object>()

  /** What the object holds must be let go when it closes: it stays. */
  keep(object: object): void {
    if (!this.#kept.has(object.constructor)) this.#kept.set(object.constructor, object)
  }
}
