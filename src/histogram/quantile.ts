import { MetricsError } from '../errors.js';
import { binEdge, binOfKey, binWidth, keyOf, midpoint, NEGATIVE, valueOfScaled } from './bin.js';
import { BLOCK, type Extent, SUMS, sumBlock, total, walk } from './extents.js';
import { DECADE, LAST_KEY, tables } from './tables.js';

/** Which sample is the q-quantile; see Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996. */
export interface QuantileOptions {
  /** 1 (default): sample number ceil(q × n). 7: sample number floor(q × (n − 1)) + 1. */
  readonly type?: 1 | 7;
}

/**
 * The quantiles of ascending q, as libcircllhist (`hist_approx_quantile`, `…quantile7`): the k-th of n samples in a
 * bin is taken to be at k/(n+1) of its width, where the k-th of n uniformly distributed samples is expected.
 */
export function quantiles(extents: readonly Extent[], qs: readonly number[], type: number): number[] {
  let last = 0;
  for (const q of qs) {
    if (typeof q !== 'number' || !(q >= last && q <= 1)) {
      throw new MetricsError(
        'invalid_quantile',
        `Quantiles are ascending numbers from 0 to 1, and ${String(q)} is not.`,
      );
    }
    last = q;
  }
  if (type !== 1 && type !== 7) throw new MetricsError('invalid_option', 'A quantile is of type 1 or 7.');
  const size = total(extents);
  if (size === 0) return Array.from(qs, () => Number.NaN);

  const result: number[] = [];
  let wanted = rank(qs[0], size, type);
  let upTo = 0;
  for (const { cells, sign, first } of extents) {
    const last = cells.length - SUMS - 1;
    for (let i = 0; i <= last; i++) {
      // Past ten bins at once where none of them is wanted.
      while (i <= last + 1 - BLOCK) {
        const next = upTo + sumBlock(cells, sign < 0 ? last + 1 - BLOCK - i : i);
        if (!(next < wanted)) break;
        upTo = next;
        i += BLOCK;
      }
      if (i > last) break;
      const at = sign < 0 ? last - i : i;
      const count = cells[at]!;
      const below = upTo;
      upTo += count;
      if (upTo < wanted || count === 0) continue;
      const index = first + at - 1;
      const val = 10 + (index % DECADE);
      while (wanted <= upTo) {
        const within = type === 1 ? Math.max(Math.ceil(wanted - below), 1) : wanted - below;
        // In widths of the bin, of which the lower end is a whole number.
        const place = (sign < 0 ? -val - 1 : val) * (count + 1) + within;
        result.push(sign === 0 ? 0 : scaled(place, count + 1, ((index / DECADE) | 0) - 129));
        wanted = rank(qs[result.length], size, type);
      }
      if (result.length === qs.length) return result;
    }
  }
  // Beyond 2^53 samples the last rank may be rounded to more than there are.
  while (result.length < qs.length) result.push(range(extents)[1]);
  return result;
}

/** numerator / denominator × 10^scale, rounded once where the doubles are exact: so that it prints as few digits as it has. */
function scaled(numerator: number, denominator: number, scale: number): number {
  const power = tables().powers[128 + Math.abs(scale)]!;
  if (scale < -22 || scale > 22) return Number(`${numerator / denominator}e${scale}`);
  return scale < 0 ? numerator / (denominator * power) : (numerator * power) / denominator;
}

/** How many samples are up to the quantile; NaN, which nothing reaches, after the last one. */
function rank(q: number | undefined, size: number, type: number): number {
  if (q === undefined) return Number.NaN;
  return type === 1 ? size * q : Math.floor((size - 1) * q + 1);
}

/**
 * Lower and upper end of a bin on the real axis: the doubles nearest to them, which print as their few digits. The
 * reference multiplies, and ends up to two doubles beside them.
 */
export function bounds(key: number): [number, number] {
  if (key === 0) return [-1e-128, 1e-128];
  const { val, exp } = binOfKey(key);
  const [near, far] = [valueOfScaled(val, exp - 1), valueOfScaled(val + Math.sign(val), exp - 1)];
  return val < 0 ? [far, near] : [near, far];
}

/** The share of samples below a value, by `hist_approx_inverse_quantile`: linear within a bin. */
export function inverseQuantile(extents: readonly Extent[], x: number): number {
  let below = 0;
  let size = 0;
  walk(extents, (key, count) => {
    const [lower, upper] = bounds(key);
    if (x >= upper) below += count;
    else if (x >= lower && key !== 0) below += ((x - lower) / (upper - lower)) * count;
    size += count;
  });
  return Number.isNaN(x) ? x : below / size;
}

/** Position of a signed key on the real axis. */
export function position(key: number): number {
  return key > LAST_KEY ? NEGATIVE - key : key;
}

/** Position of a value's bin on the real axis; ±Infinity for what is beyond all bins, NaN for NaN. */
export function positionOf(x: number): number {
  const key = keyOf(x);
  if (key >= 0) return position(key);
  // In a gap below a power of ten (see tables.ts) it is the bin above that a threshold means.
  return Math.abs(x) < 1e128 ? positionOf(x * (1 + 2e-14)) : x * Infinity;
}

/** Sum of f(midpoint) × count over all bins, ascending as the reference adds them up. */
export function weigh(extents: readonly Extent[], f: (midpoint: number) => number): number {
  let sum = 0;
  walk(extents, (key, count) => {
    const bin = binOfKey(key);
    sum += (key === 0 ? f(0) : f(midpoint(binEdge(bin), Math.sign(bin.val) * binWidth(bin)))) * count;
  });
  return sum;
}

export function stddev(extents: readonly Extent[]): number {
  const size = total(extents);
  return Math.sqrt(weigh(extents, (x) => x * x) / size - (weigh(extents, (x) => x) / size) ** 2);
}

export function moment(extents: readonly Extent[], k: number): number {
  const size = total(extents);
  return size === 0 ? Number.NaN : weigh(extents, (x) => x ** k) / size ** k;
}

/** Lower end of the lowest occupied bin and upper end of the highest; the zero bin's are 0. */
export function range(extents: readonly Extent[]): [number, number] {
  let lowest = Number.NaN;
  let highest = Number.NaN;
  walk(extents, (key) => {
    const [from, to] = key === 0 ? [0, 0] : bounds(key);
    if (Number.isNaN(lowest)) lowest = from;
    highest = to;
  });
  return [lowest, highest];
}

/** Samples in bins whose positions are in a closed range. */
export function countBetween(extents: readonly Extent[], from: number, to: number): number {
  let sum = 0;
  walk(extents, (key, count) => {
    const at = position(key);
    if (at >= from && at <= to) sum += count;
  });
  return sum;
}
