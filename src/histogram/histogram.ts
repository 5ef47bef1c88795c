import { MetricsError } from '../errors.js';
import { addCells, coarser, isOutside, overlaps, rewrite, subtractCounts, twin } from './algebra.js';
import { type BinCount, binEdge, binOfKey, keyOf, keyOfScaled, NEGATIVE, valueOfScaled } from './bin.js';
import { type BucketMode, bucketSamples } from './buckets.js';
import { type DrawOptions, draw } from './draw.js';
import {
  type CellSource,
  type Extent,
  findExtent,
  firstKey,
  MAIN_BINS,
  MAX_COUNT,
  SUMS,
  total,
  walk,
} from './extents.js';
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
import { compileRecord, type Recording } from './record.js';
import { binomial } from './sample.js';
import {
  decodeBase64,
  decodeBytes,
  type Entry,
  encodeBase64,
  encodeBytes,
  encodeStrings,
  parseStrings,
} from './serialize.js';
import { DECADE, LAST_KEY, tables } from './tables.js';

/** A first key that no value's key is within MAIN_BINS of: there is no main extent. */
const NONE = 0x20000;

/** Whether the bin that a threshold is in counts as below, or above, it. It does unless told otherwise. */
export interface CountOptions {
  readonly inclusive?: boolean;
}

/**
 * A log-linear histogram: a bin for every two significant decimal digits from ±1e-128 to ±9.9e127, and one for
 * zero, bin for bin those of libcircllhist. So any two add up exactly, whoever made them, and every quantile is within
 * half a bin, at most 5 %, of the sample's. See Hartmann and Schlossnagle, Circllhist, 2020 (arXiv:2001.06561).
 *
 * Values are in whatever unit the caller has; counts are integers, exact to 2^53, where they stay.
 *
 * @example
 * const latency = new LogLinearHistogram();
 * latency.record(0.0125);
 * latency.quantile([0.5, 0.99]);
 */
export class LogLinearHistogram implements Recording {
  /** @internal */
  main: Float64Array;
  /** @internal */
  mainKey: number = NONE;
  private list: readonly Extent[] = [];
  private readonly source: CellSource | undefined;

  /**
   * Records a value so many times (1 if not said). Never throws, and takes nothing of NaN, ±Infinity, magnitudes of
   * 1e128 and more, what is not a number, or a count that is not an integer from 0 on.
   *
   * @returns how many samples it took: `count`; 0; or what was left to 2^53 in that bin
   */
  declare readonly record: (value: number, count?: number) => number;

  /** @param source where the numbers shall live; arrays of the histogram's own if not said */
  constructor(source?: CellSource) {
    const built = tables();
    const { prototype } = LogLinearHistogram;
    // Put there once, with the tables, since V8 takes what a prototype never changes for a constant.
    if (prototype.record === undefined) Object.assign(prototype, { record: compileRecord(built) });
    this.main = built.double;
    this.source = source;
  }

  /**
   * The histogram as it stands in a copy of its cells. No bin is copied.
   *
   * @param extents of the histogram, as they were when the copy was made
   * @param relocate gives the view of the copy that corresponds to a view of the original
   */
  static over(
    extents: readonly Extent[],
    relocate: (cells: Float64Array) => Float64Array,
  ): LogLinearHistogram {
    const histogram = new LogLinearHistogram();
    histogram.adopt(extents.map(({ sign, first, cells }) => ({ sign, first, cells: relocate(cells) })));
    return histogram;
  }

  /** Where the numbers are, ascending on the real axis. Another array when it grows: one kept stays as it is. */
  get extents(): readonly Extent[] {
    return this.list;
  }

  /**
   * Records integer × 10^scale by exact integer arithmetic: `recordScaled(12_500_000n, -9)` is 12.5 ms in seconds.
   * Never throws, and takes nothing of numbers that are not integers, or of 1e128 and more.
   *
   * @returns how many samples it took, as `record`
   */
  recordScaled(integer: number | bigint, scale: number, count = 1): number {
    const key = keyOfScaled(integer, scale);
    return key < 0 ? 0 : this.add(key, valueOfScaled(integer, scale), count);
  }

  /**
   * Takes samples of a value's bin away again, as many as there are at most; `recordedSum` goes down by the value for
   * each. Never throws.
   *
   * @returns how many it took away
   */
  remove(value: number, count = 1): number {
    const key = typeof value === 'number' && isCount(count) ? keyOf(value) : -1;
    const extent = key < 0 ? undefined : findExtent(this.list, key);
    if (extent === undefined) return 0;
    const { cells } = extent;
    const at = key - firstKey(extent);
    const taken = Math.min(count, cells[at]!);
    cells[at]! -= taken;
    cells[cells.length - SUMS]! -= value * taken;
    return taken;
  }

