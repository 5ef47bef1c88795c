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

export function bucketSamples(
  bounds: readonly number[],
  counts: readonly number[],
  mode: BucketMode,
): Entry[] {
  const edges = [...bounds];
  // Upper bounds only, as Prometheus and OTLP give them: what is below the first starts at zero if it can.
  if (edges.length <= counts.length) edges.unshift(edges.length > 0 && edges[0]! > 0 ? 0 : -LIMIT);
  if (edges.length === counts.length) edges.push(LIMIT);
  const bad = (why: string): MetricsError => new MetricsError('invalid_histogram', `${why}.`);
  if (edges.length !== counts.length + 1) throw bad('There is one count for each bucket between two bounds');
  const entries: Entry[] = [];
  let spread = 0;
  for (const [i, count] of counts.entries()) {
    const lower = Math.max(edges[i]!, -LIMIT);
    const upper = Math.min(edges[i + 1]!, LIMIT);
    if (!(lower <= upper)) throw bad('Bounds are ascending numbers');
    if (!(Number.isInteger(count) && count >= 0)) throw bad('Counts are integers from 0 on');
    const flip = Math.abs(lower) > Math.abs(upper) || upper < 0;
    const [near, far] = flip ? [upper, lower] : [lower, upper];
    let at = within(near, far, mode);
    // Of an open bucket only one bound means anything: go as far beyond it as the neighbour is wide.
    if (upper === LIMIT) at = near + Math.min(spread, Math.abs(near));
    else if (lower === -LIMIT) {
      const neighbour = Math.min(edges[i + 2] ?? upper, LIMIT) - upper;
      at = near - Math.min(neighbour, Math.abs(near));
    }
    const key = keyOf(at);
    if (count > 0 && key >= 0) entries.push([key, Math.min(count, MAX_COUNT)]);
    spread = Math.abs(far - near);
  }
  return entries;
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
