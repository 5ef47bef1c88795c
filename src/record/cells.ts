import type { CellSource } from '../histogram/index.js';

/**
 * Cells in a block: 64 KiB. Large enough that a snapshot is a few copies, small enough to give to one thread.
 * No allocation may be larger.
 */
export const blockLength = 8192;

/** Blocks that are made ready at once: 1 MiB, a millisecond or two. */
const reserved = 16;

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
  /**
   * Makes some memory ready for the next {@link copy}, which would take several times as long to touch it first.
   * @returns whether there was much to make ready, so that there may be more
   */
  reserve(): boolean;
  /** All cells as they are now, in one synchronous sweep: one point of time. */
  copy(): CellCopies;
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
  readonly #free = new Map<number, (Float64Array | number)[]>();
  /** Copies that are used again: new memory outside the heap makes V8 collect garbage at bad moments. */
  readonly #spare: Float64Array[] = [];
  #newest: Float64Array = nowhere;
  #used = blockLength;
  /** What is left of another block, where something larger did not fit. */
  #rest: Float64Array = nowhere;
  #restUsed = blockLength;

  block: Float64Array = nowhere;

  place(length: number): number {
    const free = this.#free.get(length);
    if (free !== undefined && free.length > 0) {
      const at = free.pop() as number;
      this.block = free.pop() as Float64Array;
      return at;
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
    const free = this.#free.get(length) ?? [];
    const block = this.#blocks.get(cells.buffer) as Float64Array;
    free.push(block, at + cells.byteOffset / Float64Array.BYTES_PER_ELEMENT);
    this.#free.set(length, free);
  }

  reserve(): boolean {
    if (this.#blocks.size - this.#spare.length < reserved) return false;
    for (let i = 0; i < reserved; i++) this.#spare.push(new Float64Array(blockLength).fill(0));
    return true;
  }

  copy(): CellsCopy {
    const copies = new Map<ArrayBufferLike, Float64Array>();
    for (const [buffer, block] of this.#blocks) {
      const copy = this.#spare.pop() ?? new Float64Array(blockLength);
      copy.set(block);
      copies.set(buffer, copy);
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

  readonly #spare: Float64Array[];

  /** @param spare where the copies go when they are released */
  constructor(copies: Map<ArrayBufferLike, Float64Array>, spare: Float64Array[]) {
    this.#copies = copies;
    this.#spare = spare;
  }

  release(): void {
    this.#spare.push(...this.#copies.values());
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
