import { type Bin, type Bins, edgeOf, endsOf } from './bins.js';

/** How many samples there are in all. */
export function countOf(bins: Bins): bigint {
  let count = 0n;
  for (const bin of bins.values()) count += bin.count;
  return count;
}

/** The bins from the lowest to the highest on the real axis. */
export const ascending = (bins: Bins): Bin[] => [...bins.values()].sort((a, b) => edgeOf(a) - edgeOf(b));

/**
 * The value below which the q-th part of the samples lies (0 ≤ q ≤ 1), the samples of a bin taken to be spread
 * evenly over its width; NaN without samples. No further off than the width of a bin: a tenth, at the most.
 */
export function quantile(bins: Bins, q: number): number {
  const sorted = ascending(bins);
  const wanted = q * Number(countOf(bins));
  let below = 0;
  for (const bin of sorted) {
    const count = Number(bin.count);
    const [low, high] = endsOf(bin);
    if (below + count >= wanted) return low + (high - low) * Math.max(0, (wanted - below) / count);
    below += count;
  }
  const last = sorted.at(-1);
  return last === undefined ? Number.NaN : endsOf(last)[1];
}
