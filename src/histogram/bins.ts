import { MetricsError } from '../errors.js';
import { coarser, isOutside, mergeExtents, rewrite, subtractCounts } from './algebra.js';
import { keyOf, keyOfScaled, NEGATIVE, valueOfScaled } from './bin.js';
import { Distribution } from './distribution.js';
import {
  type CellSource,
  type Extent,
  findExtent,
  firstKey,
  holds,
  isCount,
  MAIN_BINS,
  MAX_COUNT,
  SUMS,
} from './extents.js';
import type { LogLinearHistogram } from './histogram.js';
import { installRecord, NO_MAIN, type Recording } from './record.js';
import { binomial } from './sample.js';
import type { Entry } from './serialize.js';
import { DECADE, LAST_KEY, tables } from './tables.js';

/** A distribution that can be changed, bin by bin: where its extents are, and how they grow. */
export abstract class Bins extends Distribution implements Recording {
  /** @internal */
  main: Float64Array;
  /** @internal */
  mainKey: number = NO_MAIN;
  private readonly source: CellSource | undefined;

  /**
   * Records a value so many times (1 if not said). Never throws, and takes nothing of NaN, ±Infinity, magnitudes of
   * 1e128 and more, what is not a number, or a count that is not an integer from 0 on.
   *
   * @returns how many samples it took: `count`; 0; or what was left to 2^53 in that bin
   */
  declare readonly record: (value: number, count?: number) => number;

  constructor(source: CellSource | undefined) {
    super();
    const built = tables();
    installRecord(Bins.prototype, built);
    this.main = built.double;
    this.source = source;
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
   * Takes samples of a value's bin away again, as many as there are at most, and the value off `recordedSum` for each;
   * of a bin with bounds only those on the value's own side of them. Never throws. @returns how many it took away
   */
  remove(value: number, count = 1): number {
    const key = isNumber(value) && isCount(count) ? keyOf(value) : -1;
    const extent = key < 0 ? undefined : findExtent(this.list, key);
    if (extent === undefined) return 0;
    const { cells } = extent;
    const at = key - firstKey(extent);
    const taken = Math.min(count, cells[at]!);
    cells[at]! -= taken;
    cells[cells.length - 1]! -= value * taken;
    return taken;
  }

  /** Adds the samples of another histogram, or its own once more. @returns this */
  merge(other: LogLinearHistogram): this {
    const sum = other.recordedSum ?? Number.NaN;
    mergeExtents(
      () => this.list,
      other.extents,
      (key, count) => this.add(key, 0, count),
    );
    this.addToSum(sum);
    return this;
  }

  /** Takes away the samples of another, bin by bin and down to 0. @returns false if some bin, or a side of a bound, had too few for that */
  subtract(other: LogLinearHistogram): boolean {
    const sum = other.recordedSum ?? Number.NaN;
    const enough = subtractCounts(this.list, other.extents);
    this.addToSum(enough ? -sum : Number.NaN);
    return enough;
  }

  /**
   * Drops the bins that are wholly outside lower … upper (`hist_clamp`). @returns this
   *
   * @throws MetricsError `invalid_option`: a limit that is not a number
   */
  clamp(lower: number, upper: number): this {
    if (!(isNumber(lower) && isNumber(upper))) throw invalid('clamp', 'numbers');
    if (rewrite(this.list, (key, count) => (isOutside(key, lower, upper) ? 0 : count)))
      this.addToSum(Number.NaN);
    return this;
  }

  /**
   * Folds bins: those below 10^mbe into zero, those of 10^mbe … 10^(mbe + 1) into nine of one digit each
   * (`hist_compress_mbe`). Counts at bounds below 10^(mbe + 1) are only those of bins afterwards. @returns this
   *
   * @param mbe the least exponent told from zero: an integer
   * @throws MetricsError `invalid_option`: an exponent that is not an integer
   */
  compress(mbe: number): this {
    if (!Number.isInteger(mbe)) throw invalid('compress', 'integers');
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
   * Keeps each sample with a probability: a binomially distributed number of each bin (`hist_downsample`). The two
   * sides of a bound keep the same share of a bin. @returns this
   *
   * @param factor the probability; below 0 is taken for 0, above 1 for 1
   * @param random gives numbers from 0 to below 1, one or two a bin
   * @throws MetricsError `invalid_option`: a factor that is not a number
   */
  downsample(factor: number, random: () => number = Math.random): this {
    if (!isNumber(factor)) throw invalid('downsample', 'numbers');
    const p = Math.min(Math.max(factor, 0), 1);
    if (rewrite(this.list, (_, count) => binomial(count, p, random))) this.addToSum(Number.NaN);
    return this;
  }

  /** Drops all samples; the extents stay. */
  clear(): void {
    for (const cells of this.cells()) cells.fill(0);
  }

  /** @internal All the cells that it has. */
  cells(): readonly Float64Array[] {
    return this.list.map(({ cells }) => cells);
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
    if (bin < 0 || (bin > LAST_KEY && bin <= NEGATIVE)) bin = typeof value === 'number' ? keyOf(value) : -1;
    if (bin < 0 || typeof count !== 'number' || !(count > 0) || !Number.isInteger(count)) return 0;
    const sign = bin === 0 ? 0 : bin > LAST_KEY ? -1 : 1;
    if (sign < 0) bin -= NEGATIVE;
    const extents = this.list;
    const where = sign < 0 ? -bin : bin;
    // The last extent that does not begin, on the real axis, after the bin.
    let low = 0;
    for (let high = extents.length; low < high; ) {
      const middle = (low + high) >> 1;
      const { sign: side, first, cells } = extents[middle]!;
      if ((side < 0 ? 1 + SUMS - first - cells.length : first) <= where) low = middle + 1;
      else high = middle;
    }
    let found = extents[low - 1];
    if (found === undefined || !holds(found, sign, bin)) {
      // The zero bin; at first the decades before, of and after the bin's; later its own. They never overlap.
      const hasMain = extents.some((extent) => extent.sign !== 0);
      const decade = Math.floor((bin - 1) / DECADE);
      const from = hasMain ? decade : Math.min(Math.max(decade - 1, 0), 253);
      const length = SUMS + (sign === 0 ? 1 : hasMain ? DECADE : MAIN_BINS);
      const first = sign === 0 ? 0 : 1 + from * DECADE;
      const cells = this.source?.allocate(length, sign < 0 ? first + NEGATIVE : first);
      found = { sign, first, cells: cells ?? new Float64Array(length) };
      this.adopt([...extents, found]);
    }
    const { cells, first } = found;
    const at = bin - first;
    const taken = Math.min(count, MAX_COUNT - cells[at]!);
    cells[at]! += taken;
    cells[cells.length - 1]! += value * taken;
    return taken;
  }

  /** @internal Takes extents for its own, in any order. */
  protected adopt(extents: readonly Extent[]): void {
    this.list = [...extents].sort((a, b) => a.sign * a.first - b.sign * b.first);
    const main = extents.find((extent) => extent.cells.length === MAIN_BINS + SUMS);
    if (main !== undefined) {
      this.main = main.cells;
      this.mainKey = firstKey(main);
    }
  }

  /** @internal */
  addToSum(value: number): void {
    const cells = this.list[0]?.cells;
    if (cells !== undefined) cells[cells.length - 1]! += value;
  }
}

function isNumber(x: number): boolean {
  return typeof x === 'number' && !Number.isNaN(x);
}

function invalid(method: string, what: string): MetricsError {
  return new MetricsError('invalid_option', `The arguments of ${method} are ${what}.`);
}
