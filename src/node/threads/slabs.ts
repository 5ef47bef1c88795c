import type { Arena } from './arena.js';
import { slabLength } from './layout.js';

/** The cells of threads, and beside each the value that their reader has taken in: what is more is new. */
export class Slabs {
  readonly arena: Arena;
  readonly #seen: Float64Array[] = [];

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** The cells of the slab that an index is in. */
  cells(index: number): Float64Array {
    return this.arena.cells(Math.floor(index / slabLength));
  }

  /** What was taken in of them; 0 for cells that nothing was taken in of. */
  seen(index: number): Float64Array {
    const slab = Math.floor(index / slabLength);
    this.#seen[slab] ??= new Float64Array(slabLength);
    return this.#seen[slab];
  }
}
