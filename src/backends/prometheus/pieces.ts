import { encodeText, mostBytes, STRIDE } from './bytes.js';

/** Bytes in a block; a list of pieces that is larger has one of its own. A place is a block's number and an offset. */
const blockBits = 16;
const blockLength = 1 << blockBits;

/** Before the pieces of a list: its mark. Before each piece: how many bytes it has. */
export const WORD = 4;

/**
 * Lists of pieces of text as UTF-8, made once and copied many times. They lie in blocks of 64 KiB and not in strings,
 * because what a garbage collector has to look through, for hundreds of thousands of series, is what stops a process.
 */
export class Pieces {
  readonly #blocks: DataView[] = [];
  #newest: Uint8Array = new Uint8Array(0);
  // No list is at place 0, by which whoever keeps places knows that there is none.
  #used = STRIDE;

  /** @param mark a number of up to 32 bits to keep with the list. @returns the list's place, a number of 32 bits above 0 */
  add(mark: number, texts: readonly string[]): number {
    let most = WORD + STRIDE;
    for (const text of texts) most += WORD + mostBytes(text);
    // A larger block is full, because an offset has 16 bits.
    if (this.#used >= blockLength || this.#used + most > this.#newest.length) {
      this.#newest = new Uint8Array(Math.max(blockLength, STRIDE + most));
      this.#blocks.push(new DataView(this.#newest.buffer));
      this.#used = STRIDE;
    }
    const block = this.#blocks.length - 1;
    const view = this.#blocks[block] as DataView;
    const begin = this.#used;
    view.setUint32(begin, mark);
    let at = begin + WORD;
    for (const text of texts) {
      const end = encodeText(text, this.#newest, at + WORD);
      view.setUint32(at, end - at - WORD);
      at = end;
    }
    this.#used = at;
    return ((block << blockBits) | begin) >>> 0;
  }

  /** The block that a place is in. */
  block(place: number): DataView {
    return this.#blocks[place >>> blockBits] as DataView;
  }

  /** Where in its block the piece is that follows the one at `at`. */
  static next(block: DataView, at: number): number {
    return at + WORD + block.getUint32(at);
  }

  /** Where in its block a place is: at its mark, behind which the first piece is. */
  static offset(place: number): number {
    return place & (blockLength - 1);
  }
}
