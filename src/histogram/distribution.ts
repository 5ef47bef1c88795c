import { Printed } from '../printed.js';
import { type BinCount, binEdge, binOfKey, keyOf } from './bin.js';
import { edgesOf, pairs } from './cumulate.js';
import { type DrawOptions, draw } from './draw.js';
import { type Extent, total, walk } from './extents.js';
import {
  countBetween,
  inverseQuantile,
  moment,
  positionOf,
  type QuantileOptions,
  quantiles,
  range,
  stddev,
  weigh,
} from './quantile.js';
import { encodeBase64, encodeBytes, encodeStrings } from './serialize.js';

/** Whether the bin that a threshold is in counts as below, or above, it. It does unless told otherwise. */
export interface CountOptions {
  /** True unless given. */
  readonly inclusive?: boolean;
}

/** What can be asked of a histogram, and how it is written. */
export abstract class Distribution extends Printed {
  /** @internal */
  protected list: readonly Extent[] = [];

  /** Where the numbers are, ascending on the real axis. Another array when it grows: one kept stays as it is. */
  get extents(): readonly Extent[] {
    return this.list;
  }

  /** Samples, an integer from 0 on; beyond 2^53, which bins have only together, as near as a double can be. */
  get count(): number {
    return total(this.list);
  }

  /**
   * The running sum of the values as they were recorded, not of their bins; undefined if it is not known, since
   * samples came or went by bins (a serialized form, foreign buckets, `clamp`, `downsample`, an underflow).
   */
  get recordedSum(): number | undefined {
    let sum = 0;
    for (const { cells } of this.list) sum += cells[cells.length - 1]!;
    return Number.isNaN(sum) ? undefined : sum;
  }

  /** The sum of all samples, each taken for its bin's midpoint (`hist_approx_sum`); 0 if empty. */
  sum(): number {
    return weigh(this.list, (x) => x);
  }

  /** `sum()` by the number of samples (`hist_approx_mean`); NaN if empty. */
  mean(): number {
    return this.sum() / total(this.list);
  }

  /**
   * The standard deviation from midpoints, sqrt(Σx²/n − mean²) (`hist_approx_stddev`); NaN if empty and, as in the
   * reference, where rounding makes the difference negative: that of samples in a single bin.
   */
  stddev(): number {
    return stddev(this.list);
  }

  /** The k-th moment from midpoints as the reference defines it, Σx^k / n^k (`hist_approx_moment`); NaN if empty. */
  moment(k: number): number {
    return moment(this.list, k);
  }

  /** The lower end of the lowest occupied bin; NaN if empty. No sample is below but by the tolerance of `binOf`. */
  min(): number {
    return range(this.list)[0];
  }

  /** The upper end of the highest occupied bin; NaN if empty. */
  max(): number {
    return range(this.list)[1];
  }

  /**
   * The q-quantile, or those of an ascending list of q's: `hist_approx_quantile`, and `…quantile7` for type 7. The
   * k-th of n samples in a bin is taken to be at k/(n+1) of its width. NaN if empty.
   *
   * @param q from 0 to 1
   * @throws MetricsError `invalid_quantile`: a q outside 0 … 1, or less than the one before; `invalid_option`: a type
   *   other than 1 and 7
   */
  quantile(q: number, options?: QuantileOptions): number;
  quantile(q: readonly number[], options?: QuantileOptions): number[];
  quantile(q: number | readonly number[], options?: QuantileOptions): number | number[] {
    const type = options?.type ?? 1;
    const single = typeof q !== 'object' || q === null;
    const found = quantiles(this.list, single ? [q] : q, type);
    return single ? found[0]! : found;
  }

  /** The share of samples below a value, 0 … 1, linear within a bin (`hist_approx_inverse_quantile`); NaN if empty. */
  inverseQuantile(x: number): number {
    return inverseQuantile(this.list, x);
  }

  /** Samples in bins up to that of a value (`hist_approx_count_below_inclusive`, `…_exclusive`). */
  countBelow(x: number, options?: CountOptions): number {
    return countBetween(this.list, -Infinity, positionOf(x) - (options?.inclusive === false ? 1 : 0));
  }

  /** Samples in bins from that of a value on (`hist_approx_count_above_inclusive`, `…_exclusive`). */
  countAbove(x: number, options?: CountOptions): number {
    return countBetween(this.list, positionOf(x) + (options?.inclusive === false ? 1 : 0), Infinity);
  }

  /** Samples in the bin of a value. */
  countNear(x: number): number {
    return keyOf(x) < 0 ? 0 : countBetween(this.list, positionOf(x), positionOf(x));
  }

  /** The upper bounds that it was made with, ascending: {@link buckets} counts them exactly. `undefined` without any. */
  get bounds(): readonly number[] | undefined {
    return undefined;
  }

  /**
   * Those of its {@link bounds} whose counts are approximate, off by the samples of a bin at most: samples came, or went,
   * in a form that does not say on which side of the bound they are. Mostly none.
   */
  get inexact(): readonly number[] {
    return [];
  }

  /**
   * How many samples are at or below each upper bound, ascending, as Prometheus and OTLP have it: exactly for the
   * {@link bounds} that it was made with.
   *
   * @param otherwise bounds for a histogram that was made without. They are made of bins: a bound inside a bin becomes
   *   the bin's end, so what is returned may have other bounds, and fewer
   * @param options `inclusive: false` counts a positive bin that begins at a bound as above it: that is better for what
   *   is continuous, such as time. Otherwise whole numbers are exact at whole bounds below 100
   * @throws MetricsError `invalid_option`: not ascending finite numbers
   */
  buckets(otherwise: readonly number[] = [], options?: CountOptions): [bound: number, count: number][] {
    return pairs(this.list, edgesOf(otherwise, options?.inclusive !== false));
  }

  /** Whether another histogram has the same samples in the same bins, wherever these are. */
  equals(other: Distribution): boolean {
    return this.toBase64() === other.toBase64();
  }

  /** The occupied bins, ascending on the real axis, as they are when the iteration begins. */
  *bins(): IterableIterator<BinCount> {
    const bins: BinCount[] = [];
    walk(this.list, (key, count) => {
      const { val, exp } = binOfKey(key);
      bins.push({ val, exp, edge: binEdge({ val, exp }), count });
    });
    yield* bins;
  }

  /**
   * libcircllhist's binary form (`hist_serialize`), with the least width of each count. Only bins are in it: what is read
   * from it has no {@link bounds}.
   */
  toBytes(): Uint8Array {
    return encodeBytes(this.list);
  }

  /** {@link toBytes} in standard base64 with padding, what Circonus takes. */
  toBase64(): string {
    return encodeBase64(this.toBytes());
  }

  /** `H[1.2e+01]=3` for each occupied bin, ascending: its edge nearest zero and its count. */
  toStrings(): string[] {
    return encodeStrings(this.list);
  }

  /** What `JSON.stringify` writes: how many samples there are, and where. {@link toBase64} has all of it. */
  override toJSON(): object {
    const { count } = this;
    if (count === 0) return { count };
    const [p50, p90, p99] = this.quantile([0.5, 0.9, 0.99]);
    return { count, mean: this.mean(), min: this.min(), p50, p90, p99, max: this.max() };
  }

  /** A drawing of the distribution for a terminal, in lines of at most `width` columns (80), without colour. */
  override toString(options?: DrawOptions): string {
    return draw(this.list, options);
  }
}
