import type { Capture } from '../../collect/snapshot.js';
import { type Bounds, beginningIn, cumulate, type Edges } from '../../histogram/index.js';
import type { Series } from '../../record/series.js';
import { type Unit, unitInfo } from '../../record/units.js';
import { canonicalNumber } from './numbers.js';

/** Upper bounds of cumulative buckets, and where they lie among the bins. */
export interface Schedule {
  /** By which what was made for it is known; above 0. */
  readonly id: number;
  /** What stands after `le="` for each bucket, `0.001"} ` and so on; the last one is `+Inf`. */
  readonly ends: readonly string[];
  /** For each bucket but the last the position of its last bin, ascending. */
  readonly last: readonly number[];
  /** The same bounds where the metric has declared them, so that its series count them exactly. */
  readonly declared: Bounds | undefined;
  /** Whether a bound is negative. */
  readonly negative: boolean;
  /** What {@link countBuckets} found last: samples at or below each bound, then all. */
  readonly counts: Float64Array;
}

/**
 * Buckets with these upper bounds.
 * @param id of no other schedule
 */
export function scheduleOf(id: number, { list, last }: Edges, declared?: Bounds): Schedule {
  return {
    id,
    ends: [...list, Number.POSITIVE_INFINITY].map((bound) => `${canonicalNumber(bound)}"} `),
    last,
    declared,
    negative: list.some((bound) => bound < 0),
    counts: new Float64Array(list.length + 1),
  };
}

/**
 * Counts how many samples of a series are at or below each bound, and in all; the numbers stay until the next call.
 * Reads the copy of the cells as it is, because a histogram object for each series takes several times as long.
 * @returns the sum of the samples
 */
export function countBuckets(capture: Capture, series: Series, schedule: Schedule): number {
  const { last, counts, declared } = schedule;
  const copyOf = (cells: Float64Array): Float64Array | undefined => capture.block(cells);
  const sum = cumulate(capture.extents(series), last, counts, copyOf);
  if (declared !== undefined) {
    const splits = capture.splits(series);
    const copy = copyOf(splits);
    if (copy !== undefined) declared.takeAbove(counts, copy, beginningIn(copy, splits));
  }
  // It is not known where samples came by bins.
  return Number.isNaN(sum) ? capture.histogram(series).sum() : sum;
}

/** 1, 2.5 and 5 × 10^k from 10^from to 5 × 10^to. */
function steps(from: number, to: number): number[] {
  const bounds: number[] = [];
  for (let power = from; power <= to; power++) {
    for (const digits of [10, 25, 50]) bounds.push(Number(`${digits}e${power - 1}`));
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
