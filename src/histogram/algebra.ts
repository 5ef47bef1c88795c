import { binOfKey, keyOfBin } from './bin.js';
import { type Extent, findExtent, firstKey, MAX_COUNT, SUMS, walk } from './extents.js';
import { bounds } from './quantile.js';

/** Whether an extent has just the bins of another. */
function sameBins(extent: Extent | undefined, other: Extent): boolean {
  return (
    extent !== undefined && firstKey(extent) === firstKey(other) && extent.cells.length === other.cells.length
  );
}

/**
 * Goes through the bins of an extent, in runs of those that are in some extent of a histogram, and one by one where
 * they are in none and occupied.
 *
 * @param extents gives the histogram's extents, which may grow on the way
 * @param together is given that extent's cells, the extent's, where the run begins in both, and its length
 */
function overlay(
  extents: () => readonly Extent[],
  extent: Extent,
  together: (into: Float64Array, to: number, from: Float64Array, at: number, bins: number) => void,
  alone: (key: number, count: number) => void,
): void {
  const { cells } = extent;
  const first = firstKey(extent);
  const end = cells.length - SUMS;
  for (let at = 0; at < end; ) {
    const into = findExtent(extents(), first + at);
    if (into === undefined) {
      if (cells[at]! > 0) alone(first + at, cells[at]!);
      at++;
      while (at < end && cells[at] === 0) at++;
    } else {
      const to = first + at - firstKey(into);
      const bins = Math.min(end - at, into.cells.length - SUMS - to);
      together(into.cells, to, cells, at, bins);
      at += bins;
    }
  }
}

/** Adds counts bin by bin; what exceeds 2^53 is lost, as there. */
function addCells(into: Float64Array, to: number, from: Float64Array, at: number, bins: number): void {
  // A constant of this function's own is one for V8, too; an import is loaded and checked for each cell.
  const most = MAX_COUNT;
  let bin = 0;
  // Six at a time: as many sums as there are registers for. Decades are multiples of it.
  for (; bin <= bins - 6; bin += 6) {
    // V8 makes less of two that are counted up.
    const i = to + bin;
    const j = at + bin;
    const a = into[i]! + from[j]!;
    into[i] = a;
    const b = into[i + 1]! + from[j + 1]!;
    into[i + 1] = b;
    const c = into[i + 2]! + from[j + 2]!;
    into[i + 2] = c;
    const d = into[i + 3]! + from[j + 3]!;
    into[i + 3] = d;
    const e = into[i + 4]! + from[j + 4]!;
    into[i + 4] = e;
    const f = into[i + 5]! + from[j + 5]!;
    into[i + 5] = f;
    // One is more than may be only if their sum is.
    if (a + b + c + (d + e + f) > most) {
      for (let cell = i; cell < i + 6; cell++) into[cell] = Math.min(into[cell]!, most);
    }
  }
  for (; bin < bins; bin++) into[to + bin] = Math.min(into[to + bin]! + from[at + bin]!, most);
}

/**
 * Adds the counts of other extents. The sums stay.
 *
 * @param extents gives those to add to, which may grow on the way
 * @param add adds to a bin that no extent has, which makes one that has it
 */
export function mergeExtents(
  extents: () => readonly Extent[],
  others: readonly Extent[],
  add: (key: number, count: number) => void,
): void {
  others.forEach((from, i) => {
    const into = extents()[i];
    if (sameBins(into, from)) addCells(into!.cells, 0, from.cells, 0, from.cells.length - SUMS);
    else overlay(extents, from, addCells, add);
  });
}

/** Takes the counts of other extents away, down to 0. The sums stay. @returns whether there was enough everywhere */
export function subtractCounts(extents: readonly Extent[], other: readonly Extent[]): boolean {
  let enough = true;
  for (const extent of other) {
    overlay(
      () => extents,
      extent,
      (into, to, from, at, bins) => {
        for (let i = 0; i < bins; i++) {
          const left = into[to + i]! - from[at + i]!;
          if (left < 0) enough = false;
          into[to + i] = Math.max(left, 0);
        }
      },
      () => {
        enough = false;
      },
    );
  }
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

/** Whether {@link coarser} would move samples. */
export function folds(extents: readonly Extent[], mbe: number): boolean {
  let moves = false;
  walk(extents, (key) => {
    if (coarser(key, mbe) !== key) moves = true;
  });
  return moves;
}

/** Whether a bin is one of those that {@link coarser} moves, or moves others to. */
export function isFolded(key: number, mbe: number): boolean {
  return key === 0 || binOfKey(key).exp <= mbe;
}
