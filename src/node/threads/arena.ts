import { header, maxThreads, slabBytes, slabLength, slot } from './layout.js';

/** A `SharedArrayBuffer` that grows, which TypeScript's library does not know yet for the runtimes that we support. */
export interface GrowableBuffer extends SharedArrayBuffer {
  readonly growable: boolean;
  readonly maxByteLength: number;
  grow(byteLength: number): void;
}

/** What another thread has written makes no sense. */
export class DamagedError extends Error {}

/** By how many slabs the buffer grows: 1 MiB. Memory that nobody has touched yet costs nothing. */
const growth = 16;

/** How many slabs the header takes, beside a buffer of so many in all. */
function headerSlabs(slabs: number): number {
  return Math.ceil(((header.owners + slabs) * Int32Array.BYTES_PER_ELEMENT) / slabBytes);
}

/** The memory that threads share, as one of them sees it. Any thread may make it grow. */
export class Arena {
  readonly buffer: GrowableBuffer;
  /** The header's words. */
  readonly header: Int32Array;
  readonly #cells: Float64Array[] = [];
  readonly #words: Int32Array[] = [];
  readonly #bytes: Buffer[] = [];
  readonly #maxSlabs: number;
  /** Where the search for a free slab begins: no slab below was free when it was looked at last. */
  #from: number;

  constructor(buffer: GrowableBuffer) {
    this.buffer = buffer;
    this.#maxSlabs = Math.floor(buffer.maxByteLength / slabBytes);
    this.#from = headerSlabs(this.#maxSlabs);
    this.header = new Int32Array(buffer, 0, header.owners + this.#maxSlabs);
  }

  /**
   * Makes memory for threads.
   * @param maxBytes how far it may grow, 2^20 or more. Only what is used takes memory; the rest is addresses.
   * @throws RangeError where there are not so many addresses
   */
  static make(maxBytes: number): Arena {
    const slabs = Math.floor(maxBytes / slabBytes);
    const first = headerSlabs(slabs) + growth;
    const options = { maxByteLength: Math.max(first, slabs) * slabBytes };
    // The library's declaration has no second parameter.
    const Buffer = SharedArrayBuffer as unknown as new (
      bytes: number,
      also: typeof options,
    ) => GrowableBuffer;
    return new Arena(new Buffer(first * slabBytes, options));
  }

  /** A slab's cells. A view of fixed length: V8 takes 6 to 20 times as long for one that follows the buffer's. */
  cells(slab: number): Float64Array {
    this.#cells[slab] ??= new Float64Array(this.buffer, slab * slabBytes, slabLength);
    return this.#cells[slab];
  }

  /** The same as words, for all that is not a number of the host's: V8 punishes code that mixes kinds of views. */
  words(slab: number): Int32Array {
    this.#words[slab] ??= new Int32Array(this.buffer, slab * slabBytes, slabLength * 2);
    return this.#words[slab];
  }

  /** The same as bytes, for texts that are written once. */
  bytes(slab: number): Buffer {
    this.#bytes[slab] ??= Buffer.from(this.buffer, slab * slabBytes, slabBytes);
    return this.#bytes[slab];
  }

  /** Takes a free slab for a thread; all its cells are 0. `undefined` where all memory is in use. */
  claim(thread: number): number | undefined {
    for (;;) {
      const { byteLength } = this.buffer;
      const slabs = byteLength / slabBytes;
      for (let slab = this.#from; slab < slabs; slab++) {
        if (Atomics.compareExchange(this.header, header.owners + slab, 0, thread) === 0) {
          this.#from = slab + 1;
          return slab;
        }
      }
      this.#from = headerSlabs(this.#maxSlabs);
      if (this.#hasFree(slabs)) continue;
      if (slabs >= this.#maxSlabs) return undefined;
      try {
        this.buffer.grow(Math.min(slabs + growth, this.#maxSlabs) * slabBytes);
      } catch {
        // Another thread was faster, in which case there is more by now; or there is no memory.
        if (this.buffer.byteLength === byteLength) return undefined;
      }
    }
  }

  #hasFree(slabs: number): boolean {
    for (let slab = this.#from; slab < slabs; slab++) {
      if (Atomics.load(this.header, header.owners + slab) === 0) return true;
    }
    return false;
  }

  /** The slabs that a thread owns, by their owner words, so that those are found as well that it had just claimed. */
  *ownedBy(thread: number): Generator<number> {
    const slabs = this.buffer.byteLength / slabBytes;
    for (let slab = headerSlabs(this.#maxSlabs); slab < slabs; slab++) {
      if (Atomics.load(this.header, header.owners + slab) === thread) yield slab;
    }
  }

  /** Gives a slab back, whose owner has ended. Used again, because V8 does not see what a dropped one would free. */
  free(slab: number): void {
    this.cells(slab).fill(0);
    Atomics.store(this.header, header.owners + slab, 0);
  }

  /** Takes a slot for a thread; `undefined` where there is none. */
  takeSlot(thread: number): number | undefined {
    for (let index = 0; index < maxThreads; index++) {
      if (Atomics.compareExchange(this.header, slotWord(index, slot.thread), 0, thread) !== 0) continue;
      // Raised, never lowered, whoever else does the same.
      for (let slots = this.slots; slots <= index; slots = this.slots) {
        Atomics.compareExchange(this.header, header.slots, slots, index + 1);
      }
      return index;
    }
    return undefined;
  }

  /** How many slots there are to look at, free ones too. */
  get slots(): number {
    // Whatever a thread has written there, in words that are not its own.
    return Math.min(Math.max(Atomics.load(this.header, header.slots), 0), maxThreads);
  }

  /**
   * Checks an index that another thread has written, and that so many cells from there on lie in one slab of threads.
   * @throws DamagedError
   */
  check(index: number, cells: number): void {
    const slab = Math.floor(index / slabLength);
    const inside = slab >= headerSlabs(this.#maxSlabs) && slab < this.buffer.byteLength / slabBytes;
    if (!inside || !(cells > 0 && (index % slabLength) + cells <= slabLength)) throw new DamagedError();
  }
}

/** Where in the header a word of a slot is. */
export function slotWord(index: number, word: number): number {
  return header.firstSlot + index * header.slotWords + word;
}
