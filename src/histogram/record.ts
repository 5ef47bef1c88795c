import { MAIN_BINS, MAX_COUNT } from './extents.js';
import { FIRST_SLOT, SLOT_SHIFT, SLOTS, type Tables } from './tables.js';

/** A first key that no key is within MAIN_BINS of: there is no main extent yet. */
export const NO_MAIN = 0x20000;

/** What of a histogram the hot path touches. */
export interface Recording {
  /** Cells of the main extent, MAIN_BINS and the sum. */
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

/** What of a histogram with bounds the hot path touches. */
interface SplitRecording extends Recording {
  /** For each bin of the main extent its lowest bound; see `Bounds.lane`. */
  limits: Float64Array;
  /** Notes samples above the lowest bound of a bin of the main extent in one of its splits. */
  split(at: number, value: number, count: number): void;
  /** As {@link add}, and notes on which side of the bounds the value is. */
  addValue(key: number, value: number, count: number): number;
}

/**
 * Makes `record` for tables that are there for good. V8 compiles what a function closes over, if it is never
 * reassigned, as constants: no loads and checks of four arrays' headers on each call, which would be a third of its
 * cost. That goes for this function's own constants, too; what it imports is loaded from the other module each time.
 */
function compileRecord(tables: Tables): (this: Recording, value: number, count?: number) => number {
  const { slots, edges, double, upper } = tables;
  const shift = SLOT_SHIFT;
  const firstSlot = FIRST_SLOT;
  const slotCount = SLOTS;
  const bins = MAIN_BINS;
  const most = MAX_COUNT;
  return function record(this: Recording, value: number, count = 1): number {
    let key = -1;
    // An inlined call without a count folds most of this to nothing.
    if (typeof value === 'number' && typeof count === 'number' && count >>> 0 === count) {
      double[0] = value;
      // What is negative, NaN, too small or too large is beyond the slots.
      const slot = (upper[0]! >>> shift) - firstSlot;
      if (slot >>> 0 < slotCount) {
        const candidate = slots[slot]!;
        key = candidate;
        // A branch, not arithmetic on the comparison: guessing the bin is faster than waiting for the edge, even if a
        // fifth of the guesses are wrong (measured: 7.5 ns against 10).
        if (value < edges[candidate]!) key = candidate - 1;
        const at = (key - this.mainKey) | 0;
        if (at >>> 0 < bins) {
          const cells = this.main;
          const before = cells[at]!;
          const after = before + count;
          // By one, a count stays at 2^53 of itself: after − before is 0 then.
          if (count === 1 || after <= most) {
            const taken = after - before;
            // Both loads before both stores: the second need not wait for the first store.
            const sum = cells[bins]! + value * taken;
            cells[at] = after;
            cells[bins] = sum;
            return taken;
          }
        }
      }
    }
    return this.add(key, value, count);
  };
}

/**
 * The same for histograms with bounds, with one more look: whether the value is above its bin's lowest bound. A function
 * of its own, so that the other one sees one shape of histograms, and nobody pays for bounds who has none.
 */
function compileSplitRecord(tables: Tables): (this: SplitRecording, value: number, count?: number) => number {
  const { slots, edges, double, upper } = tables;
  const shift = SLOT_SHIFT;
  const firstSlot = FIRST_SLOT;
  const slotCount = SLOTS;
  const bins = MAIN_BINS;
  const most = MAX_COUNT;
  return function record(this: SplitRecording, value: number, count = 1): number {
    let key = -1;
    if (typeof value === 'number' && typeof count === 'number' && count >>> 0 === count) {
      double[0] = value;
      const slot = (upper[0]! >>> shift) - firstSlot;
      if (slot >>> 0 < slotCount) {
        const candidate = slots[slot]!;
        key = candidate;
        if (value < edges[candidate]!) key = candidate - 1;
        const at = (key - this.mainKey) | 0;
        if (at >>> 0 < bins) {
          const cells = this.main;
          const before = cells[at]!;
          const after = before + count;
          if (count === 1 || after <= most) {
            const taken = after - before;
            const sum = cells[bins]! + value * taken;
            // Before the bin's own count, and with nothing between that a thread could end in: see `SeenSplits`.
            if (value > this.limits[at]!) this.split(at, value, taken);
            cells[at] = after;
            cells[bins] = sum;
            return taken;
          }
        }
      }
    }
    return this.addValue(key, value, count);
  };
}

/** Gives a prototype its `record`. Once only, since V8 takes what a prototype never changes for a constant. */
function install(prototype: object, compile: (tables: Tables) => unknown, tables: Tables): void {
  if (Object.hasOwn(prototype, 'record')) return;
  Object.defineProperty(prototype, 'record', { value: compile(tables), writable: true, configurable: true });
}

/** Gives a prototype the `record` of histograms without bounds. */
export function installRecord(prototype: object, tables: Tables): void {
  install(prototype, compileRecord, tables);
}

/** Gives a prototype the `record` of histograms with bounds. */
export function installSplitRecord(prototype: object, tables: Tables): void {
  install(prototype, compileSplitRecord, tables);
}
