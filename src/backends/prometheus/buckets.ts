import type { Capture } from '../../collect/snapshot.js';
import { type Bin, binEdge, binOf } from '../../histogram/index.js';
import type { Series } from '../../record/series.js';
import { type Unit, unitInfo } from '../../record/units.js';
import { canonicalNumber } from './numbers.js';

/** Upper bounds of cumulative buckets, and where they lie among the bins. */
export interface Schedule {
  /** By which what was made for it is known; above 0. */
  readonly id: number;
  /** What stands after `le="` for each bucket, `0.001"} ` and so on; the last one is `+Inf`. */
  readonly ends: readonly string[];
  /** For each bucket but the last the position of its last bin, ascending; see {@link position}. */
  readonly last: readonly number[];
  /** Whether a bound is negative. */
  readonly negative: boolean;
  /** What {@link cumulate} found last: samples at or below each bound, then all. */
  readonly counts: Float64Array;
}

/** Bins in a decade, and the exponent of the first: how an extent numbers them ({@link Extent.first}). */
const decade = 90;
const lowest = -128;

/** Where a bin is on the real axis: 0 the zero bin, positive bins 1, 2, … by magnitude, negative ones −1, −2, … */
function position({ val, exp }: Bin): number {
  if (val === 0) return 0;
  return Math.sign(val) * (1 + decade * (exp - lowest) + (Math.abs(val) - 10));
}

/**
 * Buckets with these upper bounds. A bound that is no edge between bins becomes the next edge above, so that no bin
 * is split and each count is exactly that of its `le`. Positive bins begin with their lower edge: a sample that is
 * on a positive bound is in the bucket above.
 * @param id of no other schedule
 */
export function scheduleOf(id: number, bounds: readonly number[]): Schedule {
  const found = new Map<number, number>();
  for (const bound of bounds) {
    const bin = binOf(bound);
    if (bin === undefined) continue;
    const edge = binEdge(bin);
    const at = position(bin);
    // A negative bin ends, and a positive one begins, with its edge. The double nearest an edge may be just above it.
    const atEdge = edge === bound || Math.abs(edge - bound) < Math.abs(bound) * 1e-13;
    if (bound <= 0) found.set(at, bin.val === 0 ? 0 : decimal(bin.val, bin.exp));
    else if (bin.val === 0) found.set(0, 0);
    else if (atEdge) found.set(at - 1, decimal(bin.val, bin.exp));
    else found.set(at, decimal(bin.val + 1, bin.exp));
  }
  const sorted = [...found].sort(([a], [b]) => a - b);
  return {
    id,
    ends: [...sorted.map(([, edge]) => edge), Number.POSITIVE_INFINITY].map(
      (edge) => `${canonicalNumber(edge)}"} `,
    ),
    last: sorted.map(([at]) => at),
    negative: sorted.some(([, edge]) => edge < 0),
    counts: new Float64Array(sorted.length + 1),
  };
}

/** val/10 × 10^exp as the nearest double, which has the shortest form. */
function decimal(val: number, exp: number): number {
  return Number(`${val}e${exp - 1}`);
}

/**
 * Counts how many samples of a series are at or below each bound, and in all; the numbers stay until the next call.
 * Reads the copy of the cells as it is, because a histogram object for each series takes several times as long.
 * @returns the sum of the samples
 */
export function cumulate(capture: Capture, series: Series, { last, counts }: Schedule): number {
  counts.fill(0);
  let bucket = 0;
  let total = 0;
  // Extents ascend on the real axis, so each bucket is entered once.
  for (const { sign, first, cells } of capture.extents(series)) {
    const copy = capture.block(cells);
    // Its block is younger than the copy, so it was empty.
    if (copy === undefined) continue;
    // The last cell is not a bin but the extent's sum.
    const bins = cells.length - 1;
    // From the beginning of its block; a buffer that threads share has many.
    const begin = (cells.byteOffset / cells.BYTES_PER_ELEMENT) % copy.length;
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
  // It is not known where samples came by bins.
  return Number.isNaN(total) ? capture.histogram(series).sum() : total;
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

/** 1, 2.5 and 5 × 10^k from 10^from to 5 × 10^to. */
function steps(from: number, to: number): number[] {
  const bounds: number[] = [];
  for (let power = from; power <= to; power++) {
    for (const digits of [10, 25, 50]) bounds.push(decimal(digits, power));
  }
  return bounds;
}

/** Powers of ten that are usual in services for what is measured in a unit; a share ends at the whole. */
const ranges: Readonly<Record<string, readonly [from: number, to: number]>> = {
  seconds: [-4, 1],
  minutes: [-3, 2],
  hours: [-3, 2],
  days: [-3, 2],
  bytes: [2, 9],
  bits: [2, 9],
  hertz: [0, 9],
  requests: [0, 6],
  responses: [0, 6],
  messages: [0, 6],
  packets: [0, 6],
  transactions: [0, 6],
  tuples: [0, 6],
};
const whole: Readonly<Record<string, readonly number[]>> = {
  ratio: [...steps(-3, -1), 1],
  percent: [...steps(-1, 1), 100],
  celsius: [-50, -25, -10, -5, -2.5, 0, 2.5, 5, 10, 25, 50, 100, 250, 500],
};
/** For numbers of which nothing is known. */
const anything = [-3, 5] as const;

/** Buckets for what is measured in a unit: for seconds 18 from 0.0001 to 50, for milliseconds from 0.1 to 50,000. */
export function defaultBounds(unit: Unit | undefined): readonly number[] {
  const info = unit === undefined ? undefined : unitInfo(unit);
  if (info === undefined) return steps(...anything);
  const { base, factor } = info;
  const shift = Math.round(Math.log10(factor));
  const [from, to] = ranges[base] ?? anything;
  return whole[base] ?? steps(from - shift, to - shift);
}
