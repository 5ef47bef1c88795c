import { folds, isFolded } from './algebra.js';
import { keyOf, keyOfScaled, valueOfScaled } from './bin.js';
import { Bins } from './bins.js';
import { Bounds } from './bounds.js';
import { type BucketMode, bucketSamples } from './buckets.js';
import { pairs } from './cumulate.js';
import {
  type CellSource,
  countAt,
  type Extent,
  findExtent,
  firstKey,
  type HistogramSettings,
  isCount,
  MAIN_BINS,
  MAX_COUNT,
} from './extents.js';
import { installSplitRecord, NO_MAIN } from './record.js';
import { decodeBase64, decodeBytes, type Entry, parseStrings } from './serialize.js';
import {
  cap,
  countAbove,
  countsIn,
  lose,
  mergeSplits,
  type Splits,
  shareSplits,
  subtractSplits,
} from './splits.js';
import { LAST_KEY, tables } from './tables.js';

/**
 * A log-linear histogram: a bin for every two significant decimal digits from ±1e-128 to ±9.9e127, and one for
 * zero, bin for bin those of libcircllhist. So any two add up exactly, whoever made them, and a quantile is in the
 * bin of the sample it stands for: 1 to 10 % wide. See Hartmann and Schlossnagle, Circllhist, 2020 (arXiv:2001.06561).
 *
 * Values are in whatever unit the caller has; counts are integers, exact to 2^53, where they stay.
 *
 * With `bounds`, counts at or below these are exact as well, whatever the values: see `buckets`.
 *
 * @example
 * const latency = new LogLinearHistogram();
 * latency.record(0.0125);
 * latency.quantile([0.5, 0.99]);
 */
export class LogLinearHistogram extends Bins {
  /** @internal What all copies of the class have alike: programs end up with two copies of a package. */
  static get brand(): symbol {
    return Symbol.for('circmetrics.histogram');
  }

  /** `instanceof` is true for the histograms of another copy of the package as well; all of them merge. */
  static override [Symbol.hasInstance](value: unknown): value is LogLinearHistogram {
    if (typeof value !== 'object' || value === null) return false;
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits the method, but has only its own instances.
    if (this !== LogLinearHistogram) return Function.prototype[Symbol.hasInstance].call(this, value);
    return (
      (value.constructor as { readonly brand?: unknown } | undefined)?.brand === LogLinearHistogram.brand
    );
  }

  /**
   * @param settings bounds to count exactly, and where the numbers shall live; neither unless given
   * @throws MetricsError `invalid_option`: bounds that are not ascending finite numbers, or more than 2,000
   */
  constructor(settings: HistogramSettings = {}) {
    const source = settings.allocate === undefined ? undefined : (settings as CellSource);
    super(source);
    if (settings.bounds === undefined || (new.target as object) === SplitHistogram) return;
    // Of another class, whose `record` has one more thing to do; this one's never sees it.
    // biome-ignore lint/correctness/noConstructorReturn: a host need not know of two classes
    return new SplitHistogram(new Bounds(settings.bounds), source);
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
    return new LogLinearHistogram().over(extents, relocate);
  }

  /** A histogram of the same samples and with the same bounds, in arrays of its own. */
  clone(): LogLinearHistogram {
    return this.over(this.list, (cells) => new Float64Array(cells));
  }

  /** @internal This one as it stands, or stood, in a copy of its cells. */
  over(extents: readonly Extent[], relocate: (cells: Float64Array) => Float64Array): LogLinearHistogram {
    const histogram = this.empty(relocate);
    histogram.adopt(extents.map(({ sign, first, cells }) => ({ sign, first, cells: relocate(cells) })));
    return histogram;
  }

  /** One without bins, and with the same bounds: its splits are in a copy of this one's. */
  protected empty(_relocate: (cells: Float64Array) => Float64Array): LogLinearHistogram {
    return new LogLinearHistogram();
  }

  /**
   * @internal Some of this one's samples: as many of each bin as another has, which has no more. Where that one does not
   * say on which sides of the bounds they are, each side keeps its share.
   */
  part(bins: LogLinearHistogram): LogLinearHistogram {
    return bins;
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

  /** Reads {@link toBase64}'s form; white space is skipped. @throws as {@link fromBytes}, and if it is not base64 */
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
   *   its upper bound is positive, and else open. ±Infinity is open, too; samples of a bucket that lies wholly at
   *   ±1e128 or beyond are in no bin
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
}

/**
 * One with bounds; see {@link Bounds}. A class of its own, because V8 makes the most of functions that see one shape.
 *
 * @internal
 */
export class SplitHistogram extends LogLinearHistogram implements Splits {
  readonly declared: Bounds;
  readonly splits: Float64Array;
  /** Of the main extent; any array before there is one. */
  limits: Float64Array;

