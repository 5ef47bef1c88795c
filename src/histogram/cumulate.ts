import { MetricsError } from '../errors.js';
import { binEdge, binOf } from './bin.js';
import { areBounds } from './bounds.js';
import { type Extent, SUMS } from './extents.js';
import { positionOf } from './quantile.js';

/** Upper bounds, ascending, and for each the position of its last bin. */
export interface Edges {
  /** The bounds. */
  readonly list: readonly number[];
  /** The positions: 0 for the zero bin, from there on 1 and −1 and so on by magnitude. */
  readonly last: readonly number[];
}

/**
 * Bounds that nobody declared, made of whole bins: one that is no edge between bins becomes the next edge above.
 *
 * @param inclusive whether a positive bin that begins at a bound counts as at or below it
 */
export function edgesOf(bounds: readonly number[], inclusive: boolean): Edges {
  if (bounds.length > 0 && !areBounds(bounds)) {
    throw new MetricsError('invalid_option', 'Bounds are ascending finite numbers, such as [0.1, 1, 10].');
  }
  const found = new Map<number, number>();
  for (const bound of bounds) {
    const bin = binOf(bound);
    if (bin === undefined) continue;
    const at = positionOf(bound);
    const edge = binEdge(bin);
    // A negative bin ends, and a positive one begins, with its edge. The double nearest an edge may be just above it.
    const atEdge = edge === bound || Math.abs(edge - bound) < Math.abs(bound) * 1e-13;
    const below = inclusive ? 0 : 1;
    if (bound <= 0) found.set(at, bin.val === 0 ? 0 : decimal(bin.val, bin.exp));
    else if (bin.val === 0) found.set(0, 0);
    else if (atEdge) found.set(at - below, decimal(bin.val, bin.exp));
    else found.set(at + 1 - below, decimal(bin.val + 1, bin.exp));
  }
  const sorted = [...found].sort(([a], [b]) => a - b);
  return { list: sorted.map(([, edge]) => edge), last: sorted.map(([at]) => at) };
}

/** val/10 × 10^exp as the nearest double, which has the shortest form. */
function decimal(val: number, exp: number): number {
  return Number(`${val}e${exp - 1}`);
}

/** Each bound and how many samples are in bins up to it. @param exact may change what bins say of the bounds */
export function pairs(
  extents: readonly Extent[],
  { list, last }: Edges,
  exact?: (counts: Float64Array) => void,
): [bound: number, count: number][] {
  const counts = new Float64Array(list.length + 1);
  cumulate(extents, last, counts, (cells) => cells);
  exact?.(counts);
  return list.map((bound, i) => [bound, counts[i]!]);
}

/**
 * Counts how many samples are in bins up to each of some positions, and in all.
 *
 * @param last the positions, ascending
 * @param counts one more than positions, which are set: cumulative, the last one all samples
 * @param copyOf where the numbers are to be read: a copy of the block that cells lie in, at the same offset from its
 *   beginning, or the cells themselves; `undefined` where nothing was there when it was copied
 * @returns the sum of the extents' sums; NaN if it is not known
 */
export function cumulate(
  extents: readonly Extent[],
  last: readonly number[],
  counts: Float64Array,
  copyOf: (cells: Float64Array) => Float64Array | undefined,
): number {
  counts.fill(0);
  let bucket = 0;
  let total = 0;
  // Extents ascend on the real axis, so each bucket is entered once.
  for (const { sign, first, cells } of extents) {
    const copy = copyOf(cells);
    if (copy === undefined) continue;
    const bins = cells.length - SUMS;
    const begin = beginningIn(copy, cells);
    total += copy[begin + bins]!;
    let at = sign < 0 ? 1 - first - bins : first;
    const end = at + bins;
    // Where in the copy position 0 would be; bins of negative numbers descend.
    const zero = sign < 0 ? begin + end - 1 : begin - at;
    while (at < end) {
      while (bucket < last.length && last[bucket]! < at) bucket++;
      const stop = bucket < last.length ? Math.min(end, last[bucket]! + 1) : end;
      counts[bucket]! +=
        sign < 0 ? sumOf(copy, zero - stop + 1, zero - at + 1) : sumOf(copy, zero + at, zero + stop);
      at = stop;
    }
  }
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
  return total;
}

/** Where in a copy of the block that cells lie in they begin; a buffer that threads share has many blocks. */
export function beginningIn(copy: Float64Array, cells: Float64Array): number {
  return copy === cells ? 0 : (cells.byteOffset / cells.BYTES_PER_ELEMENT) % copy.length;
}

/** The sum of some cells. Four at a time, because an addition has to wait for the one before. */
function sumOf(cells: Float64Array, from: number, to: number): number {
  let at = from;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (; at < to - 3; at += 4) {
    a += cells[at]!;
    b += cells[at + 1]!;
    c += cells[at + 2]!;
    d += cells[at + 3]!;
  }
  for (; at < to; at++) a += cells[at]!;
  return a + b + (c + d);
}
