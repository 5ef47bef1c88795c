import type { CellSource } from '../../histogram/index.js';
import { type CellCopies, type CellStore, Cells, nowhere } from '../../record/cells.js';
import type { Arena } from './arena.js';
import { slabBytes, slabLength } from './layout.js';

/**
 * The cells of a thread: in slabs of its own, where another thread reads them. Once all memory is in use they are
 * private, so that the thread goes on, and nobody else sees them.
 */
export class SharedCells implements CellStore, CellSource {
  readonly arena: Arena;
  /** What is used once all memory is in use. */
  readonly own: Cells = new Cells();
  readonly #thread: number;
  /** What was released, by length. */
  readonly #free = new Map<number, number[]>();
  readonly #slabs: number[] = [];
  #used = slabLength;

  block: Float64Array = nowhere;
  /** Where in shared memory the last {@link place} is; 0 where it is private. */
  index = 0;

  constructor(arena: Arena, thread: number) {
    this.arena = arena;
    this.#thread = thread;
  }

  place(length: number): number {
    this.index = this.take(length);
    if (this.index === 0) {
      const at = this.own.place(length);
      this.block = this.own.block;
      return at;
    }
    this.block = this.arena.cells(Math.floor(this.index / slabLength));
    return this.index % slabLength;
  }

  allocate(length: number): Float64Array {
    const at = this.place(length);
    return this.block.subarray(at, at + length);
  }

  /** What is private is free. Shared cells are not before their reader is done with them: see {@link recycle}. */
  release(cells: Float64Array, at: number, length: number): void {
    if (cells.buffer !== this.arena.buffer) this.own.release(cells, at, length);
  }

  /** Zeroes shared cells that no reader looks at any more, and gives them to whoever asks for as many next. */
  recycle(index: number, length: number): void {
    const at = index % slabLength;
    this.arena.cells(Math.floor(index / slabLength)).fill(0, at, at + length);
    const free = this.#free.get(length) ?? [];
    free.push(index);
    this.#free.set(length, free);
  }

  get many(): boolean {
    return this.own.many;
  }

  reserve(): Generator<void, void> {
    return this.own.reserve();
  }

  copy(): CellCopies {
    return this.#copies(this.own.copy());
  }

  *copying(): Generator<void, CellCopies> {
    return this.#copies(yield* this.own.copying());
  }

  /** Copies what is shared, in addition to what is private. */
  #copies(own: CellCopies): CellCopies {
    const { arena } = this;
    const copies = new Map(this.#slabs.map((slab) => [slab, arena.cells(slab).slice()]));
    const block = (cells: Float64Array): Float64Array | undefined =>
      cells.buffer === arena.buffer ? copies.get(Math.floor(cells.byteOffset / slabBytes)) : own.block(cells);
    return {
      block,
      of(cells) {
        const copy = block(cells);
        if (copy === undefined || cells.length === slabLength) return copy;
        return new Float64Array(copy.buffer, cells.byteOffset % slabBytes, cells.length);
      },
      release() {
        own.release();
        copies.clear();
      },
    };
  }

  /** Takes `length` zeroed cells (1 to 8192) of shared memory. @returns where; 0 if it is used up */
  take(length: number): number {
    const free = this.#free.get(length)?.pop();
    if (free !== undefined) return free;
    if (this.#used + length > slabLength) {
      const slab = this.arena.claim(this.#thread);
      if (slab === undefined) return 0;
      this.#slabs.push(slab);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return (this.#slabs.at(-1) as number) * slabLength + at;
  }
}
