import { MetricsError } from '../errors.js';
import { binOf, binWidth, keyOf } from './bin.js';
import { MAX_COUNT } from './extents.js';
import type { Entry } from './serialize.js';

/**
 * Where in its bucket all samples of a foreign bucket are put: in the middle, at the harmonic mean of the bounds (the
 * least relative error), or in the outermost bin on the side of zero (`low`) or away from it (`high`).
 */
export type BucketMode = 'mid' | 'harmonicMean' | 'low' | 'high';

/** From here on nothing is recorded. */
const LIMIT = 1e128;
/** In the outermost bin. */
const LARGEST = 9.95e127;

export function bucketSamples(
  bounds: readonly number[],
  counts: readonly number[],
  mode: BucketMode,
): Entry[] {
  const place = PLACES[mode];
  if (place === undefined) {
    throw new MetricsError('invalid_option', `The mode is one of ${Object.keys(PLACES).join(', ')}.`);
  }
  const edges = Array.from(bounds ?? []);
  const buckets = Array.from(counts ?? []);
  // Upper bounds only, as Prometheus and OTLP give them: what is below the first starts at zero if it can.
  if (edges.length <= buckets.length) edges.unshift(edges[0]! > 0 ? 0 : -Infinity);
  if (edges.length === buckets.length) edges.push(Infinity);

  let spread = 0;
  const entries = buckets.map((count, i): Entry => {
    const lower = edges[i]!;
    const upper = edges[i + 1]!;
    const numbers = typeof lower === 'number' && typeof upper === 'number';
    if (!(numbers && lower <= upper && Number.isInteger(count) && count >= 0)) throw bad();
    const flip = Math.abs(lower) > Math.abs(upper) || upper < 0;
    let at = flip ? place(upper, lower) : place(lower, upper);
    // Open, as the reference has it: infinite, or out of its range where there are others beside it.
    const [below, above] = [
      lower === -Infinity || (i === 0 && buckets.length > 2 && lower <= -LIMIT),
      upper === Infinity || (i > 0 && upper >= LIMIT),
    ];
    // Of an open bucket only one bound means anything: go as far beyond it as the neighbour is wide.
    if (below) {
      const neighbour = (edges[i + 2] ?? upper) - upper;
      at = above ? 0 : upper - Math.min(neighbour, Math.abs(upper));
    } else if (above) at = lower + Math.min(spread, Math.abs(lower));
    if (below || above) at = Math.min(Math.max(at, -LARGEST), LARGEST);
    spread = upper - lower;
    // What is out of range altogether is in no bin.
    const key = lower >= LIMIT || upper <= -LIMIT ? -1 : keyOf(at);
    return [key, Math.min(count, MAX_COUNT)];
  });
  if (edges.length !== buckets.length + 1 || !bounds || !counts) throw bad();
  return entries;
}

function bad(): MetricsError {
  return new MetricsError(
    'invalid_histogram',
    'Bounds are ascending numbers, and counts integers from 0 on, one for each bucket.',
  );
}

/** Where in a bucket its samples go, given the bound nearest zero and the other one. */
const PLACES: Readonly<Record<BucketMode, (near: number, far: number) => number>> = {
  mid: (near, far) => (near + far) / 2,
  harmonicMean: (near, far) =>
    near + far === 0 ? 0 : near + (far - near) * (near === 0 ? 0.5 : near / (near + far)),
  low: (near) => near + sliver(near),
  // As the reference has it where the bound is out of range.
  high: (_, far) => (Math.abs(far) < LIMIT ? far - sliver(far) : Math.sign(far) * 1e127),
};

/** A hundredth of the width of the bin at x, away from zero. */
function sliver(x: number): number {
  const bin = binOf(x);
  return (bin === undefined ? 0 : binWidth(bin) / 100) * Math.sign(x);
}
