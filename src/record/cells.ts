import type { CellSource } from '../histogram/index.js';
import { Spare } from './spare.js';
import { Stack } from './stack.js';

/**
 * Cells in a block: 64 KiB. Large enough that a snapshot is a few copies, small enough to give to one thread.
 * No allocation may be larger.
 */
export const blockLength = 8192;

/** Blocks that are copied, or made ready, at once: 512 KiB, a fraction of a millisecond. */
const atOnce = 8;
/** Blocks that are copied in one sweep even where there is time: 16 MiB, some milliseconds. */
const inOneSweep = 256;

/** A cell that no handle writes to: NaN plus anything is NaN, by which a handle notices that it has no cells. */
export const nowhere: Float64Array = Float64Array.of(Number.NaN);

/** Where the numbers of a recorder live. */
export interface CellStore {
  /** The block that holds the last {@link place}; `place` returns the index in it. */
  readonly block: Float64Array;
  /** Takes `length` zeroed cells (1 to 8192) that lie together, and returns the first one's index in {@link block}. */
  place(length: number): number;
  /** Takes `length` zeroed cells and returns a view of just them. */
  allocate(length: number): Float64Array;
  /** Gives cells back. Nobody may write to them any more. */
  release(cells: Float64Array, at: number, length: number): void;
  /** Whether there is more than {@link copy} copies within some milliseconds. */
  readonly many: boolean;
  /** Makes memory ready for the next {@link copy}, which would take several times as long to touch it first. */
  reserve(): Generator<void, void>;
  /** All cells as they are now, in one synchronous sweep: one point of time. */
  copy(): CellCopies;
  /** The same in pieces, between which cells may change: what lies in one block is of one point of time. */
  copying(): Generator<void, CellCopies>;
}

/** What cells held at one point of time. Nobody writes to it. */
export interface CellCopies {
  /**
   * The same cells in the copy; `undefined` where their block is younger than the copy. A view onto part of a block
   * gives a view onto the same part.
   */
  of(cells: Float64Array): Float64Array | undefined;
  /** The copy of the whole block that cells lie in, at the same offset from its beginning; `undefined` as above. */
  block(cells: Float64Array): Float64Array | undefined;
  /** Gives the memory back. Nobody may look at the copy any more, nor at views of it. */
  release(): void;
}

/**
 * Blocks of float64 cells, of a thread that nobody else reads. A block has a fixed length and never moves, because V8
 * punishes views that can grow many times over; growing means one more block.
 */
export class Cells implements CellStore, CellSource {
  /** By the buffer that they are views of. */
  readonly #blocks = new Map<ArrayBufferLike, Float64Array>();
  /** What was released, by length: block, index, block, index, … */
  readonly #free = new Map<number, Stack<Float64Array | number>>();
  /** Copies that are used again: new memory outside the heap makes V8 collect garbage at bad moments. */
  readonly #spare = new Spare();
  #newest: Float64Array = nowhere;
  #used = blockLength;
  /** What is left of another block, where something larger did not fit. */
  #rest: Float64Array = nowhere;
  #restUsed = blockLength;

  block: Float64Array = nowhere;

  place(length: number): number {
    const free = this.#free.get(length);
    const freed = free?.pop();
    if (free !== undefined && freed !== undefined) {
      this.block = free.pop() as Float64Array;
      return freed as number;
    }
    if (this.#restUsed + length <= blockLength) {
      const at = this.#restUsed;
      this.#restUsed += length;
      this.block = this.#rest;
      return at;
    }
    if (this.#used + length > blockLength) {
      if (this.#used < this.#restUsed) {
        this.#rest = this.#newest;
        this.#restUsed = this.#used;
      }
      this.#newest = new Float64Array(blockLength);
      this.#blocks.set(this.#newest.buffer, this.#newest);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    this.block = this.#newest;
    return at;
  }

  allocate(length: number): Float64Array {
    const at = this.place(length);
    return this.block.subarray(at, at + length);
  }

  /** Zeroes cells and gives them to whoever asks for as many next. */
  release(cells: Float64Array, at: number, length: number): void {
    cells.fill(0, at, at + length);
    const free = this.#free.get(length) ?? new Stack();
    free.push(this.#blocks.get(cells.buffer) as Float64Array);
    free.push(at + cells.byteOffset / Float64Array.BYTES_PER_ELEMENT);
    this.#free.set(length, free);
  }

  get many(): boolean {
    return this.#blocks.size > inOneSweep;
  }

  *reserve(): Generator<void, void> {
    while (this.#blocks.size - this.#spare.size >= atOnce) {
      for (let i = 0; i < atOnce; i++) this.#spare.add(new Float64Array(blockLength).fill(0));
      yield;
    }
  }

  copy(): CellCopies {
    const copying = this.copying();
    for (;;) {
      const { done, value } = copying.next();
      if (done) return value;
    }
  }

  *copying(): Generator<void, CellCopies> {
    const copies = new Map<ArrayBufferLike, Float64Array>();
    for (const [buffer, block] of this.#blocks) {
      const copy = this.#spare.take() ?? new Float64Array(blockLength);
      copy.set(block);
      copies.set(buffer, copy);
      if (copies.size % atOnce === 0) yield;
    }
    return new CellsCopy(copies, this.#spare);
  }
}

class CellsCopy implements CellCopies {
  readonly #copies: Map<ArrayBufferLike, Float64Array>;
  /** What was asked for last, because neighbours are mostly in one block. */
  #cells: Float64Array | undefined;
  #buffer: ArrayBufferLike | undefined;
  #copy: Float64Array | undefined;

  readonly #spare: Spare;

  /** @param spare where the copies go when they are released */
  constructor(copies: Map<ArrayBufferLike, Float64Array>, spare: Spare) {
    this.#copies = copies;
    this.#spare = spare;
  }

  release(): void {
    for (const copy of this.#copies.values()) this.#spare.add(copy);
    this.#copies.clear();
  }

  of(cells: Float64Array): Float64Array | undefined {
    if (cells === this.#cells) return this.#copy;
    const copy = this.block(cells);
    if (copy !== undefined && cells.length < blockLength)
      return new Float64Array(copy.buffer, cells.byteOffset, cells.length);
    this.#cells = cells;
    return copy;
  }

  block({ buffer }: Float64Array): Float64Array | undefined {
    if (buffer === this.#buffer) return this.#copy;
    this.#buffer = buffer;
    this.#cells = undefined;
    this.#copy = this.#copies.get(buffer);
    return this.#copy;
  }
}
