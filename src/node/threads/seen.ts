import type { LogLinearHistogram } from '../../histogram/index.js';

/** Bins whose samples are added up at once; the extents' numbers of bins are multiples of it, but for zero's. */
const block = 10;
/** Beyond this a sum of counts may be rounded. */
const exact = 2 ** 53;

/** An extent of a histogram of another thread, and what was taken in of it. */
export class SeenExtent {
  /** The signed key of the first bin. */
  readonly #key: number;
  /** The bins' counts, then the sum of the values. */
  readonly #cells: Float64Array;
  readonly #seen: Float64Array;
  /** How many samples were taken in of each block: most have no more, and are passed over by one comparison. */
  readonly #blocks: Float64Array;

  constructor(key: number, cells: Float64Array, seen: Float64Array) {
    this.#key = key;
    this.#cells = cells;
    this.#seen = seen;
    this.#blocks = new Float64Array(Math.ceil((cells.length - 1) / block));
  }

  /** The first block from one on that has more samples than were taken in; -1 if none has. */
  firstChange(from = 0): number {
    const cells = this.#cells;
    const blocks = this.#blocks;
    if (cells.length <= block) return from === 0 && cells[0] !== this.#seen[0] ? 0 : -1;
    for (let i = from; i < blocks.length; i++) {
      const at = i * block;
      // Written out, and in pairs, which do not wait for each other.
      const sum =
        cells[at]! +
        cells[at + 1]! +
        (cells[at + 2]! + cells[at + 3]!) +
        (cells[at + 4]! + cells[at + 5]! + (cells[at + 6]! + cells[at + 7]!)) +
        (cells[at + 8]! + cells[at + 9]!);
      if (sum !== blocks[i] || sum >= exact) return i;
    }
    return -1;
  }

  /** Adds what is new to a histogram, from a block on. */
  takeIn(into: LogLinearHistogram, from: number): void {
    if (into.extents.length === 0) this.#begin(into);
    for (let i = from; i >= 0; i = this.firstChange(i + 1)) this.#takeBlock(into, i);
    const bins = this.#cells.length - 1;
    // It may be of a sample more or less than the bins, which is made up for the next time.
    const sum = this.#cells[bins]!;
    into.addToSum(sum - this.#seen[bins]!);
    this.#seen[bins] = sum;
  }

  /**
   * Takes the middle decade of three first, which the other histogram's first value was in, so that this one will have
   * its own three for the same decades.
   */
  #begin(into: LogLinearHistogram): void {
    const third = this.#blocks.length / 3;
    if (third > 1) for (let i = third; i < 2 * third; i++) this.#takeBlock(into, i);
  }

  #takeBlock(into: LogLinearHistogram, i: number): void {
    const cells = this.#cells;
    const seen = this.#seen;
    const end = Math.min((i + 1) * block, cells.length - 1);
    let sum = 0;
    for (let at = i * block; at < end; at++) {
      // Read once, because it may grow meanwhile.
      const now = cells[at]!;
      sum += now;
      if (now === seen[at]) continue;
      const more = now - seen[at]!;
      seen[at] = now;
      // What else there may be something has written there that does not count.
      if (!(more > 0 && Number.isInteger(more))) continue;
      const { main } = into;
      const key = this.#key + at;
      const to = key - into.mainKey;
      // As `record` does it: most are in these decades, and need not be looked for.
      if (to >= 0 && to < main.length - 1 && main[to]! + more <= exact) main[to]! += more;
      else into.add(key, 0, more);
    }
    this.#blocks[i] = sum;
  }

  /** How many samples of a bin, by its signed key, were taken in; 0 for another extent's. */
  of(key: number): number {
    const at = key - this.#key;
    return at >= 0 && at < this.#cells.length - 1 ? this.#seen[at]! : 0;
  }

  /** Takes it that nothing was taken in. */
  forget(): void {
    this.#seen.fill(0);
    this.#blocks.fill(0);
  }
}
