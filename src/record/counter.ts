import { nowhere } from './cells.js';
import { Handle } from './handle.js';
import type { Series } from './series.js';

/** Counts events: a total that only grows. Exact up to 2^53; backends make rates and differences of it. */
export class Counter extends Handle {
  // Not `#` fields: V8 takes about twice as long to reach those.
  private cells: Float64Array;
  private at: number;

  /** @internal Made by `namespace.counter`. */
  constructor(series: Series) {
    super(series);
    this.cells = series.store as Float64Array;
    this.at = series.at;
  }

  /**
   * Adds to the total.
   * @param n 0 or more, finite; anything else is ignored and counted under `value`. Never throws.
   */
  add(n = 1): void {
    // `typeof` because a string would be joined to the number, and a bigint would throw. The sum is NaN without cells.
    if (typeof n === 'number' && n >= 0) {
      const sum = this.cells[this.at]! + n;
      if (sum < Number.POSITIVE_INFINITY) {
        this.cells[this.at] = sum;
        return;
      }
    }
    this.refuseOrRevive(n);
  }

  /** The total since the counter came to be, or was last cleared; 0 once its series has ended. */
  get value(): number {
    const { ended, store, at } = this.series;
    return ended ? 0 : (store as Float64Array)[at]!;
  }

  /** Back to 0. What a delta backend has not received yet stays owed to it; readers of totals see a new start. */
  clear(): void {
    if (!this.restart()) return;
    this.attach();
    this.cells[this.at] = 0;
  }

  /** @internal */
  attach(): void {
    this.cells = this.series.store as Float64Array;
    this.at = this.series.at;
  }

  /** @internal */
  detach(): boolean {
    const attached = this.cells !== nowhere;
    this.cells = nowhere;
    this.at = 0;
    return attached;
  }

  /** Out of line, so that `add` stays small enough to be inlined. */
  private refuseOrRevive(n: number): void {
    // A bigint or an object may throw when it is compared.
    const valid = typeof n === 'number' && n >= 0 && n < Number.POSITIVE_INFINITY;
    if (valid && this.cells === nowhere) this.revive().add(n);
    else this.refuse(n);
  }
}
