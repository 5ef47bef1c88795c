import { MetricsError } from '../errors.js';
import { binOf, binWidth, keyOf } from './bin.js';
import { MAX_COUNT } from './extents.js';
import type { Entry } from './serialize.js';

/**
 * Where in its bucket all samples of a foreign bucket are put: in the middle, at the harmonic mean of the bounds (the
 * least relative error), or in the outermost bin on the side of zero (`low`) or away from it (`high`).
 */
export type BucketMode = 'mid' | 'harmonicMean' | 'low' | 'high';

/** Beyond this nothing is recorded; a bound further out is as good as infinite. */
const LIMIT = 1e128;
/** In the outermost bin. */
const LARGEST = 9.95e127;

export function bucketSamples(
  bounds: readonly number[],
  counts: readonly number[],
  mode: BucketMode,
): Entry[] {
  if (typeof bounds?.length !== 'number' || typeof counts?.length !== 'number') {
    throw bad('Bounds and counts are lists of numbers');
  }
  const edges = Array.from(bounds, (bound) => Math.min(Math.max(bound, -LIMIT), LIMIT));
  // Upper bounds only, as Prometheus and OTLP give them: what is below the first starts at zero if it can.
  if (edges.length <= counts.length) edges.unshift(edges.length > 0 && edges[0]! > 0 ? 0 : -LIMIT);
  if (edges.length === counts.length) edges.push(LIMIT);
  if (edges.length !== counts.length + 1) throw bad('There is one count for each bucket between two bounds');

  let spread = 0;
  return Array.from(counts, (count, i) => {
    const lower = edges[i]!;
    const upper = edges[i + 1]!;
    if (!(lower <= upper)) throw bad('Bounds are ascending numbers');
    if (!(Number.isInteger(count) && count >= 0)) throw bad('Counts are integers from 0 on');
    const flip = Math.abs(lower) > Math.abs(upper) || upper < 0;
    const [near, far] = flip ? [upper, lower] : [lower, upper];
    let at = within(near, far, mode);
    // Of an open bucket only one bound means anything: go as far beyond it as the neighbour is wide.
    if (lower === -LIMIT) {
      const neighbour = (edges[i + 2] ?? upper) - upper;
      at = upper === LIMIT ? 0 : upper - Math.min(neighbour, Math.abs(upper));
    } else if (upper === LIMIT) at = lower + Math.min(spread, Math.abs(lower));
    spread = upper - lower;
    const key = keyOf(Math.min(Math.max(at, -LARGEST), LARGEST));
    return [key, Math.min(count, MAX_COUNT)];
  });
}

function bad(why: string): MetricsError {
  return new MetricsError('invalid_histogram', `${why}.`);
}

/** @param near the bound nearest zero */
function within(near: number, far: number, mode: BucketMode): number {
  switch (mode) {
    case 'mid':
      return near + (far - near) / 2;
    case 'harmonicMean':
      if (near === 0 || far === 0) return near + (far - near) / 2;
      return near + far === 0 ? 0 : near + (far - near) * (near / (near + far));
    case 'low':
      return near + (near > 0 ? sliver(near) : -sliver(near));
    case 'high':
      return far - (far > 0 ? sliver(far) : -sliver(far));
    default:
      throw new MetricsError('invalid_option', 'The mode is one of mid, harmonicMean, low and high.');
  }
}

/** A hundredth of the width of the bin at x. */
function sliver(x: number): number {
  const bin = binOf(x);
  return (bin === undefined ? 0 : binWidth(bin) || 1e-127) / 100;
}
