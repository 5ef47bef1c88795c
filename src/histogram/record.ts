import { NEGATIVE } from './bin.js';
import { MAIN_BINS, MAX_COUNT, SUMS } from './extents.js';
import { FIRST_SLOT, SLOT_SHIFT, SLOTS, type Tables } from './tables.js';

/** What of a histogram the hot path touches. */
export interface Recording {
  /** Cells of the main extent, MAIN_BINS + SUMS of them. */
  main: Float64Array;
  /** Signed key of its first bin. */
  mainKey: number;
  /**
   * Records in any extent, a new one if need be, and refuses what is not to be recorded.
   *
   * @param key the value's signed key, or any other number if it is not known
   */
  add(key: number, value: number, count: number): number;
}

/**
 * Makes `record` for tables that are there for good. V8 compiles the typed arrays that a function closes over, if
 * they are never reassigned, as constants: no loads and checks of three arrays' headers on each call, which would be
 * a third of its cost.
 */
export function compileRecord(tables: Tables): (this: Recording, value: number, count?: number) => number {
  const { slots, edges, double, upper } = tables;
  return function record(this: Recording, value: number, count = 1): number {
    let key = -1;
    // An inlined call without a count folds most of this to nothing.
    if (typeof value === 'number' && typeof count === 'number' && count >>> 0 === count) {
      double[0] = value;
      const bits = upper[0]!;
      const slot = ((bits & 0x7fffffff) >> SLOT_SHIFT) - FIRST_SLOT;
      if (slot >>> 0 < SLOTS) {
        const candidate = slots[slot]!;
        // Arithmetic on the comparison, not a branch: it would be mispredicted for a quarter of all values.
        key = candidate - +(Math.abs(value) < edges[candidate]!) + ((bits >> 31) & NEGATIVE);
        const at = (key - this.mainKey) | 0;
        if (at >>> 0 < MAIN_BINS) {
          const cells = this.main;
          // Both loads before both stores: the second need not wait for the first store.
          const after = cells[at]! + count;
          const sum = MAIN_BINS + (at & (SUMS - 1));
          const total = cells[sum]! + value * count;
          if (after <= MAX_COUNT) {
            cells[at] = after;
            cells[sum] = total;
            return count;
          }
        }
      }
    }
    return this.add(key, value, count);
  };
}
