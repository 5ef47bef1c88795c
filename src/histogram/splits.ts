import type { Bounds, SplitBin } from './bounds.js';
import { countAt, type Extent, findExtent, firstKey } from './extents.js';

/** What a histogram counts beside its bins; see {@link Bounds}. */
export interface Splits {
  readonly extents: readonly Extent[];
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

/** Of each split bin how many samples a histogram has in it. */
export function countsIn(extents: readonly Extent[], { bins }: Bounds): readonly number[] {
  return bins.map(({ key }) => countAt(extents, key));
}

/** Another's splits of a bin, and where they are, if it has the bin and the same bounds in it. */
function sidesIn(
  { declared: own }: Splits,
  other: object,
  bin: SplitBin,
): readonly [splits: Float64Array, there: SplitBin] | undefined {
  // By its fields, since another copy of the package has another class of them.
  const { splits, declared } = other as Partial<Splits>;
  const there = declared && own.sameIn(declared, bin);
  return splits && there && [splits, there];
}

/**
 * Adds another histogram's splits, whose bins were added before.
 *
 * @param before of each split bin how many samples it had, and the other's
 */
export function mergeSplits(
  into: Splits,
  other: object,
  before: readonly number[],
  others: readonly number[],
): void {
  const { extents, declared, splits } = into;
  declared.bins.forEach((bin, i) => {
    // No bin has more than 2^53.
    const taken = countAt(extents, bin.key) - before[i]!;
    if (taken === 0) return;
    const found = sidesIn(into, other, bin);
    if (found === undefined) {
      splits[bin.unknown]! += taken;
      return;
    }
    const [theirs, there] = found;
    const sides = share(theirs, there, others[i]!, taken);
    for (let side = 0; side < sides.length; side++) splits[bin.from + side]! += sides[side]!;
    splits[bin.unknown]! += Math.min(theirs[there.unknown]!, taken);
  });
}

/**
 * Takes another histogram's splits away, whose bins were taken away before: each side down to 0, as if it were a bin of
 * its own.
 *
 * @param before as above
 * @returns whether every side had enough
 */
export function subtractSplits(
  into: Splits,
  other: object,
  before: readonly number[],
  others: readonly number[],
): boolean {
  const { extents, declared, splits } = into;
  let enough = true;
  declared.bins.forEach((bin, i) => {
    const there = sidesIn(into, other, bin);
    const left = countAt(extents, bin.key);
    if (there === undefined) {
      splits[bin.unknown]! += before[i]! - left;
      cap(into, bin, left);
      return;
    }
    const kept = subtractSides(splits, bin, there, before[i]!, others[i]!);
    if (kept === left) return;
    enough = false;
    const extent = findExtent(extents, bin.key) as Extent;
    extent.cells[bin.key - firstKey(extent)] = kept;
  });
  return enough;
}

/** @returns how many samples the bin has left */
function subtractSides(
  splits: Float64Array,
  bin: SplitBin,
  [theirs, there]: readonly [Float64Array, SplitBin],
  before: number,
  count: number,
): number {
  let left = Math.max(0, before - countAbove(splits, bin) - (count - countAbove(theirs, there)));
  for (let i = 0; i < bin.to - bin.from; i++) {
    const side = Math.max(0, splits[bin.from + i]! - theirs[there.from + i]!);
    splits[bin.from + i] = side;
    left += side;
  }
  splits[bin.unknown] = Math.min(Math.max(0, splits[bin.unknown]! - theirs[there.unknown]!), left);
  return left;
}

/** Gives a histogram that has some of another's samples, nobody knows on which sides, a share of each side. */
export function shareSplits(part: Splits, { extents, splits }: Splits): void {
  for (const bin of part.declared.bins) {
    const left = countAt(part.extents, bin.key);
    part.splits.set(share(splits, bin, countAt(extents, bin.key), left), bin.from);
    part.splits[bin.unknown] = Math.min(splits[bin.unknown]!, left);
  }
}
