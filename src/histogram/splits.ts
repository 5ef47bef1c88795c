import type { Bounds, SplitBin } from './bounds.js';

/** What a histogram counts beside its bins; see {@link Bounds}. */
export interface Splits {
  readonly declared: Bounds;
  /** For each split its samples; then for each split bin how many samples may be on another side than they are counted. */
  readonly splits: Float64Array;
}

/** How many samples of a bin are above its lowest bound. */
export function countAbove(splits: Float64Array, { from, to }: SplitBin): number {
  let sum = 0;
  for (let split = from; split < to; split++) sum += splits[split]!;
  return sum;
}

/**
 * What the splits of a bin become when it keeps some of its samples and nobody knows which: the same share of each side,
 * to whole samples. What lies above each bound is rounded, from the highest down, so no side gets more than it had.
 */
export function share(
  splits: Float64Array,
  { from, to }: SplitBin,
  before: number,
  after: number,
): Float64Array {
  const kept = splits.slice(from, to);
  if (after >= before) return kept;
  let above = 0;
  let taken = 0;
  for (let i = kept.length - 1; i >= 0; i--) {
    const side = kept[i]!;
    above += side;
    kept[i] = Math.min(Math.max(Math.round((above / before) * after) - taken, 0), side, after - taken);
    taken += kept[i]!;
  }
  return kept;
}

/** Forgets a bin's sides, for good: samples have come from, or gone to, other bins. */
export function lose({ splits }: Splits, { from, to, unknown }: SplitBin): void {
  splits.fill(0, from, to);
  // As a sum that is not known: whatever is added or taken away, it stays so.
  splits[unknown] = Number.NaN;
}

/** Lets a bin's splits have at most so many samples; the lowest are the first to go. */
export function cap({ splits }: Splits, { from, to, unknown }: SplitBin, most: number): void {
  let room = most;
  for (let split = to - 1; split >= from; split--) {
    splits[split] = Math.min(splits[split]!, room);
    room -= splits[split]!;
  }
  splits[unknown] = Math.min(splits[unknown]!, most);
}

/**
 * Adds the sides of another histogram's bin.
 *
 * @param there the bin among the other's splits; `undefined` where it is not known on which side its samples are
 * @param count how many samples the other has
 * @param taken how many of them were added to the bin, which has no more than 2^53
 */
export function mergeBin(
  { splits }: Splits,
  bin: SplitBin,
  other: Float64Array | undefined,
  there: SplitBin | undefined,
  count: number,
  taken: number,
): void {
  if (other === undefined || there === undefined) {
    splits[bin.unknown]! += taken;
    return;
  }
  const sides = share(other, there, count, taken);
  for (let i = 0; i < sides.length; i++) splits[bin.from + i]! += sides[i]!;
  splits[bin.unknown]! += Math.min(other[there.unknown]!, taken);
}

/**
 * Takes the sides of another histogram's bin away, each down to 0, as if they were bins of their own.
 *
 * @param there the bin among the other's splits, which says on which sides its samples are
 * @param before how many samples the bin had
 * @param count how many the other has
 * @returns how many samples the bin has left
 */
export function subtractBin(
  { splits }: Splits,
  bin: SplitBin,
  other: Float64Array,
  there: SplitBin,
  before: number,
  count: number,
): number {
  let left = Math.max(0, before - countAbove(splits, bin) - (count - countAbove(other, there)));
  for (let i = 0; i < bin.to - bin.from; i++) {
    const side = Math.max(0, splits[bin.from + i]! - other[there.from + i]!);
    splits[bin.from + i] = side;
    left += side;
  }
  splits[bin.unknown] = Math.min(Math.max(0, splits[bin.unknown]! - other[there.unknown]!), left);
  return left;
}
