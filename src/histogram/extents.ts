import { NEGATIVE } from './bin.js';
import { DECADE, LAST_KEY } from './tables.js';

/** Hands out zeroed, fixed-length runs of float64 cells that never move. */
export interface CellSource {
  /**
   * @param key the signed key of the first bin that the cells are for; the last one is for the sum
   * @returns a view of so many zeros, which belongs to the caller from then on; it may lie in a larger block
   */
  allocate(length: number, key: number): Float64Array;
}

/** What a histogram may be given when it is made. */
export interface HistogramSettings {
  /** Upper bounds to count exactly: ascending finite numbers, 2,000 at most. See `buckets`. */
  readonly bounds?: readonly number[] | undefined;
  /** Where the numbers shall live; arrays of the histogram's own unless given. */
  readonly allocate?: CellSource['allocate'];
}

/**
 * Consecutive bins of one sign. An extent never changes and its cells never move, so whoever keeps a list of extents
 * keeps the histogram, and a copy of the cells is a copy of the histogram.
 */
export interface Extent {
  /** Of the bins: −1, 1, or 0 for the extent that holds the zero bin alone. */
  readonly sign: -1 | 0 | 1;
  /** Number of the first bin, that nearest zero: 0 is the zero bin, then 1 + 90 × (exp + 128) + (|val| − 10). */
  readonly first: number;
  /**
   * For each bin its count, an integer from 0 to 2^53; last the extent's part of the running sum of the values, NaN
   * where it is not known.
   */
  readonly cells: Float64Array;
}

/** Cells of an extent beside its bins: the sum. */
export const SUMS = 1;

/** Bins of a histogram's first extent: three decades. */
export const MAIN_BINS: number = 3 * DECADE;

/** Counts are exact up to here and stay here: 2^53, beyond which a double cannot count by one. */
export const MAX_COUNT: number = 2 ** 53;

/** Whether it may be recorded so many times: an integer from 0 on. */
export function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0;
}

/** The signed key of an extent's first bin. */
export function firstKey(extent: Extent): number {
  return extent.sign < 0 ? extent.first + NEGATIVE : extent.first;
}

/** Whether an extent has a bin, by its sign and its number. */
export function holds({ sign, first, cells }: Extent, side: number, bin: number): boolean {
  return sign === side && bin >= first && bin < first + cells.length - SUMS;
}

/** @internal Whether there can be an extent with this first signed key and so many cells. */
export function isExtent(key: number, cells: number): boolean {
  const bins = cells - SUMS;
  if (key === 0) return bins === 1;
  const first = key > LAST_KEY ? key - NEGATIVE : key;
  return (
    first > 0 &&
    first % DECADE === 1 &&
    (bins === DECADE || bins === MAIN_BINS) &&
    first + bins - 1 <= LAST_KEY
  );
}

/** The extent that holds a signed key. */
export function findExtent(extents: readonly Extent[], key: number): Extent | undefined {
  for (let i = 0; i < extents.length; i++) {
    const extent = extents[i]!;
    const at = key - firstKey(extent);
    if (at >= 0 && at < extent.cells.length - SUMS) return extent;
  }
  return undefined;
}

/** How many samples a bin has, by its signed key. */
export function countAt(extents: readonly Extent[], key: number): number {
  const extent = findExtent(extents, key);
  return extent === undefined ? 0 : extent.cells[key - firstKey(extent)]!;
}

/** Calls `visit` for each occupied bin, ascending on the real axis. */
export function walk(extents: readonly Extent[], visit: (key: number, count: number) => void): void {
  for (const extent of extents) {
    const { cells, sign } = extent;
    const first = firstKey(extent);
    const last = cells.length - SUMS - 1;
    for (let i = 0; i <= last; i++) {
      const at = sign < 0 ? last - i : i;
      const count = cells[at]!;
      if (count > 0) visit(first + at, count);
    }
  }
}

/** Bins that are added up at once; decades are multiples of it. */
export const BLOCK = 10;

/** Samples in ten bins. Written out, so that the array is looked at once, and added in pairs, which do not wait. */
export function sumBlock(cells: Float64Array, at: number): number {
  return (
    cells[at]! +
    cells[at + 1]! +
    (cells[at + 2]! + cells[at + 3]!) +
    (cells[at + 4]! + cells[at + 5]! + (cells[at + 6]! + cells[at + 7]!)) +
    (cells[at + 8]! + cells[at + 9]!)
  );
}

/** Samples in all bins; beyond 2^53 rounded. */
export function total(extents: readonly Extent[]): number {
  let sum = 0;
  for (const { cells } of extents) {
    const bins = cells.length - SUMS;
    let at = 0;
    for (; at <= bins - BLOCK; at += BLOCK) sum += sumBlock(cells, at);
    for (; at < bins; at++) sum += cells[at]!;
  }
  return sum;
}