  /** @param splits cells of a copy, or zeros */
  constructor(
    declared: Bounds,
    source: CellSource | undefined,
    splits: Float64Array = source?.allocate(declared.cells, -1) ?? new Float64Array(declared.cells),
  ) {
    super(source);
    installSplitRecord(SplitHistogram.prototype, tables());
    this.declared = declared;
    this.splits = splits;
    this.limits = splits;
  }

  override get bounds(): readonly number[] {
    return this.declared.list;
  }

  override get inexact(): readonly number[] {
    return this.declared.inexact(this.splits);
  }

  override buckets(): [bound: number, count: number][] {
    return pairs(this.list, this.declared, (counts) => this.declared.takeAbove(counts, this.splits, 0));
  }

  /** @internal */
  protected override printedAs(): string {
    return LogLinearHistogram.name;
  }

  override recordScaled(integer: number | bigint, scale: number, count = 1): number {
    const key = keyOfScaled(integer, scale);
    if (key < 0) return 0;
    const value = valueOfScaled(integer, scale);
    return this.put(key, value, count, this.declared.splitOf(key, value, integer, scale));
  }

  split(at: number, value: number, count: number): void {
    const { next } = this.declared;
    let split = this.limits[MAIN_BINS + at]! | 0;
    while (value > next[split]!) split++;
    this.splits[split]! += count;
  }

  addValue(key: number, value: number, count: number): number {
    const bin = key > 0 && key <= LAST_KEY ? key : typeof value === 'number' ? keyOf(value) : -1;
    return this.put(bin, value, count, this.declared.splitOf(bin, value));
  }

  /** @param split -1 for none */
  private put(key: number, value: number, count: number, split: number): number {
    const extent = split < 0 ? undefined : findExtent(this.list, key);
    if (extent === undefined || !isCount(count)) {
      const taken = key < 0 ? 0 : this.add(key, value, count);
      if (split >= 0) this.splits[split]! += taken;
      return taken;
    }
    const { splits } = this;
    const { cells } = extent;
    const at = key - firstKey(extent);
    const taken = Math.min(count, MAX_COUNT - cells[at]!);
    // As in `record`: next to each other, the split first.
    splits[split]! += taken;
    cells[at]! += taken;
    cells[cells.length - 1]! += value * taken;
    return taken;
  }

  override remove(value: number, count = 1): number {
    const key = typeof value === 'number' ? keyOf(value) : -1;
    const bin = this.declared.bin(key);
    if (bin === undefined) return super.remove(value, count);
    const split = this.declared.splitOf(key, value);
    const there = countAt(this.list, key);
    const own = split < 0 ? there - countAbove(this.splits, bin) : this.splits[split]!;
    const taken = super.remove(value, isCount(count) ? Math.min(count, own) : count);
    if (split >= 0) this.splits[split]! -= taken;
    cap(this, bin, there - taken);
    return taken;
  }

  override merge(other: LogLinearHistogram): this {
    const before = countsIn(this.list, this.declared);
    const others = countsIn(other.extents, this.declared);
    super.merge(other);
    mergeSplits(this, other, before, others);
    return this;
  }

  override subtract(other: LogLinearHistogram): boolean {
    const before = countsIn(this.list, this.declared);
    const others = countsIn(other.extents, this.declared);
    const enough = super.subtract(other);
    if (subtractSplits(this, other, before, others)) return enough;
    this.addToSum(Number.NaN);
    return false;
  }

  override clamp(lower: number, upper: number): this {
    super.clamp(lower, upper);
    for (const bin of this.declared.bins) cap(this, bin, countAt(this.list, bin.key));
    return this;
  }

  override compress(mbe: number): this {
    const moves = folds(this.list, mbe);
    super.compress(mbe);
    if (moves) for (const bin of this.declared.bins) if (isFolded(bin.key, mbe)) lose(this, bin);
    return this;
  }

  override downsample(factor: number, random?: () => number): this {
    const before = this.clone() as SplitHistogram;
    super.downsample(factor, random);
    shareSplits(this, before);
    return this;
  }

  override cells(): readonly Float64Array[] {
    return [...super.cells(), this.splits];
  }

  override part(bins: LogLinearHistogram): LogLinearHistogram {
    if ((bins as unknown as Partial<Splits>).declared === this.declared) return bins;
    const part = new SplitHistogram(this.declared, undefined);
    part.adopt(bins.clone().extents);
    shareSplits(part, this);
    return part;
  }

  protected override empty(relocate: (cells: Float64Array) => Float64Array): LogLinearHistogram {
    return new SplitHistogram(this.declared, undefined, relocate(this.splits));
  }

  protected override adopt(extents: readonly Extent[]): void {
    super.adopt(extents);
    if (this.mainKey !== NO_MAIN) this.limits = this.declared.lane(this.mainKey);
  }
}
