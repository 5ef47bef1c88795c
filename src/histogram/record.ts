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
 * Makes `record` for tables that are there for good. V8 compiles what a function closes over, if it is never
 * reassigned, as constants: no loads and checks of four arrays' headers on each call, which would be a third of its
 * cost. That goes for this function's own constants, too; what it imports is loaded from the other module each time.
 */
export function compileRecord(tables: Tables): (this: Recording, value: number, count?: number) => number {
  const { slots, edges, double, upper } = tables;
  const shift = SLOT_SHIFT;
  const firstSlot = FIRST_SLOT;
  const slotCount = SLOTS;
  const negative = NEGATIVE;
  const bins = MAIN_BINS;
  const lanes = SUMS - 1;
  const most = MAX_COUNT;
  return function record(this: Recording, value: number, count = 1): number {
    let key = -1;
    // An inlined call without a count folds most of this to nothing.
    if (typeof value === 'number' && typeof count === 'number' && count >>> 0 === count) {
      double[0] = value;
      const bits = upper[0]!;
      const slot = ((bits & 0x7fffffff) >> shift) - firstSlot;
      if (slot >>> 0 < slotCount) {
        const candidate = slots[slot]!;
        // Arithmetic on the comparison, not a branch: it would be mispredicted for a quarter of all values.
        key = candidate - +(Math.abs(value) < edges[candidate]!) + ((bits >> 31) & negative);
        const at = (key - this.mainKey) | 0;
        if (at >>> 0 < bins) {
          const cells = this.main;
          // Both loads before both stores: the second need not wait for the first store.
          const after = cells[at]! + count;
          const sum = bins + (at & lanes);
          const total = cells[sum]! + value * count;
          if (after <= most) {
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
