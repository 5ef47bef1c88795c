import { MetricsError } from '../errors.js';
import { binEdge, binOfKey, binWidth, midpoint, NEGATIVE } from './bin.js';
import { type Extent, SUMS, total, walk } from './extents.js';
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
    if (!(q >= last && q <= 1)) {
      throw new MetricsError(
        'invalid_quantile',
        `Quantiles are ascending numbers from 0 to 1, and ${String(q)} is not.`,
      );
    }
    last = q;
  }
  if (type !== 1 && type !== 7) throw new MetricsError('invalid_option', 'A quantile is of type 1 or 7.');
  const size = total(extents);
  if (size === 0) return qs.map(() => Number.NaN);

  const { powers } = tables();
  const result: number[] = [];
  let below = 0;
  let next = 0;
  const rank = (): number => (type === 1 ? size * qs[next]! : Math.floor((size - 1) * qs[next]! + 1));
  let wanted = qs.length > 0 ? rank() : Number.NaN;
  let left = Number.NaN;
  for (const extent of extents) {
    const { cells, sign } = extent;
    const end = cells.length;
    for (let i = SUMS; i < end; i++) {
      const at = sign < 0 ? end - 1 + SUMS - i : i;
      const count = cells[at]!;
      if (count === 0) continue;
      const upTo = below + count;
      while (wanted <= upTo) {
        const index = extent.first + at - SUMS - 1;
        const width = sign === 0 ? 0 : powers[(index / DECADE) | 0]! / 10;
        const edge =
          sign * ((10 + (index % DECADE)) / 10) * (width === 0 ? 0 : powers[(index / DECADE) | 0]!);
        left = sign < 0 ? edge - width : edge;
        const within = type === 1 ? Math.max(Math.ceil(wanted - below), 1) : wanted - below;
        result.push(width === 0 ? 0 : left + (within / (count + 1)) * width);
        if (++next === qs.length) return result;
        wanted = rank();
      }
      below = upTo;
    }
  }
  return result;
}

/** Lower and upper end of a bin on the real axis. */
export function bounds(key: number): [number, number] {
  if (key === 0) return [-1e-128, 1e-128];
  const bin = binOfKey(key);
  const edge = binEdge(bin);
  return key > LAST_KEY ? [edge - binWidth(bin), edge] : [edge, edge + binWidth(bin)];
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
  const variance = weigh(extents, (x) => x * x) / size - (weigh(extents, (x) => x) / size) ** 2;
  // Where all samples share a bin, rounding may leave a little less than nothing: NaN then, as in the reference.
  return Math.sqrt(variance);
}

/** Samples with a key in a closed range of positions. */
export function countBetween(extents: readonly Extent[], from: number, to: number): number {
  let sum = 0;
  for (const extent of extents) {
    const { cells, sign, first } = extent;
    for (let at = SUMS; at < cells.length; at++) {
      const where = sign * (first + at - SUMS);
      if (where >= from && where <= to) sum += cells[at]!;
    }
  }
  return sum;
}