  /** Samples, an integer from 0 to 2^53. */
  get count(): number {
    return Math.min(total(this.list), MAX_COUNT);
  }

  /**
   * The running sum of the values as they were recorded, not of their bins; undefined if it is not known, since
   * samples came or went by bins (a serialized form, foreign buckets, `clamp`, `downsample`, an underflow).
   */
  get recordedSum(): number | undefined {
    let sum = 0;
    for (const { cells } of this.list) for (let i = 1; i <= SUMS; i++) sum += cells[cells.length - i]!;
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
    return Array.isArray(q) ? quantiles(this.list, q, type) : quantiles(this.list, [q as number], type)[0]!;
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

  /** Adds the samples of another histogram, or its own once more. @returns this */
  merge(other: LogLinearHistogram): this {
    const sum = other.recordedSum ?? Number.NaN;
    for (const extent of other.list) this.mergeExtent(extent);
    this.addToSum(sum);
    return this;
  }

  /**
   * Takes the samples of another histogram away, bin by bin and down to 0.
   *
   * @returns false if some bin had fewer than were to be taken away
   */
  subtract(other: LogLinearHistogram): boolean {
    const sum = other.recordedSum ?? Number.NaN;
    const enough = subtractCounts(this.list, other.list);
    this.addToSum(enough ? -sum : Number.NaN);
    return enough;
  }

  /**
   * Drops the bins that are wholly outside lower … upper (`hist_clamp`). @returns this
   *
   * @throws MetricsError `invalid_option`: a limit that is not a number
   */
  clamp(lower: number, upper: number): this {
    if (!(lower === lower + 0 && upper === upper + 0)) throw invalid('The limits of clamp are numbers.');
    if (rewrite(this.list, (key, count) => (isOutside(key, lower, upper) ? 0 : count)))
      this.addToSum(Number.NaN);
    return this;
  }

  /**
   * Folds bins: those below 10^mbe into zero, those of 10^mbe … 10^(mbe + 1) into nine of one digit each
   * (`hist_compress_mbe`). @returns this
   *
   * @param mbe the least exponent told from zero: an integer
   * @throws MetricsError `invalid_option`: an exponent that is not an integer
   */
  compress(mbe: number): this {
    if (!Number.isInteger(mbe)) throw invalid('The exponent of compress is an integer.');
    const moved: Entry[] = [];
    rewrite(this.list, (key, count) => {
      const to = coarser(key, mbe);
      if (to === key) return count;
      moved.push([to, count]);
      return 0;
    });
    for (const [key, count] of moved) this.add(key, 0, count);
    return this;
  }

  /**
   * Keeps each sample with a probability: a binomially distributed number of each bin (`hist_downsample`).
   * @returns this
   *
   * @param factor the probability; below 0 is taken for 0, above 1 for 1
   * @param random gives numbers from 0 to below 1, one or two a bin
   * @throws MetricsError `invalid_option`: a factor that is not a number
   */
  downsample(factor: number, random: () => number = Math.random): this {
    if (!(factor === factor + 0)) throw invalid('The factor of downsample is a number.');
    const p = Math.min(Math.max(factor, 0), 1);
    if (rewrite(this.list, (_, count) => binomial(count, p, random))) this.addToSum(Number.NaN);
    return this;
  }

  /** A histogram of the same samples, in arrays of its own. */
  clone(): LogLinearHistogram {
    return LogLinearHistogram.over(this.list, (cells) => new Float64Array(cells));
  }

  /** Drops all samples; the extents stay. */
  clear(): void {
    for (const { cells } of this.list) cells.fill(0);
  }

  /** Whether another histogram has the same samples in the same bins, wherever these are. */
  equals(other: LogLinearHistogram): boolean {
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

  /** libcircllhist's binary form (`hist_serialize`), with the least width of each count. */
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

  /** A drawing of the distribution for a terminal, in lines of at most `width` columns (80), without colour. */
  toString(options?: DrawOptions): string {
    return draw(this.list, options);
  }

  /**
   * Reads libcircllhist's binary form, counts of any width from 1 to 8 bytes. Bins that are none and bins without
   * samples are skipped, as there; counts beyond 2^53 are 2^53.
   *
   * @throws MetricsError `invalid_histogram`: too short, too long, wider than 8, or bins not in ascending order
   */
  static fromBytes(bytes: Uint8Array): LogLinearHistogram {
    return LogLinearHistogram.from(decodeBytes(bytes));
  }

  /**
   * Reads {@link toBase64}'s form; white space is skipped.
   *
   * @throws MetricsError `invalid_histogram`: not base64, or as {@link fromBytes}
   */
  static fromBase64(text: string): LogLinearHistogram {
    return LogLinearHistogram.from(decodeBytes(decodeBase64(text)));
  }

  /**
   * Reads strings of the form `H[value]=count`, the value any decimal number in the bin; repeated bins add up.
   *
   * @throws MetricsError `invalid_histogram`: another form, or a value of 1e128 and more
   */
  static fromStrings(strings: Iterable<string>): LogLinearHistogram {
    return LogLinearHistogram.from(parseStrings(strings));
  }

  /**
   * Approximates a histogram with foreign buckets (`hist_create_approximation_from_adhoc`): all samples of a bucket
   * go into one bin of it.
   *
   * @param bounds ascending. One more than counts: the edges, first to last. As many: upper bounds. One less: upper
   *   bounds of all but the last bucket, which is open. Where no lower bound of the first bucket is given, it is 0 if
   *   its upper bound is positive, and else open. ±Infinity is open, too
   * @param counts samples of each bucket, integers from 0 on, not cumulative
   * @param mode where in a bucket the samples go; `mid` if not said
   * @throws MetricsError `invalid_histogram`: bounds or counts that are not such; `invalid_option`: another mode
   */
  static fromBuckets(
    bounds: readonly number[],
    counts: readonly number[],
    mode: BucketMode = 'mid',
  ): LogLinearHistogram {
    return LogLinearHistogram.from(bucketSamples(bounds, counts, mode));
  }

  private static from(entries: readonly Entry[]): LogLinearHistogram {
    const histogram = new LogLinearHistogram();
    for (const [key, count] of entries) histogram.add(key, Number.NaN, count);
    return histogram;
  }

  /**
   * Adds samples to a bin, and `value` to the sum for each that it takes.
   *
   * Search and growth are written out here, on purpose: V8 inlines no function of more than 460 bytes of bytecode, and
   * were this inlined into `record`, then `record` would be too large (920) to be inlined into its callers.
   *
   * @internal
   */
  add(key: number, value: number, count: number): number {
    let bin = key;
    if (!isKey(bin)) bin = typeof value === 'number' ? keyOf(value) : -1;
    if (bin < 0 || typeof count !== 'number' || !(count > 0) || !Number.isInteger(count)) return 0;
    const sign = bin === 0 ? 0 : bin > LAST_KEY ? -1 : 1;
    if (sign < 0) bin -= NEGATIVE;
    const extents = this.list;
    let found: Extent | undefined;
    let hasMain = false;
    for (let i = 0; i < extents.length; i++) {
      const extent = extents[i]!;
      const at = bin - extent.first;
      if (extent.sign === sign && at >= 0 && at < extent.cells.length - SUMS) {
        found = extent;
        break;
      }
      hasMain ||= extent.sign !== 0;
    }
    if (found === undefined) {
      // The zero bin; at first the decades before, of and after the bin's; later its own. They never overlap.
      const decade = Math.floor((bin - 1) / DECADE);
      const from = hasMain ? decade : Math.min(Math.max(decade - 1, 0), 253);
      const length = SUMS + (sign === 0 ? 1 : hasMain ? DECADE : MAIN_BINS);
      const cells = this.source === undefined ? new Float64Array(length) : this.source.allocate(length);
      found = { sign, first: sign === 0 ? 0 : 1 + from * DECADE, cells };
      this.adopt([...extents, found]);
    }
    const { cells, first } = found;
    const at = bin - first;
    const sum = cells.length - SUMS + (at & (SUMS - 1));
    const taken = Math.min(count, MAX_COUNT - cells[at]!);
    cells[at]! += taken;
    cells[sum]! += value * taken;
    return taken;
  }

  private mergeExtent(from: Extent): void {
    let into = twin(this.list, from);
    if (into === undefined && !overlaps(this.list, from) && total([from]) > 0) {
      const length = from.cells.length;
      into = { ...from, cells: this.source?.allocate(length) ?? new Float64Array(length) };
      this.adopt([...this.list, into]);
    }
    if (into === undefined) walk([from], (key, count) => this.add(key, 0, count));
    else addCells(into.cells, from.cells);
  }

  private adopt(extents: readonly Extent[]): void {
    this.list = [...extents].sort((a, b) => a.sign * a.first - b.sign * b.first);
    const main = extents.find((extent) => extent.cells.length === MAIN_BINS + SUMS);
    if (main !== undefined) {
      this.main = main.cells;
      this.mainKey = firstKey(main);
    }
  }

  private addToSum(value: number): void {
    const cells = this.list[0]?.cells;
    if (cells !== undefined) cells[cells.length - 1]! += value;
  }
}

/** Whether a number is the signed key of a bin. */
function isKey(key: number): boolean {
  return key >= 0 && (key <= LAST_KEY || (key > NEGATIVE && key <= NEGATIVE + LAST_KEY));
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0;
}

function invalid(message: string): MetricsError {
  return new MetricsError('invalid_option', message);
}
