import { binOfKey, keyOfBin } from './bin.js';
import { type Extent, findExtent, firstKey, MAX_COUNT, SUMS, walk } from './extents.js';
import { bounds } from './quantile.js';

/** The extent with the same bins as another, if there is one. */
export function twin(extents: readonly Extent[], of: Extent): Extent | undefined {
  return extents.find(
    (extent) => firstKey(extent) === firstKey(of) && extent.cells.length === of.cells.length,
  );
}

/** Whether some extent has a bin that another has. */
export function overlaps(extents: readonly Extent[], other: Extent): boolean {
  const first = firstKey(other);
  const end = first + other.cells.length - SUMS;
  return extents.some((extent) => {
    const start = firstKey(extent);
    return start < end && first < start + extent.cells.length - SUMS;
  });
}

/** Adds counts bin by bin; what exceeds 2^53 is lost, as there. The sums stay. */
export function addCells(into: Float64Array, from: Float64Array): void {
  // A constant of this function's own is one for V8, too; an import is loaded and checked for each cell.
  const most = MAX_COUNT;
  const bins = from.length - SUMS;
  let at = 0;
  // Five at a time, so that the arrays are looked at once for five; decades are multiples of it.
  for (; at <= bins - 5; at += 5) {
    const a = into[at]! + from[at]!;
    const b = into[at + 1]! + from[at + 1]!;
    const c = into[at + 2]! + from[at + 2]!;
    const d = into[at + 3]! + from[at + 3]!;
    const e = into[at + 4]! + from[at + 4]!;
    into[at] = a;
    into[at + 1] = b;
    into[at + 2] = c;
    into[at + 3] = d;
    into[at + 4] = e;
    // One is more than may be only if their sum is.
    if (a + b + (c + d) + e > most) for (let i = at; i < at + 5; i++) into[i] = Math.min(into[i]!, most);
  }
  for (; at < bins; at++) into[at] = Math.min(into[at]! + from[at]!, most);
}

/** Takes the counts of other extents away, down to 0. The sums stay. @returns whether there was enough everywhere */
export function subtractCounts(from: readonly Extent[], other: readonly Extent[]): boolean {
  let enough = true;
  walk(other, (key, count) => {
    const extent = findExtent(from, key);
    const at = extent === undefined ? 0 : key - firstKey(extent);
    const before = extent?.cells[at] ?? 0;
    if (before < count) enough = false;
    if (extent !== undefined) extent.cells[at] = before < count ? 0 : before - count;
  });
  return enough;
}

/** Replaces the count of each occupied bin. @returns whether any changed */
export function rewrite(extents: readonly Extent[], change: (key: number, count: number) => number): boolean {
  let changed = false;
  for (const extent of extents) {
    const { cells } = extent;
    const first = firstKey(extent);
    for (let at = cells.length - SUMS - 1; at >= 0; at--) {
      const count = cells[at]!;
      if (count === 0) continue;
      cells[at] = change(first + at, count);
      if (cells[at] !== count) changed = true;
    }
  }
  return changed;
}

/** Whether no value in a bin is in [lower, upper], ends and edges included. */
export function isOutside(key: number, lower: number, upper: number): boolean {
  const [from, to] = key === 0 ? [0, 0] : bounds(key);
  return upper < from || lower > to;
}

/** Where a bin goes when nothing below 10^mbe is told from zero, and 10^mbe … 10^(mbe + 1) by one digit only. */
export function coarser(key: number, mbe: number): number {
  const { val, exp } = binOfKey(key);
  if (exp < mbe) return 0;
  return exp > mbe ? key : keyOfBin(Math.trunc(val / 10) * 10, exp);
}
