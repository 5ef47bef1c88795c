import { MetricsError } from '../errors.js';
import { keyOf, keyOfScaled } from './bin.js';
import { decimalOf, isAboveDecimal } from './decimal.js';
import { MAIN_BINS } from './extents.js';
import { position } from './quantile.js';

/** A bin with bounds in it, and its splits: one for each of these bounds, ascending. */
export interface SplitBin {
  /** The bin's signed key. */
  readonly key: number;
  /** Its first split. */
  readonly from: number;
  /** One more than its last split. */
  readonly to: number;
  /** The cell that counts the bin's samples whose side of the bounds is not known. */
  readonly unknown: number;
}

/** How many bounds there may be: their cells lie together in one block. */
export const MAX_BOUNDS = 2000;

/** Whether a list is of one finite number or more, ascending. */
export function areBounds(list: unknown): list is readonly number[] {
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > list[i - 1]))
  );
}

/** Throws where a list is not one of bounds. */
export function checkBounds(list: unknown): asserts list is readonly number[] {
  if (areBounds(list) && list.length <= MAX_BOUNDS) return;
  const expected = `ascending finite numbers, 1 to ${MAX_BOUNDS} of them, such as [0.1, 1, 10]`;
  throw new MetricsError('invalid_option', `Bounds are ${expected}.`);
}

/**
 * Upper bounds whose counts are exact, prepared once for all histograms that have them.
 *
 * A bin that holds a bound is split: beside its count, a cell counts the samples above this bound and up to the next one
 * in the bin. So a sample is counted in one split at most, and what is at or below the lowest bound costs nothing.
 *
 * Values are compared as doubles, and those of `recordScaled` as decimals. A bound just below the edge of a bin splits two
 * bins, because a double this close to the edge is in the bin beyond it and a decimal is not.
 *
 * @internal
 */
export class Bounds {
  /** The bounds, ascending. */
  readonly list: readonly number[];
  /** For each bound the position of the last bin with samples at or below it; ±Infinity beyond all bins. */
  readonly last: readonly number[];
  /** The bins that are split, ascending on the real axis. */
  readonly bins: readonly SplitBin[];
  /** How many cells the splits take, and the numbers of unknown samples after them. */
  readonly cells: number;
  /** For each split its bound. */
  readonly limits: Float64Array;
  /** For each split the next bound of the same bin; Infinity for the last one. */
  readonly next: Float64Array;
  /** For each bound the splits whose samples are above it although their bin counts as at or below. */
  readonly #above: readonly (readonly SplitBin[])[];
  readonly #byKey = new Map<number, SplitBin>();
  readonly #lanes = new Map<number, Float64Array>();

  /** @throws MetricsError `invalid_option`: not ascending finite numbers */
  constructor(list: readonly number[]) {
    checkBounds(list);
    // −0 is 0.
    this.list = Object.freeze(list.map((bound) => bound + 0));
    const keys = this.list.map(keysOf);
    this.last = keys.map((some, i) =>
      some.length === 0 ? this.list[i]! * Number.POSITIVE_INFINITY : Math.max(...some.map(position)),
    );
    const splits = keys
      .flatMap((some, bound) => some.map((key) => ({ key, bound })))
      .sort((a, b) => position(a.key) - position(b.key) || a.bound - b.bound);
    const bins: SplitBin[] = [];
    const above: SplitBin[][] = this.list.map(() => []);
    for (let from = 0, to = 0; from < splits.length; from = to) {
      const { key } = splits[from]!;
      while (splits[to]?.key === key) to++;
      const bin = { key, from, to, unknown: splits.length + bins.length };
      bins.push(bin);
      this.#byKey.set(key, bin);
      for (let split = from; split < to; split++) above[splits[split]!.bound]!.push({ ...bin, from: split });
    }
    this.bins = bins;
    this.#above = above;
    this.cells = splits.length + bins.length;
    this.limits = Float64Array.from(splits, ({ bound }) => this.list[bound]!);
    this.next = this.limits.map((_, split) =>
      splits[split]!.key === splits[split + 1]?.key ? this.limits[split + 1]! : Number.POSITIVE_INFINITY,
    );
  }

  /** The split bin of a signed key, if it is one. */
  bin(key: number): SplitBin | undefined {
    return this.#byKey.get(key);
  }

  /** Where another's bin of the same key and the same bounds begins among its splits; `undefined` if it has none. */
  sameIn(other: Bounds, bin: SplitBin): SplitBin | undefined {
    if (other === this) return bin;
    const there = other.bin(bin.key);
    if (there === undefined || there.to - there.from !== bin.to - bin.from) return undefined;
    for (let i = bin.from; i < bin.to; i++) {
      if (this.limits[i] !== other.limits[there.from + i - bin.from]) return undefined;
    }
    return there;
  }

  /**
   * The split that counts samples of a value; −1 if its bin has none, or if it is not above the bin's lowest bound.
   *
   * @param integer with `scale` the value exactly, where the double may be rounded
   */
  splitOf(key: number, value: number, integer?: number | bigint, scale = 0): number {
    const bin = this.#byKey.get(key);
    if (bin === undefined) return -1;
    let found = -1;
    for (let split = bin.from; split < bin.to; split++) {
      const limit = this.limits[split]!;
      const above =
        value === limit && integer !== undefined ? isAboveDecimal(integer, scale, limit) : value > limit;
      if (!above) break;
      found = split;
    }
    return found;
  }

  /**
   * For each bin of a main extent its lowest bound, Infinity if it has none; then for each its first split. One array,
   * which all histograms share whose main extents begin with the same bin.
   */
  lane(mainKey: number): Float64Array {
    let lane = this.#lanes.get(mainKey);
    if (lane === undefined) {
      lane = new Float64Array(2 * MAIN_BINS).fill(Number.POSITIVE_INFINITY, 0, MAIN_BINS);
      for (const { key, from } of this.bins) {
        const at = key - mainKey;
        if (at < 0 || at >= MAIN_BINS) continue;
        lane[at] = this.limits[from]!;
        lane[MAIN_BINS + at] = from;
      }
      this.#lanes.set(mainKey, lane);
    }
    return lane;
  }

  /**
   * Takes what lies above each bound off the cumulative counts of whole bins.
   *
   * @param cells hold the splits from `begin` on
   */
  takeAbove(counts: Float64Array, cells: Float64Array, begin: number): void {
    for (let bound = 0; bound < this.list.length; bound++) {
      for (const { from, to } of this.#above[bound]!) {
        for (let split = from; split < to; split++) counts[bound]! -= cells[begin + split]!;
      }
    }
  }

  /** The bounds whose counts are not exact, by the cells that hold the splits. */
  inexact(cells: Float64Array): readonly number[] {
    return this.list.filter((_, bound) => this.#above[bound]!.some(({ unknown }) => cells[unknown] !== 0));
  }
}

/** The bins that may hold samples on both sides of a bound: that of the double, and that of the decimal. */
function keysOf(bound: number): number[] {
  return [...new Set([keyOf(bound), keyOfScaled(...decimalOf(bound))])].filter((key) => key >= 0);
}
